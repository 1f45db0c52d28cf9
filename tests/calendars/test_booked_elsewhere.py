"""From a calendar's name to the entry at the service and back: our rules, a real diary, and people writing into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.calendars.open_calendar import open_calendar
from engine.schedule import WorkingHours
from engine.sdk import Attendee, Booking, BookingDetails, BookingRules, Calendar, Connection, Opening, OpeningTaken
from engine.store import Database, appointments, connections
from engine.store.appointments import CalendarSetup
from engine.store.connections import Vault
from engine.store.migration import migrate
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.support.caldav_servers import CalDavServer

pytestmark = pytest.mark.usefixtures("patient")

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 8, tzinfo=ZONE)  # a Tuesday
RULES = BookingRules(length_min=60, buffer_min=0, notice_min=0, horizon_days=1)
DANA = BookingDetails("Estimate", "Dana Reyes", "+14155550123", "dana@example.org")
VAULT = Vault(Vault.new_key())


@dataclass
class Service:
    """`enter`: somebody enters an hour. `starts`: when entries begin, in UTC."""

    connection: Connection
    enter: Callable[[int], object]
    starts: Callable[[], list[datetime]]


@pytest.fixture(params=["google", "radicale", "xandikos"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    if request.param == "google":
        async with GoogleCalendarEmulator() as google:
            settings = {"key_file": google.key_file, "calendar": google.calendar.id, "endpoint": google.address}
            yield Service(
                Connection("office", "google_calendar", settings),
                lambda hour: google.entered(
                    start={"dateTime": at(hour).start.isoformat()}, end={"dateTime": at(hour).end.isoformat()}
                ),
                lambda: sorted(
                    datetime.fromisoformat(each["start"]["dateTime"]).astimezone(UTC) for each in google.events()
                ),
            )
        return
    server: CalDavServer = request.getfixturevalue(request.param)
    calendar = server.make_calendar()
    plain = server.connection(calendar)
    yield Service(
        Connection("office", plain.kind, plain.settings),
        lambda hour: server.put(
            calendar, f"person-{hour}", f"DTSTART:{stamp(at(hour).start)}", f"DTEND:{stamp(at(hour).end)}"
        ),
        lambda: sorted(_start(each) for each in server.entries(calendar)),
    )


@pytest.fixture
async def calendar(service: Service, tmp_path: Path) -> AsyncIterator[Calendar]:
    url = f"sqlite:///{tmp_path}/test.db"
    await migrate(url)
    database = Database(url)
    hours = WorkingHours.read({"tuesday": ["09:00-17:00"]})
    async with database.begin() as tx:
        await connections.save(tx, VAULT, service.connection, NOW)
        await appointments.save_setup(
            tx, CalendarSetup("main", ZONE.key, hours, step_min=60, connection=service.connection.name)
        )
    yield await open_calendar(database, lambda: VAULT, "main")
    await database.close()


def at(hour: int) -> Opening:
    return Opening(NOW.replace(hour=hour), NOW.replace(hour=hour + 1))


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _start(data: str) -> datetime:
    line = next(line for line in data.splitlines() if line.startswith("DTSTART"))
    return datetime.strptime(line.rpartition(":")[2].strip(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def hours(openings: object) -> list[int]:
    return [each.start.hour for each in openings]  # type: ignore[attr-defined]


async def book(calendar: Calendar, hour: int, key: str = "call_1:visit") -> Booking:
    return await calendar.confirm(await calendar.hold(at(hour), RULES, key, NOW), key, DANA, NOW)


async def test_what_people_entered_is_not_offered_and_a_booking_stands_there(
    service: Service, calendar: Calendar
) -> None:
    service.enter(12)
    assert hours(await calendar.openings(RULES, NOW)) == [9, 10, 11, 13, 14, 15, 16]
    booking = await book(calendar, 10)
    assert service.starts() == [at(10).start.astimezone(UTC), at(12).start.astimezone(UTC)]
    again = await book(calendar, 10)
    assert (again.id, len(service.starts())) == (booking.id, 2)
    later = NOW + timedelta(seconds=30)
    assert hours(await calendar.openings(RULES, later)) == [9, 11, 13, 14, 15, 16]


async def test_who_enters_something_between_hold_and_yes_keeps_the_time(service: Service, calendar: Calendar) -> None:
    held = await calendar.hold(at(10), RULES, "call_1:visit", NOW)
    service.enter(10)
    with pytest.raises(OpeningTaken):
        await calendar.confirm(held, "call_1:visit", DANA, NOW)
    assert service.starts() == [at(10).start.astimezone(UTC)]
    assert await calendar.upcoming(Attendee(phone=DANA.phone), NOW) == []


async def test_a_booking_moves_and_goes_and_nothing_of_it_stays(service: Service, calendar: Calendar) -> None:
    first = await book(calendar, 10)
    moved = await book(calendar, 14)
    assert moved.id == first.id
    assert service.starts() == [at(14).start.astimezone(UTC)]
    await calendar.cancel(moved.id)
    assert service.starts() == []
