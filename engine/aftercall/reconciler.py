"""Brings back calls whose executor fell silent, and corrects the dashboard where it tells another story.

Where this process carries the calls out, a lost row goes back to the dispatchers. Where the workers of a pool do, its
run is what has to move: one that still waits for a free worker gets more time, one that hangs is set back to waiting,
and for one that Prefect no longer knows a new one is made.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from prefect.client.schemas.objects import State

from engine.aftercall.lane import Lane
from engine.aftercall.runs import OUT_OF_REACH, PrefectRuns, RunGone
from engine.aftercall.verdict import Terms
from engine.store import DatabaseDown, outbox
from engine.store.outbox import Entry

log = logging.getLogger(__name__)

GRACE_S: Final = 15.0  # a run that has just ended may still be telling Prefect so
RECONCILE_S: Final = 5.0


def hangs(entry: Entry, state: State[None], now: datetime, terms: Terms) -> bool:
    """Whether the run of a row whose lease is over will not go on by itself. One that waits for a free worker will, and
    so may one that a worker has picked up only a moment ago and has not taken yet. `now`: by Prefect's clock."""
    if state.is_scheduled():
        return False
    if entry.owner is not None or state.is_final():
        return True
    return (now - state.timestamp).total_seconds() > terms.pending_s


class Reconciler:
    """`found`: called when rows have come back to the dispatchers."""

    def __init__(self, lane: Lane, runs: PrefectRuns, found: Callable[[], None], every_s: float = RECONCILE_S) -> None:
        self._lane, self._runs, self._found, self._every_s = lane, runs, found, every_s

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._once(self.bring_back_lost)
            await self._once(self.correct_dashboard)
            await asyncio.sleep(self._every_s)

    async def _once(self, work: Callable[[], Awaitable[object]]) -> None:
        """Raises nothing: whoever brings lost calls back must not end at one that nobody thought of."""
        try:
            await work()
        except DatabaseDown as problem:
            log.warning("%s", problem)
        except OUT_OF_REACH:
            pass  # the dispatcher tells; the next round tries again
        except Exception as problem:  # its words may hold what was said in a call
            log.warning("lost calls are looked for again later: unexpected %s", type(problem).__name__)

    async def bring_back_lost(self) -> int:
        """Rows whose lease is over; those tried too often are given up. How many."""
        now = self._lane.clock()
        async with self._lane.database.read() as tx:
            lost = await outbox.lost(tx, now)
        for entry in lost:
            await self._bring_back(entry)
        if lost:
            self._found()
        return len(lost)

    async def _bring_back(self, entry: Entry) -> None:
        now = self._lane.clock()
        if self._lane.terms.pause_s(entry.id, entry.attempt) is None:
            async with self._lane.database.begin() as tx:
                await outbox.give_up(tx, entry, f"Given up: its worker was lost {entry.attempt} times.", now)
            return
        if not self._runs.pool or entry.flow_run_id is None:
            async with self._lane.database.begin() as tx:
                back = await outbox.revive(tx, entry, now)
        else:
            back = await self._move_run(entry, entry.flow_run_id)
        if back:
            who = f"its worker {entry.owner} fell silent" if entry.owner else "no worker took it"
            log.warning("call %s is taken up again: %s", entry.call_id, who)

    async def _move_run(self, entry: Entry, flow_run_id: str) -> bool:
        """False: nothing was lost, the run only waits for a free worker; or somebody was quicker."""
        try:
            state = await self._runs.state(flow_run_id)
        except RunGone:
            async with self._lane.database.begin() as tx:
                return await outbox.revive(tx, entry, self._lane.clock(), new_run=True)
        now = self._lane.clock()
        async with self._lane.database.begin() as tx:
            ours = await outbox.extend(tx, entry, now + timedelta(seconds=self._lane.terms.pending_s), now)
        if not ours or state is None or not hangs(entry, state, datetime.now(UTC), self._lane.terms):
            return False
        await self._runs.set_back(flow_run_id)
        return True

    async def correct_dashboard(self) -> None:
        """Finished rows whose run may tell another story, for instance because Prefect was away at the end."""
        before = self._lane.clock() - timedelta(seconds=GRACE_S)
        async with self._lane.database.read() as tx:
            wrong = await outbox.unshown(tx, before)
        for entry in wrong:
            await self._runs.correct(entry)
            async with self._lane.database.begin() as tx:
                await outbox.shown(tx, entry.id)
