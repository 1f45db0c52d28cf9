"""Calls leads that are due: claims one so that nobody else dials it, warms the call up, has the carrier place it.

    lead due ──claim (one transaction: policy, call row)──> prepare ‖ ask the carrier ──> rings (webhooks take over)

A call row is committed before the carrier is asked: see `claiming`; the asking itself is in `placing`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.call.switchboard import Switchboard
from engine.clock import Clock
from engine.compliance import Decision
from engine.dialing.claiming import Claiming
from engine.dialing.facts import Telephones
from engine.dialing.first_due import first_due
from engine.dialing.follow_up import sweep
from engine.dialing.pace import APART
from engine.dialing.placing import Dialled, NotDialled, Placing
from engine.store import Database, DatabaseDown, due_leads
from engine.store.leads import StoredLead

log = logging.getLogger(__name__)

ALONE_S: Final = 2.0
"""Until a webhook was believed, calls are made so far apart: with a wrong signature secret all of them fall silent."""

LOOK_EVERY_S: Final = 1.0

SWEEP_EVERY_S: Final = 15.0


class Dialer:
    """One for a process. `wake` it when a lead has come in; `run` looks for leads that are due."""

    def __init__(
        self, database: Database, switchboard: Switchboard, placing: Placing, clock: Clock, telephones: Telephones
    ) -> None:
        self._database = database
        self._claiming = Claiming(database, clock, placing.turns, switchboard.holder, telephones)
        self._switchboard = switchboard
        self._placing = placing
        self._clock = clock
        self._news = asyncio.Event()
        self._under_way: set[asyncio.Task[Dialled | NotDialled]] = set()
        self._dialling: set[str] = set()
        self._paused = ""
        self._alone_until = 0.0
        self._sweep_at = 0.0
        self._more = False

    def wake(self) -> None:
        """There is a new lead: do not wait for the next look."""
        self._news.set()

    @property
    def why_paused(self) -> str:
        """Why nobody is called for now, for people; empty if somebody may be."""
        return self._placing.why_paused

    async def run(self) -> None:
        """Dial what is due until cancelled; calls being placed are then finished first."""
        try:
            while True:
                try:
                    await self._sweep()
                    await self._dial_due()
                except DatabaseDown as down:
                    log.warning("No leads can be dialled now. %s", down)
                except Exception:
                    log.exception("Looking for leads to dial failed")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(APART.total_seconds() if self._more else LOOK_EVERY_S):
                        await self._news.wait()
                self._news.clear()
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=15.0)

    async def _sweep(self) -> None:
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + SWEEP_EVERY_S
        if forgotten := await sweep(self._database, self._clock):
            log.warning("%d leads had been forgotten after their call; they are planned now", forgotten)

    async def _dial_due(self) -> None:
        room = self._room()
        if room <= 0:
            return
        now = self._clock.now()
        async with self._database.read() as tx:
            if not await due_leads.any_due(tx, now):
                return
            chosen = await first_due(tx, now, room + len(self._dialling))
            turns = await self._placing.turns.free(tx)
        waiting = [lead for lead in chosen if lead.id not in self._dialling]
        for lead in waiting[: min(room, turns)]:
            self._alone_until = time.monotonic() + ALONE_S
            self._dialling.add(lead.id)
            task = asyncio.create_task(self._dial(lead.id))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        self._more = len(waiting) > min(room, turns)

    def _room(self) -> int:
        """How many leads may be dialled now. The first call is made alone: it shows whether we hear the carrier."""
        if self._pauses():
            return 0
        room = self._switchboard.free - len(self._under_way)
        if (trial := self._placing.breaker.room(time.monotonic())) is not None:
            room = min(room, trial - len(self._under_way))
        if self._switchboard.hears_the_carrier:
            return room
        return min(room, 1) if time.monotonic() >= self._alone_until else 0

    def _pauses(self) -> bool:
        """Whether nobody is called for now; told in the log once."""
        why = self._switchboard.why_paused
        if why and not self._paused:
            log.error("No leads are dialled; those that are due stay due. %s", why)
        elif self._paused and not why:
            log.info("Leads are dialled again")
        self._paused = why
        return bool(why)

    async def _dial(self, lead_id: str) -> Dialled | NotDialled:
        try:
            return await self.call_lead(lead_id)
        except Exception:
            log.exception("Dialling the lead %s failed", lead_id)
            return NotDialled("later", "Something went wrong on our side; the log says what.")
        finally:
            self._dialling.discard(lead_id)

    async def call_lead(self, lead_id: str) -> Dialled | NotDialled:
        """Call one lead now, if the policy allows it and nobody else does. Never raises for what a carrier does."""
        if why := self._placing.why_not_now:
            return NotDialled("later", why)
        try:
            claimed = await self._claiming.claim(lead_id)
        except DatabaseDown as down:
            return NotDialled("later", str(down))
        if isinstance(claimed, NotDialled):
            log.info("Lead %s is not dialled (%s): %s", lead_id, claimed.state, claimed.why)
            return claimed
        return await self._placing.place(claimed.order, claimed.turn, claimed.ring_s)

    async def decide(self, tx: AsyncConnection, lead: StoredLead) -> Decision:
        """May this lead be called now? Raises `CampaignRefused`."""
        return await self._claiming.decide(tx, lead)
