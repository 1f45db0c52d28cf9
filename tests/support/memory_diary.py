"""A diary in memory that can fail in the ways that diaries at services do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.calendars.intervals import clipped, told_apart
from engine.schedule.diary import BusyTime, DiaryEntry, DiaryGone, WrittenEntry
from engine.sdk import CalendarDown


@dataclass
class MemoryDiary:
    """`entries`: ours, by key. `others`: time that other people take. `down`: nothing is answered. `gone`: the diary
    was deleted. `lose`: so many writes and removals are done, and their answers lost."""

    entries: dict[str, DiaryEntry] = field(default_factory=dict)
    others: list[tuple[datetime, datetime]] = field(default_factory=list)
    down: bool = False
    gone: bool = False
    lose: int = 0
    written: int = 0

    async def busy(self, since: datetime, until: datetime) -> Sequence[BusyTime]:
        self._look()
        ours = [
            BusyTime(each.opening.start.astimezone(UTC), each.opening.end.astimezone(UTC), key)
            for key, each in self.entries.items()
        ]
        taken = [*((each.start, each.end) for each in ours), *self.others]
        others = [BusyTime(start, end) for start, end in self.others]
        return clipped(told_apart(taken, [*ours, *others]), since, until)

    async def find(self, key: str) -> WrittenEntry | None:
        self._look()
        found = self.entries.get(key)
        return None if found is None else WrittenEntry(key, found.opening)

    async def write(self, entry: DiaryEntry) -> WrittenEntry:
        self._look()
        self.entries[entry.key] = entry
        self.written += 1
        self._answer()
        return WrittenEntry(entry.key, entry.opening)

    async def remove(self, key: str) -> None:
        self._look()
        self.entries.pop(key, None)
        self._answer()

    def _look(self) -> None:
        if self.gone:
            raise DiaryGone("The diary was deleted: choose another one.")
        if self.down:
            raise CalendarDown("The diary does not answer.")

    def _answer(self) -> None:
        if self.lose:
            self.lose -= 1
            raise CalendarDown("The diary did not answer; whether the entry stands is open.")
