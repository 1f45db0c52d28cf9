"""What came of a call in the calendar, whoever was still there to tell of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update

from engine.schedule import WorkingHours
from engine.sdk import Booking, BookingDetails, BookingRules
from engine.store import Database, appointments, call_bookings
from engine.store.appointment_tables import AppointmentRow
from engine.store.appointments import CalendarSetup
from engine.store.calendar import BuiltInCalendar

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 8, 0, tzinfo=ZONE)
RULES = BookingRules(60, 0)


async def a_calendar(database: Database) -> BuiltInCalendar:
    hours = WorkingHours.read({"tuesday": ["09:00-17:00"], "wednesday": ["09:00-17:00"]})
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", ZONE.key, hours, step_min=60))
    return await BuiltInCalendar.open(database, "main")


async def book(calendar: BuiltInCalendar, key: str, place: int, moves: str = "", now: datetime = NOW) -> Booking:
    opening = (await calendar.openings(RULES, NOW))[place]
    details = BookingDetails("Roof", "Dana", "+14155550123", "", "1200 18th Street", "a big dog")
    if moves:
        details = BookingDetails("Roof", phone="+14155550123")
    return await calendar.confirm(await calendar.hold(opening, RULES, key, now), key, details, now, moves)


async def found(database: Database, call_id: str) -> tuple[Booking, str] | None:
    async with database.read() as tx:
        return await call_bookings.of_call(tx, call_id)


async def test_the_appointment_of_a_call_is_found_and_no_other(database: Database) -> None:
    calendar = await a_calendar(database)
    booked = await book(calendar, "call_1:appointment", 0)
    await book(calendar, "call_10:appointment", 3)
    assert await found(database, "call_1") == (booked, "main")
    assert await found(database, "call") is None and await found(database, "call_2") is None


async def test_signs_that_a_query_could_take_for_wildcards_are_none(database: Database) -> None:
    calendar = await a_calendar(database)
    await book(calendar, "callx1:appointment", 0)
    assert await found(database, "call_1") is None and await found(database, "%") is None


async def test_an_appointment_that_was_cancelled_is_not_found(database: Database) -> None:
    calendar = await a_calendar(database)
    await calendar.cancel((await book(calendar, "call_1:appointment", 0)).id)
    assert await found(database, "call_1") is None


async def test_one_that_another_service_has_not_answered_for_is_none(database: Database) -> None:
    calendar = await a_calendar(database)
    await book(calendar, "call_1:appointment", 0)
    async with database.begin() as tx:
        await tx.execute(update(AppointmentRow).values(remote_state="writing"))
    assert await found(database, "call_1") is None


async def test_one_that_moved_in_a_later_call_belongs_to_that_call_and_keeps_what_it_says(database: Database) -> None:
    calendar = await a_calendar(database)
    first = await book(calendar, "call_1:appointment", 0)
    moved = await book(calendar, "call_2:move", 4, moves=first.id, now=NOW + timedelta(hours=1))
    assert moved.id == first.id and await found(database, "call_1") is None
    assert await found(database, "call_2") == (moved, "main")
    async with database.read() as tx:
        kept = await appointments.with_id(tx, "main", first.id)
    assert kept is not None
    assert (kept.details.name, kept.details.address, kept.details.notes) == ("Dana", "1200 18th Street", "a big dog")
