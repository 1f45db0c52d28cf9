"""One calendar that is kept at a service in memory, and the processes that book in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.calendars.keeper import Keeper
from engine.calendars.linked import LinkedCalendar
from engine.calendars.writing import OURS_FOR
from engine.schedule import Staff, WorkingHours
from engine.sdk import Booking, BookingDetails, BookingRules, Hold, Opening
from engine.store import Database, appointments, linked_appointments
from engine.store.appointments import CalendarSetup
from tests.support.faulty_diary import Fault, FaultyService, Question, Trouble, no_trouble

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 8, 0, tzinfo=ZONE)
RULES = BookingRules(length_min=60, buffer_min=30, notice_min=0, horizon_days=1)
DANA = BookingDetails(title="Estimate", name="Dana Reyes", phone="+14155550123", email="dana@example.org")
SETUP = CalendarSetup(
    "main", ZONE.key, WorkingHours.read({"tuesday": ["09:00-17:00"]}), step_min=60, connection="office",
    options={"diary": "shared"},
)  # fmt: skip
TEAM = replace(SETUP, staff=(Staff("Ana", diary="ana"), Staff("Ben", diary="ben")))


def at(hour: int) -> Opening:
    return Opening(NOW.replace(hour=hour), NOW.replace(hour=hour + 1))


class LinkedHouse:
    """One calendar, one service, any number of processes; their clock."""

    def __init__(self, database: Database, service: FaultyService) -> None:
        self.database = database
        self.service = service
        self.now = datetime.now(UTC)  # real time, by which work is handed on
        self.process = self.start()

    def start(self) -> LinkedCalendar:
        return LinkedCalendar(self.database, "main", ZONE.key, "office", self.service.open, lambda: self.now)

    async def set_up(self, setup: CalendarSetup) -> None:
        async with self.database.begin() as tx:
            await appointments.save_setup(tx, setup)

    async def hold(self, hour: int, key: str) -> Hold:
        return await self.process.hold(at(hour), RULES, key, NOW)

    async def book(self, hour: int, key: str, moves: str = "") -> Booking:
        return await self.process.confirm(await self.hold(hour, key), key, DANA, NOW, moves)

    async def offered(self, key: str = "") -> list[int]:
        return [opening.start.hour for opening in await self.start().openings(RULES, NOW, key)]

    async def sweep(self) -> None:
        """As long as it takes, with the service well again."""
        for diary in self.service.diaries.values():
            diary.trouble = no_trouble
        for _ in range(3):
            self.now += OURS_FOR + timedelta(seconds=1)
            await Keeper(self.database, self.service.open).sweep(self.now)

    async def standing(self) -> list[tuple[int, str, str]]:
        """Hour, who, and how far the service knows of it."""
        async with self.database.read() as tx:
            found = await appointments.appointments(tx, "main", NOW)
        return [(each.booking.opening.start.hour, each.booking.staff, each.remote_state) for each in found]

    async def unfinished(self) -> int:
        async with self.database.read() as tx:
            return len(await linked_appointments.unfinished(tx, self.now + timedelta(days=1)))

    def written(self, name: str = "shared") -> list[int]:
        return sorted(entry.opening.start.hour for entry in self.service[name].entries.values())


def fails(question: Question, fault: Fault, *, times: int = 1, first: int = 1) -> Trouble:
    """The `first` and following `times` questions of that kind fail."""
    asked = 0

    async def trouble(what: Question) -> Fault:
        nonlocal asked
        asked += what == question
        return fault if what == question and first <= asked < first + times else ""

    return trouble
