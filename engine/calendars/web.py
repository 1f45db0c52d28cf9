"""One HTTP request to a calendar service, with a limit on everything. Redirects are not followed."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from engine.calendars.room import room

CONNECT_S: Final = 2.0
ANSWER_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one answer. Weeks of a full calendar are a fraction of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers`: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """Nothing came back, or not all of it. `sent`: the request may have been carried out. `late`: we have stopped
    waiting, so that it may still be. `why`: in plain words, without the address, which may name a person."""

    def __init__(self, why: str, sent: bool, late: bool = False) -> None:
        super().__init__(why)
        self.why, self.sent, self.late = why, sent, late


class Unclear(Exception):
    """A write of which nobody knows whether it was done: look before it is repeated."""


async def ask(method: str, url: str, headers: Mapping[str, str], content: bytes | None, within_s: float) -> Answer:
    """One request and its whole answer. `within_s`: of the two together. Raises `NoAnswer`."""
    there = await room()
    built = False
    try:
        client = there.near if on_this_machine(httpx.URL(url).host) else there.far
        async with asyncio.timeout(within_s):
            timeout = httpx.Timeout(within_s, connect=min(CONNECT_S, within_s))
            request = client.build_request(method, url, headers=dict(headers), content=content, timeout=timeout)
            built = True
            answer = await client.send(request, stream=True)
            try:
                return Answer(answer.status_code, dict(answer.headers), await _body(answer))
            finally:
                await answer.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        raise NoAnswer("it could not be reached", sent=False) from None
    except (httpx.TimeoutException, TimeoutError):
        raise NoAnswer(f"there was no answer within {within_s:.0f} seconds", sent=built, late=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        raise NoAnswer("the connection broke", sent=built) from None


async def _body(answer: httpx.Response) -> bytes:
    pieces, size = [], 0
    async for piece in answer.aiter_bytes():
        size += len(piece)
        if size > ANSWER_LIMIT:
            raise NoAnswer("it answered with more than any calendar holds", sent=True)
        pieces.append(piece)
    return b"".join(pieces)


def on_this_machine(host: str) -> bool:
    """Whether a host is loopback, by its name alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
