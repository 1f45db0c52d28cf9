"""What calendars at other services share within one event loop: connections to their servers, and accounts in use."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

import httpx

from engine.sdk import Connection

A = TypeVar("A")

ACCOUNTS: Final = 256
"""Kept at once; the one that was not used for longest goes first, and nothing is lost with it but a token."""


class Room:
    """`near`: for servers on this machine, past any proxy of the environment."""

    def __init__(self) -> None:
        trust = httpx.create_ssl_context()
        self.near, self.far = _client(trust, trust_env=False), _client(trust, trust_env=True)
        self._accounts: OrderedDict[str, object] = OrderedDict()

    def account(self, connection: Connection, kind: type[A], make: Callable[[], A]) -> A:
        """What is known of an account: its token, where its calendars are. A connection that was changed is another
        one."""
        told = json.dumps([connection.name, connection.kind, sorted(connection.settings.items())])
        mark = hashlib.sha256(told.encode()).hexdigest()
        found = self._accounts.get(mark)
        if not isinstance(found, kind):
            found = self._accounts[mark] = make()
        self._accounts.move_to_end(mark)
        while len(self._accounts) > ACCOUNTS:
            self._accounts.popitem(last=False)
        return found

    async def close(self) -> None:
        await self.near.aclose()
        await self.far.aclose()


def _client(trust: ssl.SSLContext, *, trust_env: bool) -> httpx.AsyncClient:
    # One client serves many accounts, so nothing of an answer is kept in it.
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=20, keepalive_expiry=60.0)
    return httpx.AsyncClient(verify=trust, follow_redirects=False, trust_env=trust_env, limits=limits, cookies=cookies)


_rooms: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Room, AsyncGenerator[None]]]] = WeakKeyDictionary()


async def room() -> Room:
    """That of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _rooms.get(loop)
    if found is not None:
        return found[0]
    made = Room()
    keeper = _until_the_loop_ends(loop, made)
    _rooms[loop] = made, keeper
    await anext(keeper)
    return made


async def _until_the_loop_ends(loop: asyncio.AbstractEventLoop, made: Room) -> AsyncGenerator[None]:
    """An event loop closes the generators that still wait when it ends, and with this one the connections: whoever
    opens a calendar, in a server, a worker or a command, need not think of it."""
    try:
        yield
    finally:
        _rooms.pop(loop, None)
        await made.close()
