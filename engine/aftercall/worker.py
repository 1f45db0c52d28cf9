"""One process that does the whole lane: dispatcher, executor and reconciler in one event loop, beside the engine. It
also brings calls that are due later to the dialer (`calls_due`).

It may be started before Prefect's server, outlive it, and be killed at any moment: the outbox is the truth. Several may
share one database. It must not share a process with live audio.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from engine.aftercall.calls_due import CallsDue
from engine.aftercall.dispatcher import Dispatcher, DispatchOptions
from engine.aftercall.due_runs import DueRuns
from engine.aftercall.executor import Executor
from engine.aftercall.lane import Lane
from engine.aftercall.prefect_flow import Pauses
from engine.aftercall.reconciler import RECONCILE_S, Reconciler
from engine.aftercall.runs import PrefectRuns


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """`reconcile_s`: seconds between looks for lost rows. The others: see `DispatchOptions` and `Pauses`."""

    at_once: int = 4
    poll_s: float = 0.25
    reconcile_s: float = RECONCILE_S
    absent_s: float = 1.0
    absent_most_s: float = 60.0
    pauses: Pauses = field(default_factory=Pauses)


class AfterCallWorker:
    """Runs until cancelled: `await AfterCallWorker(lane).run()`. `pool`: name of the work pool whose workers carry the
    calls out; empty: this process does."""

    def __init__(self, lane: Lane, options: WorkerOptions | None = None, pool: str = "") -> None:
        self.lane = lane
        self._options = options or WorkerOptions()
        self._pool = pool
        self._dispatcher: Dispatcher | None = None

    def poke(self) -> None:
        """There is something new: do not wait for the next poll."""
        if self._dispatcher is not None:
            self._dispatcher.poke()

    async def run(self) -> None:
        """Until cancelled. Calls in work are then dropped where they stand; their leases bring them back."""
        own = self._options
        executor = None if self._pool else Executor(self.lane, own.pauses)
        options = DispatchOptions(own.at_once, own.poll_s, own.absent_s, own.absent_most_s)
        async with PrefectRuns.connect(self._pool) as runs:
            self._dispatcher = Dispatcher(self.lane, runs, executor, options)
            beside = asyncio.gather(
                Reconciler(self.lane, runs, self.poke, own.reconcile_s).run(),
                CallsDue(self.lane, DueRuns(runs.client, self._pool), executor).run(),
            )
            try:
                await self._dispatcher.run()
            finally:
                beside.cancel()
                await asyncio.gather(beside, return_exceptions=True)
