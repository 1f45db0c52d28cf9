"""Passes what the carrier tells on to the process that holds the call, and the holder's answer back to the carrier.

    webhook ──> any process ── ours, or nobody's ──> handled here
                     └── another living process holds it ──> the same request to that one ──> its answer
                                     └── it cannot be reached, or says that it has no such call ──> handled here

Only addresses that stand in our own database are contacted (`engine.store.processes`). The request goes on as it came,
so the holder checks the carrier's signature itself; a mark keeps it from being passed on a second time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
from fastapi import Request, Response

from engine.call.switchboard import Switchboard
from engine.observe.metrics import METRICS
from engine.store import Database, DatabaseDown, processes
from engine.store.processes import Held

log = logging.getLogger(__name__)

MARK: Final = "x-leadline-passed-on"
MISDIRECTED: Final = 421
"""What a process answers to a request that was passed on to it, about a call that it has not (any more)."""

FIND_WITHIN_S: Final = 0.25
ANSWER_WITHIN_S: Final = 0.6
"""The carrier gives up after about a second: what is done here without the holder must fit in behind this."""

ALIVE: Final = timedelta(seconds=5)
"""A holder that has not said for so long that it lives is not asked (it says so every second)."""

REGISTER_EVERY_S: Final = 3600.0
FORGOTTEN_AFTER: Final = timedelta(days=1)
PASSED_ON: Final = ("authorization", "content-type")


class Relay:
    """One for a process. `own_address`: base URL at which the others reach it; empty: nothing is passed on."""

    def __init__(self, database: Database, switchboard: Switchboard, own_address: str) -> None:
        self._database = database
        self._switchboard = switchboard
        self._own = own_address
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=ANSWER_WITHIN_S)

    async def register(self) -> None:
        """Say where this process is reached. Before it holds its first call. Raises `DatabaseDown`."""
        if not self._own:
            log.info(
                "What the carrier tells other web processes of our calls is not passed on to this one. "
                "If there are others, set LEADLINE_OWN_URL."
            )
            return
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            await processes.seen(tx, self._switchboard.holder, self._own, now)
            await processes.forget(tx, now - FORGOTTEN_AFTER)

    async def run(self) -> None:
        """Until cancelled: say from time to time that this process is still there."""
        while True:
            await asyncio.sleep(REGISTER_EVERY_S)
            try:
                await self.register()
            except DatabaseDown as down:
                log.warning("Where this process is reached could not be noted. %s", down)

    async def close(self) -> None:
        await self._client.aclose()
        if self._own:
            try:
                async with asyncio.timeout(1.0), self._database.begin() as tx:
                    await processes.gone(tx, self._switchboard.holder)
            except (DatabaseDown, TimeoutError) as down:
                log.warning("That this process has stopped could not be noted. %s", down)

    async def holder(self, *, call_id: str = "", uuid: str = "", within_s: float = FIND_WITHIN_S) -> str:
        """Address of the living process that holds the call; empty if that is this one, or nobody. `uuid`: the
        carrier's name for the call, if ours is not known."""
        if not self._own or (call_id and self._switchboard.live(call_id) is not None):
            return ""
        try:
            async with asyncio.timeout(within_s), self._database.read() as tx:
                held = await processes.holding(tx, call_id=call_id, carrier_uuid=uuid)
        except (DatabaseDown, TimeoutError) as down:
            METRICS.add("holders_not_known")
            log.warning("Who holds a call cannot be told now. %s", down or "The database is slow.")
            return ""
        return held.address if held is not None and self._is_another(held, datetime.now(UTC)) else ""

    def _is_another(self, held: Held, now: datetime) -> bool:
        # A process that was started again at the same address has a new name and none of the old one's calls.
        if held.holder == self._switchboard.holder or held.address == self._own:
            return False
        if self._switchboard.live(held.call_id) is not None:
            return False
        return held.alive_at is not None and held.alive_at > now - ALIVE

    def _is_ours(self, call_id: str, uuid: str) -> bool:
        if call_id:
            return self._switchboard.live(call_id) is not None
        return any(live.uuid == uuid for live in self._switchboard.calls)

    async def pass_on(self, request: Request, body: bytes, *, call_id: str = "", uuid: str = "") -> Response | None:
        """The holder's answer to a genuine webhook; None if it is to be handled here. `body`: as it was sent (of a GET
        it is not passed on: the query is)."""
        if is_passed_on(request.headers):
            return None if self._is_ours(call_id, uuid) else Response(status_code=MISDIRECTED)
        address = await self.holder(call_id=call_id, uuid=uuid)
        if not address:
            return None
        url = f"{address}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers} | {MARK: "1"}
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await self._client.request(
                    request.method, url, headers=headers, content=body if request.method == "POST" else None
                )
        except (httpx.HTTPError, TimeoutError) as problem:
            METRICS.add("webhooks_not_passed_on")
            log.warning("A webhook could not be passed on to %s (%s); it is used here", address, type(problem).__name__)
            return None
        if not answer.is_success:
            METRICS.add("webhooks_not_passed_on")
            if answer.status_code != MISDIRECTED:
                log.warning("%s did not take a webhook (HTTP %d); it is used here", address, answer.status_code)
            return None
        METRICS.add("webhooks_passed_on")
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))


def is_passed_on(headers: Mapping[str, str]) -> bool:
    """Whether another of our processes sent it to this one as the call's holder."""
    return MARK in headers
