"""Says every second that this process is alive and holds its calls; and learns which of them another process has.

Calls whose process is dead and whose caller did not come back are finished by whoever notices first, once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.call.live import LiveCall
from engine.clock import Clock
from engine.store import Database, DatabaseDown, holds

log = logging.getLogger(__name__)

BEAT_S: Final = 1.0

SILENT_S: Final = 60.0
"""A process that has not been alive for so long is dead, and its callers will not come back: all tries of our NCCO are
over by then (`engine.telephony.ncco`)."""

OVER_S: Final = 6.0
"""The same when the carrier says that the call is over: nobody can come back, only the process might."""

NEVER_HELD: Final = timedelta(hours=2)
"""A call of which no process ever said that it holds it (an older Leadline placed it)."""

LOOK_EVERY_S: Final = 5.0


class Heart:
    """One for a process. `holder`: its name in the database. `calls`: all that it has. `lost`: told of a call that
    another process has now. `finish`: finishes a call that was abandoned, given its id. `stop`: told of a call whose
    person has opted out by another door, with every beat."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        holder: str,
        calls: Callable[[], Sequence[LiveCall]],
        lost: Callable[[LiveCall], None],
        finish: Callable[[str], Awaitable[None]],
        stop: Callable[[LiveCall], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self._calls = calls
        self._lost = lost
        self._finish = finish
        self._stop = stop

    async def run(self) -> None:
        """Until cancelled. A database that is away stops nothing: nobody can take a call without it either."""
        rounds = 0
        while True:
            try:
                await self.beat()
                if rounds % round(LOOK_EVERY_S / BEAT_S) == 0:
                    await self.look_for_abandoned()
            except DatabaseDown as down:
                log.warning("Whose calls are whose cannot be told now. %s", down)
            except Exception:
                log.exception("Looking after the calls of all processes failed; it is tried again")
            rounds += 1
            await asyncio.sleep(BEAT_S)

    async def beat(self) -> None:
        kept = {live.call_id: live for live in self._calls() if live.kept and not live.finishing}
        if not kept:
            return
        async with self._database.begin() as tx:
            held = await holds.beat(tx, self._holder, kept.keys(), datetime.now(UTC))
        for call_id, live in kept.items():
            if live.finishing:
                continue
            if call_id not in held:
                self._lost(live)
                continue
            if held[call_id].over:
                live.carrier_over.set()
            if held[call_id].stopped:
                self._stop(live)

    async def look_for_abandoned(self) -> None:
        now = datetime.now(UTC)
        silent, over = now - timedelta(seconds=SILENT_S), now - timedelta(seconds=OVER_S)
        async with self._database.read() as tx:
            found = await holds.abandoned(tx, silent, over, self._clock.now() - NEVER_HELD)
        for call_id in found:
            async with self._database.begin() as tx:
                mine = await holds.take_abandoned(tx, call_id, self._holder, over, now)
            if mine:
                await self._finish(call_id)
