"""The calendar of tests: it offers working hours, keeps nothing, and has its moods."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.schedule import ScratchCalendar, WorkingHours
from engine.sdk import BookingDetails, BookingRules, CalendarDown, OpeningTaken

MONDAY = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)
ZONE = "America/Los_Angeles"
RULES = BookingRules(length_min=45, notice_min=60, horizon_days=7)
DETAILS = BookingDetails("Inspection", "Dana", "+14155550123")


async def test_it_offers_office_hours_by_the_wall_clock_of_its_zone() -> None:
    openings = await ScratchCalendar(ZONE).openings(RULES, MONDAY)
    assert (openings[0].start.hour, openings[0].start.minute) == (9, 0)
    assert openings[0].end - openings[0].start == timedelta(minutes=45)
    assert {each.start.weekday() for each in openings} == {0, 1, 2, 3, 4}


async def test_it_offers_the_hours_it_is_given() -> None:
    openings = await ScratchCalendar(ZONE, WorkingHours.read({"saturday": ["10:00-12:00"]})).openings(RULES, MONDAY)
    assert [(each.start.weekday(), each.start.hour) for each in openings] == [(5, 10), (5, 11)]


async def test_what_is_booked_in_it_is_not_offered_again_and_stands_in_it_alone() -> None:
    calendar = ScratchCalendar(ZONE)
    first = (await calendar.openings(RULES, MONDAY))[0]
    hold = await calendar.hold(first, RULES, "call", MONDAY)
    booking = await calendar.confirm(hold, "call", DETAILS, MONDAY)
    assert calendar.bookings == [booking]
    assert first.start not in [each.start for each in await calendar.openings(RULES, MONDAY)]
    assert len(await ScratchCalendar(ZONE).openings(RULES, MONDAY)) > len(await calendar.openings(RULES, MONDAY))
    await calendar.cancel(booking.id)
    assert calendar.bookings == []


async def test_the_first_time_that_is_chosen_is_taken_and_the_next_is_not() -> None:
    calendar = ScratchCalendar(ZONE, mood="taken")
    first, second, *_ = await calendar.openings(RULES, MONDAY)
    with pytest.raises(OpeningTaken):
        await calendar.hold(first, RULES, "call", MONDAY)
    left = await calendar.openings(RULES, MONDAY)
    assert first.start not in [each.start for each in left]
    hold = await calendar.hold(left[-1], RULES, "call", MONDAY)
    assert (await calendar.confirm(hold, "call", DETAILS, MONDAY)).opening == left[-1]
    assert second is not None


async def test_a_busy_one_has_nothing_and_one_that_is_down_says_so() -> None:
    assert await ScratchCalendar(ZONE, mood="busy").openings(RULES, MONDAY) == []
    with pytest.raises(CalendarDown):
        await ScratchCalendar(ZONE, mood="down").openings(RULES, MONDAY)
