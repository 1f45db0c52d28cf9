"""One HTTP request of a card after the call: sent to a judged address, answered or explained. Follows no redirects.

reply = await ask("Slack", "POST", url, body, headers)
reply.refuse_passing("Slack")        # busy, away or moved: raises Transient or Permanent
if not reply.done: ...               # what the service itself says no to
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from engine.sdk import Json, Permanent, Transient
from nodes.connect.addresses import AddressRefused, Guarded, Reach

TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)
ANSWER_LIMIT: Final = 65_536  # bytes read of an answer
AGAIN: Final = frozenset({408, 425, 429})  # refusals that only mean "not now"


@dataclass(frozen=True, slots=True)
class Reply:
    """`text`: at most `limit` bytes of what came. `headers`: names in small letters. `at`: when it came, aware."""

    status: int
    text: str
    headers: Mapping[str, str]
    at: datetime

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def page(self) -> bool:
        """Whether a web page came: a login, or a proxy's error, in place of the service."""
        return self.text.lstrip()[:15].lower().startswith(("<!doctype html", "<html"))

    @property
    def document(self) -> Json:
        """What the answer says as JSON; None for anything else."""
        try:
            found: Json = json.loads(self.text)
        except ValueError:
            return None
        return found

    @property
    def id(self) -> str:
        """What the other side calls what it got, if it says so."""
        answer = self.document
        found = answer.get("id") if isinstance(answer, dict) else None
        return str(found)[:200] if isinstance(found, str | int) else ""

    @property
    def pause_s(self) -> float | None:
        """How long the other side asks us to wait; None where it does not say."""
        return pause_s(self.headers.get("retry-after", ""), self.at)

    def refuse_passing(self, who: str) -> None:
        """Raises `Transient` for "not now", `Permanent` for "somewhere else". Says nothing of other refusals."""
        if self.status in AGAIN or self.status >= 500:
            raise Transient(f"{who} answered {self.status}.", self.pause_s)
        if 300 <= self.status < 400:
            raise Permanent(f"{who} has moved (answer {self.status}). Enter the new address in the connection.")


async def ask(
    who: str,
    method: str,
    url: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    reach: Reach = Reach.INTERNET,
    limit: int = ANSWER_LIMIT,
    advice: str = "Correct the address in the connection.",
    patience: httpx.Timeout = TIMEOUT,
) -> Reply:
    """`who`: the other side's name, as the beginning of a sentence; `advice`: what to do about an address that may not
    be connected to. Raises `Transient` when there was no answer, which may also mean that what was asked was done, and
    `Permanent` for an address that cannot be used."""
    try:
        async with (
            httpx.AsyncClient(transport=Guarded(reach), timeout=patience, follow_redirects=False) as client,
            client.stream(method, url, content=body, headers=dict(headers or {})) as response,
        ):
            text = await _read(response, limit)
    except AddressRefused as refused:
        why = "it would be read by everybody on the way, for " if reach is Reach.INSIDE else ""
        raise Permanent(f"{who} is sent nothing: {why}{refused} {advice}") from refused
    except httpx.TimeoutException as problem:
        raise Transient(f"{who} did not answer in time.") from problem
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as problem:
        raise Permanent(f"{who} has an address that cannot be used.") from problem
    except httpx.HTTPError as problem:
        raise Transient(f"{who} could not be reached ({type(problem).__name__}).") from problem
    given = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, text, given, datetime.now(UTC))


async def _read(response: httpx.Response, limit: int) -> str:
    received = b""
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) >= limit:
            break
    return received[:limit].decode("utf-8", "replace")


def pause_s(retry_after: str, now: datetime) -> float | None:
    """Retry-After in seconds, whether it was given as a number or as a date."""
    text = retry_after.strip()
    if re.fullmatch(r"\d{1,6}(?:\.\d+)?", text):
        return float(text)
    try:
        return max((parsedate_to_datetime(text) - now.astimezone(UTC)).total_seconds(), 0.0) if text else None
    except (ValueError, TypeError):
        return None
