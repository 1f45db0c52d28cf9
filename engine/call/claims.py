"""Which process has a call: this one claims it with its media socket, or takes it over from one that has it no more.

A process that is asked about a call it does not have takes it over: one that rings as the database knows it, one that
is talked on from its journal (`resumption`), one that nobody came back to for its record alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from engine.call.carrier_side import CarrierSide
from engine.call.finishing import Finishing
from engine.call.holding import Holding
from engine.call.ledger import Ledger
from engine.call.lines import Lines
from engine.call.live import LiveCall
from engine.call.preparation import Preparation
from engine.call.roster import Roster
from engine.call.session import Ended
from engine.clock import Clock
from engine.observe.metrics import METRICS
from engine.store import Database, DatabaseDown, holds, stopping
from engine.store.holds import Taken

log = logging.getLogger(__name__)

TAKE_WITHIN_S: Final = 1.0
"""A database that does not answer keeps no caller waiting: the process that has the call talks to them all the same."""


class Claims:
    """For all calls of a process. `holder`: its name (`engine.store.holds`). `take_in`: makes a call one of ours."""

    def __init__(
        self,
        holder: str,
        database: Database,
        clock: Clock,
        roster: Roster,
        lines: Lines,
        preparation: Preparation,
        holding: Holding,
        carrier_side: CarrierSide,
        finishing: Finishing,
        ledger: Ledger,
        take_in: Callable[[LiveCall], None],
    ) -> None:
        self._holder, self._database, self._clock = holder, database, clock
        self._roster, self._lines, self._preparation = roster, lines, preparation
        self._holding, self._carrier_side, self._finishing = holding, carrier_side, finishing
        self._take_in = take_in
        self._ledger = ledger
        self._taking = asyncio.Lock()

    async def adopt(self, call_id: str) -> LiveCall | None:
        """Take over a call that another process placed, before anybody has talked."""
        if self._roster.free <= 0:
            return None
        async with self._taking:
            if call_id in self._roster:
                return self._roster.get(call_id)
            async with self._database.begin() as tx:
                ours = await holds.keep(tx, call_id, self._holder, datetime.now(UTC))
                stopped = await stopping.stopped(tx, call_id)
            live = await self._preparation.take_over(call_id) if ours else None
            if live is not None:
                live.kept = True
                live.stopped = live.conversation.outcome.opted_out = stopped
                self._take_in(live)
            return live

    async def claim(self, call_id: str, token: str) -> tuple[LiveCall, int] | None:
        """The call that a media socket belongs to, and the number of its line. None for a token that is not ours or was
        used, and for a call that is over. A call that another process held is taken over as its journal has it."""
        number = self._lines.number(call_id, {"call_id": call_id, "token": token})
        live = await self.claim_line(call_id, number) if number is not None else None
        return None if live is None or number is None else (live, number)

    async def claim_line(self, call_id: str, number: int) -> LiveCall | None:
        """The same, for whoever has proved otherwise that the line is theirs."""
        if call_id not in self._roster:
            async with self._taking:
                taken = None if call_id in self._roster else await self._take_over(call_id, number)
            if taken is not None:
                return taken
        live = self._roster.get(call_id)
        if live is None or live.finishing or number <= live.line or not await self._take_line(live, number):
            return None
        live.talking = True
        return live

    async def _take_line(self, live: LiveCall, number: int) -> bool:
        """Have it written down that this process talks to the caller. Without a database nobody else can."""
        live.line = number  # at once: a second socket with the same token finds it taken
        now = self._clock.now()
        try:
            async with asyncio.timeout(TAKE_WITHIN_S), self._database.begin() as tx:
                taken = await holds.take_line(tx, live.call_id, self._holder, number, datetime.now(UTC), now)
        except (DatabaseDown, TimeoutError) as down:
            log.warning("Call %s: its line could not be noted. %s", live.call_id, down or "The database is slow.")
            taken = Taken(live.answered is None, now, self._holder, None)
        if taken is None:
            return False
        live.kept = True
        if live.answered is None:
            live.start_clock(taken.answered_at, now)
        return True

    async def _take_over(self, call_id: str, number: int) -> LiveCall | None:
        if self._roster.free <= 0:
            return None
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            taken = await holds.take_line(tx, call_id, self._holder, number, now, self._clock.now())
        if taken is None or (live := await self._preparation.take_over(call_id)) is None:
            return None
        if live.restored:
            # The process before this one was last heard of by its journal or by its beat.
            silent = (now - taken.silent_since).total_seconds() if taken.silent_since is not None else 0.0
            away_s = max(0.0, min(silent, live.at() - live.last_entry_s))
            live.note("line_back", line=number, away_s=round(away_s, 3), process="another")
            METRICS.add("calls_taken_over")
        live.line, live.talking, live.kept = number, True, True
        self._take_in(live)
        return live

    async def finish_abandoned(self, call_id: str) -> None:
        """Nobody holds this call any more, and its caller did not come back: its journal is made into its record."""
        live = await self._preparation.take_over(call_id)
        if live is None:
            problem = "The server stopped during this call. What was said until then is in its journal."
            await self._ledger.close(call_id, self._clock.now(), "failed", problem)
            return
        self._take_in(live)
        live.kept = True
        if not live.restored:
            await self._finishing.unspoken(live, "failed", "The server stopped while the phone rang.")
            return
        live.talking = True
        problem = "The process that held this call died, and the caller did not come back."
        live.note("abandoned")
        live.conversation.hung_up("failure", live.last_entry_s, problem)
        live.ended = Ended("failure", problem, live.last_entry_s)
        await self._holding.join_recording(live, live.last_entry_s)
        await self._carrier_side.hang_up(live)
        await self._finishing.spoken(live)
