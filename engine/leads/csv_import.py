"""Brings uploaded files in, batch by batch, while calls go on. A process that dies leaves its import to the next one,
which begins with the rows after the last batch that was counted: rows that are here already are known by their ids.

Any number of processes may do it; each takes on only imports whose files lie in its data folder.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Literal, Protocol, TypeVar

from pydantic import ValidationError

from engine.clock import Clock
from engine.leads.arrived import Arrived
from engine.leads.csv_files.look import data_rows, refusal_of
from engine.leads.csv_files.plan import ImportPlan
from engine.leads.csv_files.reader import Row
from engine.leads.csv_files.rows import read_row
from engine.leads.fields import FieldProblem
from engine.leads.intake import Inlet, Intake
from engine.leads.reading import Arrival
from engine.observe.metrics import METRICS
from engine.store import Database, DatabaseDown, lead_imports
from engine.store.lead_imports import Counts, Refusal, StoredImport

log = logging.getLogger(__name__)
T = TypeVar("T")

BATCH: Final = 25
"""Rows of one transaction. Small, so that the webhook of somebody who waits for a call never waits for an import."""
LEASE: Final = timedelta(seconds=20)
LOOK_S: Final = 1.0
AGAIN_S: Final = 2.0
UNSTARTED_KEPT: Final = timedelta(days=7)
ENDED_KEPT: Final = timedelta(days=30)
TIDIED_EVERY_S: Final = 3600.0


class ImportStuck(Exception):
    """The import cannot go on. The message says why and what to do."""


Behind = Callable[[str], Awaitable[Arrival]]
"""What is known of the leads of a source. Raises `ImportStuck`."""


class Background(Protocol):
    """A thread for what may take its time."""

    async def run(self, job: Callable[[], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class _Read:
    row: int
    read: Arrived | FieldProblem


class Imports:
    def __init__(
        self, database: Database, inlet: Inlet, folder: Path, behind: Behind, background: Background, clock: Clock
    ) -> None:
        self._database = database
        self._inlet = inlet
        self._folder = folder
        self._behind = behind
        self._background = background
        self._clock = clock
        self._who = secrets.token_hex(8)
        self._word = asyncio.Event()

    def file(self, import_id: str) -> Path:
        return self._folder / f"{import_id}.csv"

    def wake(self) -> None:
        """An import was started."""
        self._word.set()

    async def run(self) -> None:
        """Import until cancelled."""
        tidied = 0.0
        while True:
            self._word.clear()
            try:
                if time.monotonic() - tidied > TIDIED_EVERY_S or not tidied:
                    tidied = time.monotonic()
                    await self.tidy(datetime.now(UTC))
                while await self.sweep():
                    pass
            except DatabaseDown as down:
                log.warning("Imports go on later. %s", down)
            except Exception as problem:
                log.warning("Imports go on later: unexpected %s", type(problem).__name__)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._word.wait()
            except TimeoutError:
                pass

    async def sweep(self) -> bool:
        """Bring one import to its end; False if there is none to be taken on. Raises `DatabaseDown`."""
        async with self._database.read() as tx:
            if not await lead_imports.any_under_way(tx):
                return False
        among = [each.stem for each in self._folder.glob("imp_*.csv")]
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            claimed = await lead_imports.claim(tx, self._who, now, now + LEASE, among)
        if claimed is None:
            return False
        log.info("The import %s goes on after row %d of its file", claimed.id, claimed.last_row)
        try:
            await self._bring_in(claimed)
        except ImportStuck as stuck:
            await self._end(claimed.id, "failed", str(stuck))
        except asyncio.CancelledError:
            async with self._database.begin() as tx:
                await lead_imports.let_go(tx, claimed.id, self._who)
            raise
        return True

    async def tidy(self, now: datetime) -> int:
        """Delete files that nobody needs any more; gives how many. `now`: real time."""
        async with self._database.read() as tx:
            over = await lead_imports.no_longer_needed(tx, now - UNSTARTED_KEPT, now - ENDED_KEPT)
        for import_id in over:
            self.file(import_id).unlink(missing_ok=True)
            async with self._database.begin() as tx:
                await lead_imports.file_gone(tx, import_id)
        async with self._database.read() as tx:
            gone = await lead_imports.gone(tx)
        for file in self._folder.glob("imp_*.csv"):
            if file.stem in gone:  # another machine had the word that it goes
                file.unlink(missing_ok=True)
        return len(over)

    async def _bring_in(self, found: StoredImport) -> None:
        try:
            plan = ImportPlan.model_validate(found.plan)
        except ValidationError:
            raise ImportStuck("How the file is read cannot be understood any more. Upload it again.") from None
        left = data_rows(self.file(found.id), plan.written, found.last_row)
        # What a process that died had handed over and not counted yet comes once more.
        again: datetime | None = found.uploaded_at
        while True:
            began = time.monotonic()
            arrival = await self._behind(found.source_id)
            try:
                batch = await self._background.run(partial(_read, left, plan, arrival, found))
            except OSError:
                raise ImportStuck("The uploaded file cannot be read. Upload it again.") from None
            if not batch:
                await self._end(found.id, "done")
                return
            if not await self._batch(found, batch, again):
                return
            again = None
            # As long again is left to everybody else.
            await asyncio.sleep(time.monotonic() - began)

    async def _batch(self, found: StoredImport, batch: Sequence[_Read], again: datetime | None) -> bool:
        """Kept and counted; False if somebody has cancelled the import, or taken it on."""
        while True:
            try:
                arrived = [each.read for each in batch if isinstance(each.read, Arrived)]
                taken = iter(await asyncio.gather(*(self._inlet.take_in(each) for each in arrived)))
                judged = _judge(
                    [(each, next(taken) if isinstance(each.read, Arrived) else None) for each in batch], again
                )
                counts, refusals = judged
                async with self._database.begin() as tx:
                    counted = await lead_imports.progress(
                        tx, found.id, self._who, batch[-1].row, counts, refusals, datetime.now(UTC) + LEASE
                    )
            except DatabaseDown as down:
                log.warning("The import %s goes on later. %s", found.id, down)
                await asyncio.sleep(AGAIN_S)
                again = found.uploaded_at
                continue
            if counted:
                METRICS.add("leads_imported", counts.taken)
                METRICS.add("leads_imported_refused", counts.refused)
            return counted

    async def _end(self, import_id: str, state: Literal["done", "failed"], why: str = "") -> None:
        async with self._database.begin() as tx:
            await lead_imports.finish(tx, import_id, state, self._clock.now(), why)
        log.info("The import %s is %s", import_id, state)


def _read(left: Iterator[Row], plan: ImportPlan, arrival: Arrival, found: StoredImport) -> list[_Read]:
    return [_Read(row.number, read_row(row, plan, arrival, found.id, found.started_by)) for row in islice(left, BATCH)]


def _judge(batch: Sequence[tuple[_Read, Intake | None]], again: datetime | None) -> tuple[Counts, list[Refusal]]:
    """What has become of each row. `again`: the batch may have been handed over before, but not before then; what came
    in under a row's very id since was brought by that row."""
    counts, refusals = Counts(), []
    seen: set[str] = set()
    for each, intake in batch:
        refusal = refusal_of(each.row, each.read)
        if refusal is None and intake is not None and intake.is_new and intake.lead.state == "unusable":
            refusal = Refusal(each.row, intake.lead.reason, "Correct the row and import it again.")
        own = each.read.lead.external_id if isinstance(each.read, Arrived) else None
        before = (
            again is not None
            and intake is not None
            and own == intake.lead.external_id
            and own not in seen
            and intake.lead.received_at >= again
        )
        if own is not None:
            seen.add(own)
        if refusal is not None:
            refusals.append(replace(refusal, lead_id=intake.lead.id if intake is not None else None))
            counts = counts.plus(Counts(done=1, refused=1))
        elif intake is not None and (intake.is_new or before):
            counts = counts.plus(Counts(done=1, taken=1))
        elif intake is not None and intake.merged:
            counts = counts.plus(Counts(done=1, merged=1))
        else:
            counts = counts.plus(Counts(done=1, repeated=1))
    return counts, refusals
