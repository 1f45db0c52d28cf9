"""Brings calls that are due later to the dialer by scheduled runs of Prefect.

    planned ──a scheduled run, idempotency key = the row's id──> handed ──its time comes: the run──> released
       └── called off ──> its run is ended as cancelled

Killed anywhere nothing is lost: reservations run out, a run that is made again is the same run, and the dialer goes by
the row itself half a minute after its time. Without a work pool the runs are carried out here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.aftercall.call_due import told
from engine.aftercall.due_runs import DueRuns
from engine.aftercall.executor import Executor
from engine.aftercall.lane import Lane
from engine.aftercall.pool import WrongPool
from engine.aftercall.runs import OUT_OF_REACH, RunGone, in_words
from engine.store import DatabaseDown, attempts, leads, scheduled_calls
from engine.store.scheduled_calls import ScheduledCall

log = logging.getLogger(__name__)

RESERVED_S: Final = 30.0  # how long a row stays reserved while its run is made or carried out
AT_ONCE: Final = 8
POLL_S: Final = 0.5
TIDY_S: Final = 5.0
LATE: Final = timedelta(seconds=60)
"""A run that has not come to its end so long after its time has missed it."""


class CallsDue:
    """`executor`: carries the runs out here; None where the workers of a pool do."""

    def __init__(self, lane: Lane, runs: DueRuns, executor: Executor | None, *, poll_s: float = POLL_S) -> None:
        self._lane, self._runs, self._executor, self._poll_s = lane, runs, executor, poll_s
        self._absent = False

    async def run(self) -> None:
        """Until cancelled."""
        tidied = float("-inf")
        loop = asyncio.get_running_loop()
        while True:
            await self._once(self.hand)
            if self._executor is not None:
                await self._once(self.fire)
            if loop.time() - tidied >= TIDY_S:
                tidied = loop.time()
                await self._once(self.tidy)
            await asyncio.sleep(self._poll_s)

    async def _once(self, work: Callable[[], Awaitable[int]]) -> None:
        """Raises nothing: who is to be called back must not be forgotten for one row that nobody thought of."""
        try:
            await work()
        except DatabaseDown as problem:
            log.warning("%s", problem)
        except WrongPool as problem:
            log.warning("%s", problem)
        except OUT_OF_REACH as problem:
            if not self._absent:
                log.warning("Prefect's server %s; calls that are due later go by their rows", in_words(problem))
            self._absent = True
        except Exception:
            log.exception("Calls that are due later are looked at again in a moment")
        else:
            self._absent = False

    async def hand(self) -> int:
        """Make runs for plans that have none; gives how many. Raises what `OUT_OF_REACH` holds."""
        now = self._lane.clock()
        async with self._lane.database.read() as tx:
            if not await scheduled_calls.any_to_hand(tx, now):
                return 0
        async with self._lane.database.begin() as tx:
            found = await scheduled_calls.take_to_hand(tx, now, now + timedelta(seconds=RESERVED_S), AT_ONCE)
        for each in found:
            async with self._lane.database.read() as tx:
                lead = await leads.read(tx, each.lead_id)
                attempt = await attempts.of_lead(tx, each.lead_id) + 1
            # By Prefect's clock, which knows nothing of a simulated day.
            at = datetime.now(UTC) + (each.due_at - self._lane.clock())
            run_id = await self._runs.make(each, at, attempt, lead.campaign_id if lead else None)
            async with self._lane.database.begin() as tx:
                await scheduled_calls.handed(tx, each.id, run_id)
        return len(found)

    async def fire(self) -> int:
        """Carry out the runs whose time has come; gives how many. Raises what `OUT_OF_REACH` holds."""
        now = self._lane.clock()
        async with self._lane.database.read() as tx:
            if not await scheduled_calls.any_due(tx, now):
                return 0
        async with self._lane.database.begin() as tx:
            found = await scheduled_calls.take_due(tx, now, now + timedelta(seconds=RESERVED_S), AT_ONCE)
        await _all(found, self._fire)
        return len(found)

    async def _fire(self, plan: ScheduledCall) -> None:
        assert self._executor is not None
        assert plan.flow_run_id is not None
        try:
            run = await self._runs.read(plan.flow_run_id)
        except RunGone:
            async with self._lane.database.begin() as tx:
                await scheduled_calls.release(tx, plan.id)
                await scheduled_calls.shown(tx, plan.id, self._lane.clock())
            return
        await self._executor.execute(run)

    async def tidy(self) -> int:
        """End the runs of plans that are over; gives how many. Raises what `OUT_OF_REACH` holds."""
        now = self._lane.clock()
        async with self._lane.database.read() as tx:
            found = await scheduled_calls.unshown(tx, now - LATE)
        await _all(found, self._end)
        return len(found)

    async def _end(self, plan: ScheduledCall) -> None:
        assert plan.flow_run_id is not None
        await self._runs.end(plan.flow_run_id, told(plan.state))
        async with self._lane.database.begin() as tx:
            await scheduled_calls.shown(tx, plan.id, self._lane.clock())


async def _all(plans: Sequence[ScheduledCall], work: Callable[[ScheduledCall], Awaitable[None]]) -> None:
    """One after the other: Prefect's server shares the machine with live sound."""
    for each in plans:
        await work(each)
