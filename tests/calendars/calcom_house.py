"""A calendar at an emulated Cal.com, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.calendars.calcom import CalComCalendar
from engine.calendars.calcom_account import Account, Plan
from engine.sdk import BookingDetails, BookingRules, Connection, Hold, Json, Opening
from engine.store import Database, appointments
from engine.store.appointments import CalendarSetup
from tests.emulators.calcom import CalComEmulator, EventType

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZONE)
RULES = BookingRules(length_min=60, buffer_min=30, notice_min=120, horizon_days=14)
DANA = BookingDetails("Estimate", "Dana Reyes", "+14155550123", "dana@example.com", notes="Leak over the kitchen")
TUE_1, TUE_2, WED_9, WED_10 = (
    NOW.replace(hour=13, minute=0),
    NOW.replace(hour=14, minute=0),
    NOW.replace(day=16, hour=9, minute=0),
    NOW.replace(day=16, hour=10, minute=0),
)
FREE = (TUE_1, TUE_2, WED_9, WED_10)


def at(start: datetime) -> Opening:
    return Opening(start, start + timedelta(hours=1))


def connection(emulator: CalComEmulator, **settings: str) -> Connection:
    given = {"token": emulator.token, "event_type": "10", "endpoint": emulator.address}
    return Connection("calcom", "calcom", given | settings)


@dataclass
class House:
    """`calendar`: what calls book in. `again()`: the same one, as another process would open it."""

    database: Database
    cal: CalComEmulator
    settings: Mapping[str, str]
    options: Mapping[str, Json]
    question_s: float
    calendar: CalComCalendar

    @classmethod
    async def open(
        cls,
        database: Database,
        cal: CalComEmulator,
        settings: Mapping[str, str] | None = None,
        options: Mapping[str, Json] | None = None,
        question_s: float = 30.0,
    ) -> "House":
        if 10 not in cal.store.event_types:
            cal.add(EventType(10), FREE)
        async with database.begin() as tx:
            await appointments.save_setup(tx, CalendarSetup("main", ZONE.key, connection="calcom"))
        house = cls(database, cal, settings or {}, options or {}, question_s, None)  # type: ignore[arg-type]
        house.calendar = house.again()
        return house

    def again(self) -> CalComCalendar:
        given = connection(self.cal, **self.settings)
        account, plan = Account.read(given), Plan.read(given, self.options)
        return CalComCalendar(self.database, "main", ZONE.key, account, plan, self.question_s)

    async def hold(self, start: datetime = TUE_2, key: str = "call_1:appointment", rules: BookingRules = RULES) -> Hold:
        return await self.calendar.hold(at(start), rules, key, NOW)

    async def book(
        self, start: datetime = TUE_2, key: str = "call_1:appointment", details: BookingDetails = DANA
    ) -> str:
        return (await self.calendar.confirm(await self.hold(start, key), key, details, NOW)).id

    async def offered(self, key: str = "") -> list[str]:
        return [f"{each.start:%a %H:%M}" for each in await self.calendar.openings(RULES, NOW, key)]

    @property
    def posts(self) -> int:
        """How often a booking was asked for."""
        return self.cal.served.count("POST /v2/bookings")
