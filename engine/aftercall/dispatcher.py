"""Makes Prefect runs for calls whose lane is due.

    due rows of the outbox ── claim ──> Prefect run ──> carried out here, or left to the workers of a work pool

Several dispatchers may share one database: no two get the same row, and the run of a row is made with an idempotency
key, so that a dispatcher killed in the middle leaves one run. Killed or without Prefect, nothing is lost: claims run
out, and the outbox waits.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from prefect.client.schemas.objects import FlowRun

from engine.aftercall.executor import Executor
from engine.aftercall.lane import Lane
from engine.aftercall.pool import WrongPool
from engine.aftercall.runs import OUT_OF_REACH, PrefectRuns, RunGone, in_words
from engine.store import DatabaseDown, outbox
from engine.store.outbox import Entry

log = logging.getLogger(__name__)

DISPATCH_S: Final = 30.0  # how long a claimed row stays reserved while its run is made


@dataclass(frozen=True, slots=True)
class DispatchOptions:
    """`at_once`: calls in work at a time here, or, where a pool carries them out, runs being made at a time. Times in
    seconds. `poll_s`: looking for new rows, one cheap query. `absent_s`: first pause when Prefect is out of reach,
    doubled up to `absent_most_s`."""

    at_once: int = 4
    poll_s: float = 0.25
    absent_s: float = 1.0
    absent_most_s: float = 60.0


class Dispatcher:
    """`executor`: carries the runs out here; None where the workers of a pool do."""

    def __init__(
        self, lane: Lane, runs: PrefectRuns, executor: Executor | None, options: DispatchOptions | None = None
    ) -> None:
        self._lane, self._runs, self._executor = lane, runs, executor
        self._options = options or DispatchOptions()
        self._busy: set[asyncio.Task[None]] = set()
        self._absences = 0
        self._poke = asyncio.Event()

    def poke(self) -> None:
        """There is something new: do not wait for the next poll."""
        self._poke.set()

    async def run(self) -> None:
        """Until cancelled. Calls in work are then dropped where they stand; their leases bring them back."""
        try:
            while True:
                try:
                    for entry in await self._claim():
                        task = asyncio.create_task(self._serve(entry), name=f"after call {entry.call_id}")
                        self._busy.add(task)
                        task.add_done_callback(self._free)
                except DatabaseDown as problem:
                    log.warning("%s", problem)
                self._poke.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._poke.wait(), self._options.poll_s)
        finally:
            for task in self._busy:
                task.cancel()
            await asyncio.gather(*self._busy, return_exceptions=True)

    def _free(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._poke.set()

    async def _claim(self) -> list[Entry]:
        room = self._options.at_once - len(self._busy)
        if room <= 0:
            return []
        now = self._lane.clock()
        async with self._lane.database.read() as tx:  # most polls find nothing: do not take the write lock for that
            if not await outbox.any_due(tx, now):
                return []
        async with self._lane.database.begin() as tx:
            return list(await outbox.claim(tx, now, now + timedelta(seconds=DISPATCH_S), room))

    async def _serve(self, entry: Entry) -> None:
        """One call, from its claim on. Raises nothing: whatever goes wrong, the row comes back."""
        try:
            run = await self._dispatch(entry)
            if run is not None and self._executor is not None:
                await self._executor.execute(run)
        except OUT_OF_REACH as problem:
            # After the run has begun this means only that Prefect did not hear its end: the ledger did.
            log.warning("Prefect was lost while call %s was in work: %s", entry.call_id, type(problem).__name__)
        except DatabaseDown as problem:
            log.warning("%s", problem)
        except Exception:
            log.exception("the lane of call %s stopped unexpectedly; it will be tried again", entry.call_id)

    async def _dispatch(self, entry: Entry) -> FlowRun | None:
        try:
            async with asyncio.timeout(DISPATCH_S):
                run = await self._runs.ready(entry)
        except RunGone:
            await self._put_back(entry, 0.0, "Prefect had lost the run; a new one is made.", new_run=True)
            return None
        except WrongPool as problem:
            log.warning("%s", problem)
            await self._put_back(entry, self._options.absent_most_s, str(problem))
            return None
        except OUT_OF_REACH as problem:
            pause = min(self._options.absent_s * 2**self._absences, self._options.absent_most_s)
            if self._absences == 0:
                log.warning("Prefect's server %s; the outbox waits for it", in_words(problem))
            self._absences = min(self._absences + 1, 16)
            await self._put_back(entry, pause, "Waits for Prefect's server.")
            return None
        self._absences = 0
        lease = self._lane.clock() + timedelta(seconds=self._lane.terms.pending_s)
        async with self._lane.database.begin() as tx:
            ours = await outbox.dispatched(tx, entry.id, entry.gen, str(run.id), lease)
        return run if ours else None

    async def _put_back(self, entry: Entry, pause_s: float, why: str, *, new_run: bool = False) -> None:
        next_at = self._lane.clock() + timedelta(seconds=pause_s)
        async with self._lane.database.begin() as tx:
            await outbox.put_back(tx, entry.id, next_at, why, new_run=new_run)
