"""Diaries in memory of which each question may fail on its own, or its asker die over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeVar

from engine.schedule.diary import BusyTime, DiaryEntry, DiaryGone, WrittenEntry
from engine.sdk import CalendarDown, Opening
from engine.store.linked_appointments import Place
from tests.support.memory_diary import MemoryDiary

T = TypeVar("T")
Fault = Literal["", "down", "answer lost", "gone", "killed before", "killed after"]
Question = Literal["busy", "find", "write", "remove"]
Trouble = Callable[[Question], Awaitable[Fault]]


class Killed(BaseException):
    """The process that asked is dead: no `except Exception` of it runs."""


async def no_trouble(question: Question) -> Fault:
    return ""


@dataclass
class FaultyDiary(MemoryDiary):
    """`tells`: whether it tells our entries from others'. `trouble`: what becomes of each question."""

    tells: bool = True
    trouble: Trouble = no_trouble
    asked: list[Question] = field(default_factory=list)

    def stranger(self, opening: Opening) -> None:
        """Somebody else takes the time."""
        self.others.append((opening.start, opening.end))

    async def busy(self, since: datetime, until: datetime) -> Sequence[BusyTime]:
        found = await self._ask("busy", lambda: MemoryDiary.busy(self, since, until))
        return found if self.tells else [replace(each, ours="") for each in found]

    async def find(self, key: str) -> WrittenEntry | None:
        return await self._ask("find", lambda: MemoryDiary.find(self, key))

    async def write(self, entry: DiaryEntry) -> WrittenEntry:
        written = await self._ask("write", lambda: MemoryDiary.write(self, entry))
        return replace(written, link=f"https://meet.example/{entry.key}")

    async def remove(self, key: str) -> None:
        await self._ask("remove", lambda: MemoryDiary.remove(self, key))

    async def _ask(self, question: Question, do: Callable[[], Awaitable[T]]) -> T:
        self.asked.append(question)
        fault = await self.trouble(question)
        if fault == "down":
            raise CalendarDown("The service does not answer.")
        if fault == "gone":
            raise DiaryGone("The calendar was deleted. Choose another one on the page Connections.")
        if fault == "killed before":
            raise Killed
        answer = await do()
        if fault == "answer lost":
            raise CalendarDown("The service's answer was lost.")
        if fault == "killed after":
            raise Killed
        return answer


class FaultyService:
    """Diaries by name, made when they are first opened."""

    def __init__(self) -> None:
        self.diaries: dict[str, FaultyDiary] = {}

    def __getitem__(self, name: str) -> FaultyDiary:
        return self.diaries.setdefault(name, FaultyDiary())

    async def open(self, place: Place) -> FaultyDiary:
        return self[place.diary]
