"""Puts a file of a do-not-call registry into the database, behind the back of whoever uploaded it.

    file ──a megabyte at a time──> numbers ──a transaction for each five thousand──> the list ──> counts as a whole

The file is read in a thread and written in short transactions: calls are dialled meanwhile, and memory does not grow.
"""

from __future__ import annotations

import asyncio
import logging
import zipfile
from collections.abc import Coroutine, Iterator
from typing import IO, BinaryIO, Final

from engine.clock import Clock
from engine.leads.number_file import Lines, NumberReader
from engine.store import Database, DatabaseDown
from engine.store import do_not_call_lists as lists
from engine.store.do_not_call_lists import ListGone, ListTooOld

log = logging.getLogger(__name__)

PIECE: Final = 1024 * 1024
BATCH: Final = 5_000
"""Numbers in one transaction: some hundredths of a second on SQLite, where nobody else writes meanwhile."""

TRIES_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
SHRUNK: Final = 2
"""A list that has less than a half of the numbers of the one before is more likely cut off than true."""


DAMAGED: Final = "The zip file cannot be opened: it is damaged, or has a password. Pack it again, without one."


class FileUnreadable(Exception):
    """The file is no list of numbers. The message is for people."""


class NumberFile:
    """A text file of numbers, or a zip of such, read in batches. Not for the event loop's thread."""

    def __init__(self, file: BinaryIO, region: str = "US") -> None:
        self._file = file
        self._region = region
        self.unreadable = 0
        self.areas: set[str] = set()

    def batches(self) -> Iterator[list[int]]:
        """Digits of E.164. Raises `FileUnreadable`."""
        numbers: list[int] = []
        for found in self._numbers():
            numbers += [int(number) for number in found]
            self.areas.update(number[2:5] for number in found if number.startswith("+1"))
            while len(numbers) >= BATCH:
                yield numbers[:BATCH]
                del numbers[:BATCH]
        if numbers:
            yield numbers

    def _numbers(self) -> Iterator[list[str]]:
        self._file.seek(0)
        packed_by_its_looks = self._file.read(4) == b"PK\x03\x04"
        if not zipfile.is_zipfile(self._file):
            if packed_by_its_looks:
                raise FileUnreadable(DAMAGED)
            self._file.seek(0)
            yield from self._of(self._file)
            return
        try:
            with zipfile.ZipFile(self._file) as packed:
                members = [member for member in packed.infolist() if not member.is_dir()]
                if not members:
                    raise FileUnreadable("The zip file is empty.")
                for member in members:
                    with packed.open(member) as opened:
                        yield from self._of(opened)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as damaged:
            # RuntimeError: it asks for a password.
            raise FileUnreadable(DAMAGED) from damaged

    def _of(self, opened: IO[bytes]) -> Iterator[list[str]]:
        lines, reader = Lines(), NumberReader(self._region, keep=0)
        before = 0
        while True:
            piece = opened.read(PIECE)
            yield reader.read(lines.feed(piece, last=not piece))
            self.unreadable, before = self.unreadable + reader.bad - before, reader.bad
            if not piece:
                return


class ListLoading:
    """One for a process: loads lists one after the other."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._one_by_one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, list_id: int, file: BinaryIO, sha256: str, *, may_shrink: bool = False) -> None:
        """Load a list that was begun, in the background; its row tells how far it is. The file is closed at the end."""
        self._background(self.load(list_id, file, sha256, may_shrink=may_shrink))

    def start_sweep(self) -> None:
        """As `sweep`, in the background."""
        self._background(self.sweep())

    def _background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Lists that are being loaded are given up; those that count go on counting."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def load(self, list_id: int, file: BinaryIO, sha256: str, *, may_shrink: bool = False) -> None:
        try:
            async with self._one_by_one:
                await self._load(list_id, NumberFile(file), sha256, may_shrink)
            log.info("A do-not-call list was loaded")
        except (FileUnreadable, ListTooOld, ListGone) as problem:
            await self._give_up(list_id, str(problem))
        except asyncio.CancelledError:
            await self._give_up(list_id, lists.DIED)
            raise
        except Exception as problem:
            log.exception("A do-not-call list could not be loaded")
            down = "The database did not answer. " if isinstance(problem, DatabaseDown) else ""
            await self._give_up(list_id, f"{down}Upload the list again; the server's log says more.")
        finally:
            file.close()
        await self.sweep()

    async def sweep(self) -> None:
        """Take the numbers of lists that count no more out of the database, bit by bit."""
        more = True
        while more:
            try:
                async with self._database.begin() as tx:
                    more = await lists.sweep(tx)
            except DatabaseDown:
                return  # the next list that is loaded goes on with it

    async def _load(self, list_id: int, file: NumberFile, sha256: str, may_shrink: bool) -> None:
        batches, numbers = file.batches(), 0
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            await self._put(list_id, batch)
            numbers += len(batch)
        if file.unreadable > numbers:
            raise FileUnreadable(
                f"This is no list of numbers: {file.unreadable:,} of its lines hold none. Nothing was changed."
            )
        if not numbers:
            raise FileUnreadable("There is no number in this file. Nothing was changed.")
        async with self._database.begin() as tx:
            before = await lists.numbers_before(tx, list_id)
            if not may_shrink and numbers * SHRUNK < before:
                raise FileUnreadable(
                    f"This list has {numbers:,} numbers and the one that counts has {before:,}. If that is right, "
                    "upload it again and say that it may be shorter."
                )
            await lists.finish(tx, list_id, file.unreadable, frozenset(file.areas), sha256, self._clock.now())

    async def _put(self, list_id: int, batch: list[int]) -> None:
        for pause in (*TRIES_S, None):
            try:
                async with self._database.begin() as tx:
                    await lists.put(tx, list_id, batch, self._clock.now())
            except DatabaseDown:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return

    async def _give_up(self, list_id: int, problem: str) -> None:
        log.warning("A do-not-call list was not loaded: %s", problem)
        try:
            async with self._database.begin() as tx:
                await lists.give_up(tx, list_id, problem)
        except DatabaseDown:
            log.warning("That could not be noted; in ten minutes it counts as given up")
