"""Several people share the built-in calendar: who comes is settled when a time is held, and nobody is in two places."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from engine.schedule import Span, Staff, WorkingHours
from engine.sdk import BookingDetails, BookingRules, Opening, OpeningTaken
from engine.store import Database, appointments
from engine.store.appointment_tables import AppointmentRow
from engine.store.appointments import CalendarSetup
from engine.store.calendar import BuiltInCalendar

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 8, 0, tzinfo=ZONE)
RULES = BookingRules(length_min=60, buffer_min=30, notice_min=0, horizon_days=1, place="94110")
DANA = BookingDetails(title="Estimate", name="Dana Reyes", phone="+14155550123")
ANA = Staff("Ana", areas=("941*",), diary="ana@example.com", email="ana@example.com", max_per_day=3)
BEN = Staff("Ben", {1: (Span(540, 720),)}, {date(2026, 9, 22): ()})
CY = Staff("Cy", areas=("95*",))
SETUP = CalendarSetup(
    "main", ZONE.key, WorkingHours.read({"tuesday": ["09:00-17:00"]}), step_min=60, staff=(ANA, BEN, CY)
)


def at(hour: int) -> Opening:
    return Opening(NOW.replace(hour=hour), NOW.replace(hour=hour + 1))


@pytest.fixture
async def calendar(database: Database) -> BuiltInCalendar:
    await set_up(database, SETUP)
    return await BuiltInCalendar.open(database, "main")


async def set_up(database: Database, setup: CalendarSetup, renamed: dict[str, str] | None = None) -> None:
    async with database.begin() as tx:
        await appointments.save_setup(tx, setup, renamed)


async def book(calendar: BuiltInCalendar, hour: int, key: str, rules: BookingRules = RULES) -> str:
    held = await calendar.hold(at(hour), rules, key, NOW)
    return (await calendar.confirm(held, key, DANA, NOW)).staff


async def test_staff_are_kept_as_they_were_saved(calendar: BuiltInCalendar, database: Database) -> None:
    async with database.read() as tx:
        assert await appointments.setup(tx, "main") == SETUP


async def test_two_who_serve_the_place_take_one_time_and_a_third_is_told_it_is_gone(
    calendar: BuiltInCalendar,
) -> None:
    assert await book(calendar, 9, "call_1") == "Ana"
    assert await book(calendar, 9, "call_2") == "Ben"
    with pytest.raises(OpeningTaken):
        await calendar.hold(at(9), RULES, "call_3", NOW)
    assert await book(calendar, 9, "call_3", replace(RULES, place="95014")) == "Cy"


async def test_a_hold_keeps_one_persons_time(calendar: BuiltInCalendar) -> None:
    await calendar.hold(at(10), RULES, "call_1", NOW)
    await calendar.hold(at(10), RULES, "call_2", NOW)
    with pytest.raises(OpeningTaken):
        await calendar.hold(at(10), RULES, "call_3", NOW)
    assert [opening.start.hour for opening in await calendar.openings(RULES, NOW)] == [12, 13, 14, 15, 16]
    assert 10 in [opening.start.hour for opening in await calendar.openings(RULES, NOW, "call_1")]


async def test_who_comes_and_where_to_stands_in_the_calendar(calendar: BuiltInCalendar, database: Database) -> None:
    await book(calendar, 9, "call_1")
    async with database.read() as tx:
        (entry,) = await appointments.appointments(tx, "main", NOW)
    assert (entry.booking.staff, entry.place) == ("Ana", "94110")


async def test_a_late_yes_goes_to_somebody_else_who_is_free(calendar: BuiltInCalendar) -> None:
    held = await calendar.hold(at(9), RULES, "call_1", NOW)
    later = NOW + timedelta(seconds=91)
    assert (
        await calendar.confirm(await calendar.hold(at(9), RULES, "call_2", later), "call_2", DANA, later)
    ).staff == ("Ana")
    assert (await calendar.confirm(held, "call_1", DANA, later)).staff == "Ben"


async def test_a_booking_that_moves_may_go_to_somebody_else_and_keeps_its_id(calendar: BuiltInCalendar) -> None:
    await book(calendar, 9, "call_0", replace(RULES, place="94110"))
    first = await calendar.confirm(await calendar.hold(at(9), RULES, "call_1", NOW), "call_1", DANA, NOW)
    assert first.staff == "Ben"
    moved = await calendar.confirm(
        await calendar.hold(at(15), RULES, "call_2", NOW), "call_2", DANA, NOW, moves=first.id
    )
    assert (moved.id, moved.staff) == (first.id, "Ana")  # Ben has gone home by then
    assert await book(calendar, 9, "call_3") == "Ben"


async def test_time_that_one_of_them_blocked_is_offered_with_the_others(calendar: BuiltInCalendar) -> None:
    await calendar.block(at(9).start, at(11).end, "training", "Ana")
    assert await book(calendar, 9, "call_1") == "Ben"
    assert [opening.start.hour for opening in await calendar.openings(RULES, NOW)] == [11, 12, 13, 14, 15, 16]
    await calendar.block(at(11).start, at(16).end, "company outing")
    assert await calendar.openings(RULES, NOW) == []


async def test_whoever_is_renamed_keeps_appointments_holds_and_blocked_time(
    calendar: BuiltInCalendar, database: Database
) -> None:
    await book(calendar, 9, "call_1")
    await calendar.hold(at(11), RULES, "call_2", NOW)
    await calendar.block(at(15).start, at(16).end, "dentist", "Ana")
    await set_up(database, replace(SETUP, staff=(replace(ANA, name="Ana López"), CY)), {"Ana": "Ana López"})
    assert [opening.start.hour for opening in await calendar.openings(RULES, NOW)] == [13, 14]
    async with database.read() as tx:
        (entry,) = await appointments.appointments(tx, "main", NOW)
        (block,) = await appointments.blocks(tx, "main", NOW)
    assert (entry.booking.staff, block.staff) == ("Ana López", "Ana López")


async def test_the_database_itself_refuses_a_second_appointment_of_one_person_at_one_start(
    calendar: BuiltInCalendar, database: Database
) -> None:
    await book(calendar, 9, "call_1")
    await book(calendar, 9, "call_2")
    async with database.read() as tx:
        row = (
            (await tx.execute(select(AppointmentRow.__table__).where(AppointmentRow.key == "call_1"))).mappings().one()
        )
    with pytest.raises(IntegrityError):
        async with database.begin() as tx:
            await tx.execute(insert(AppointmentRow).values({**row, "id": "apt_2", "key": "call_3"}))
    async with database.begin() as tx:
        cancelled = {**row, "id": "apt_3", "key": "call_4", "cancelled_at": datetime.now(UTC)}
        await tx.execute(insert(AppointmentRow).values(cancelled))
