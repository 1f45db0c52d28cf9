"""The after-call worker of the embedded setting: dispatcher, executor and reconciler in one process, beside the engine.

    due rows of the outbox ── claim ──> Prefect run ── executed in this event loop ──> done
    every few seconds: rows whose executor fell silent come back; the dashboard is corrected where it is wrong

It may be started before Prefect's server, outlive it, and be killed at any moment: the outbox is the truth. Several
workers may share one database. It must not share a process with live audio.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from prefect.client.schemas.objects import FlowRun

from engine.aftercall.lane import Lane
from engine.aftercall.prefect_flow import Pauses, workshop
from engine.aftercall.runs import OUT_OF_REACH, PrefectRuns, RunGone
from engine.store import DatabaseDown, outbox
from engine.store.outbox import Entry

log = logging.getLogger(__name__)

DISPATCH_S: Final = 30.0  # how long a claimed row stays reserved while its run is made
GRACE_S: Final = 15.0  # a run that has just ended may still be telling Prefect so


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """`at_once`: calls carried out side by side (4 to 8 a core). Times in seconds. `poll_s`: looking for new rows, one
    cheap query. `reconcile_s`: looking for lost rows. `absent_s`: first pause when Prefect is out of reach, doubled up
    to `absent_most_s`."""

    at_once: int = 4
    poll_s: float = 0.25
    reconcile_s: float = 5.0
    absent_s: float = 1.0
    absent_most_s: float = 60.0
    pauses: Pauses = field(default_factory=Pauses)


class AfterCallWorker:
    """Runs until cancelled: `await AfterCallWorker(lane).run()`."""

    def __init__(self, lane: Lane, options: WorkerOptions | None = None) -> None:
        self.lane = lane
        self._options = options or WorkerOptions()
        self._busy: set[asyncio.Task[None]] = set()
        self._absences = 0
        self._poke = asyncio.Event()

    def poke(self) -> None:
        """There is something new: do not wait for the next poll."""
        self._poke.set()

    async def run(self) -> None:
        """Until cancelled. Calls in work are then dropped where they stand; their leases bring them back."""
        try:
            with workshop(self.lane, self._options.pauses):
                async with PrefectRuns.connect() as runs:
                    reconciler = asyncio.create_task(self._reconcile_for_ever(runs))
                    try:
                        await self._dispatch_for_ever(runs)
                    finally:
                        reconciler.cancel()
                        await asyncio.gather(reconciler, return_exceptions=True)
        finally:
            for task in self._busy:
                task.cancel()
            await asyncio.gather(*self._busy, return_exceptions=True)

    # -- dispatching -----------------------------------------------------------------------------------------------

    async def _dispatch_for_ever(self, runs: PrefectRuns) -> None:
        while True:
            try:
                for entry in await self._claim():
                    task = asyncio.create_task(self._carry_out(runs, entry), name=f"after call {entry.call_id}")
                    self._busy.add(task)
                    task.add_done_callback(self._free)
            except DatabaseDown as problem:
                log.warning("%s", problem)
            self._poke.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poke.wait(), self._options.poll_s)

    def _free(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._poke.set()

    async def _claim(self) -> list[Entry]:
        room = self._options.at_once - len(self._busy)
        if room <= 0:
            return []
        now = self.lane.clock()
        async with self.lane.database.read() as tx:  # most polls find nothing: do not take the write lock for that
            if not await outbox.any_due(tx, now):
                return []
        async with self.lane.database.begin() as tx:
            return list(await outbox.claim(tx, now, now + timedelta(seconds=DISPATCH_S), room))

    async def _carry_out(self, runs: PrefectRuns, entry: Entry) -> None:
        """One call, from claim to end. Raises nothing: whatever goes wrong, the row comes back."""
        try:
            run = await self._dispatch(runs, entry)
            if run is None:
                return
            await runs.execute(run)
            await self._note_shown(entry)
        except OUT_OF_REACH as problem:
            # After the run has begun this means only that Prefect did not hear its end: the ledger did.
            log.warning("Prefect was lost while call %s was in work: %s", entry.call_id, type(problem).__name__)
        except DatabaseDown as problem:
            log.warning("%s", problem)
        except Exception:
            log.exception("the lane of call %s stopped unexpectedly; it will be tried again", entry.call_id)

    async def _dispatch(self, runs: PrefectRuns, entry: Entry) -> FlowRun | None:
        try:
            async with asyncio.timeout(DISPATCH_S):
                run = await (runs.bring_back(entry.flow_run_id) if entry.flow_run_id else runs.make(entry))
        except RunGone:
            await self._put_back(entry, 0.0, "Prefect had lost the run; a new one is made.", new_run=True)
            return None
        except OUT_OF_REACH as problem:
            pause = min(self._options.absent_s * 2**self._absences, self._options.absent_most_s)
            if self._absences == 0:
                log.warning("Prefect's server is out of reach (%s); the outbox waits for it", type(problem).__name__)
            self._absences = min(self._absences + 1, 16)
            await self._put_back(entry, pause, "Waits for Prefect's server.")
            return None
        self._absences = 0
        lease = self.lane.clock() + timedelta(seconds=self.lane.terms.pending_s)
        async with self.lane.database.begin() as tx:
            ours = await outbox.dispatched(tx, entry.id, entry.gen, str(run.id), lease)
        return run if ours else None

    async def _put_back(self, entry: Entry, pause_s: float, why: str, *, new_run: bool = False) -> None:
        next_at = self.lane.clock() + timedelta(seconds=pause_s)
        async with self.lane.database.begin() as tx:
            await outbox.put_back(tx, entry.id, next_at, why, new_run=new_run)

    async def _note_shown(self, entry: Entry) -> None:
        async with self.lane.database.begin() as tx:
            await outbox.shown(tx, entry.id)

    # -- reconciling -----------------------------------------------------------------------------------------------

    async def _reconcile_for_ever(self, runs: PrefectRuns) -> None:
        while True:
            try:
                await self.bring_back_lost()
                await self.correct_dashboard(runs)
            except DatabaseDown as problem:
                log.warning("%s", problem)
            except OUT_OF_REACH:
                pass  # the dispatcher tells; the next round tries again
            await asyncio.sleep(self._options.reconcile_s)

    async def bring_back_lost(self) -> int:
        """Rows whose lease is over go back to the dispatchers; those tried too often are given up. How many."""
        now = self.lane.clock()
        async with self.lane.database.begin() as tx:
            lost = await outbox.lost(tx, now)
            for entry in lost:
                if self.lane.terms.pause_s(entry.id, entry.attempt) is None:
                    await outbox.give_up(tx, entry, f"Given up: its worker was lost {entry.attempt} times.", now)
                else:
                    await outbox.revive(tx, entry, now)
        if lost:
            log.warning("%d calls had lost their worker and are taken up again", len(lost))
            self.poke()
        return len(lost)

    async def correct_dashboard(self, runs: PrefectRuns) -> None:
        """Finished rows whose run may tell another story, for instance because Prefect was away at the end."""
        before = self.lane.clock() - timedelta(seconds=GRACE_S)
        async with self.lane.database.read() as tx:
            wrong = await outbox.unshown(tx, before)
        for entry in wrong:
            await runs.correct(entry)
            await self._note_shown(entry)
