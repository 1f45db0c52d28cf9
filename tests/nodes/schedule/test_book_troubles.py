"""Booking in a calendar that is down, slow or gone, and callers who hang up in the middle."""

from datetime import datetime

import pytest

from engine.schedule import MemoryCalendar
from engine.sdk import Booking, BookingDetails, BookingRules, CalendarDown, Hold
from engine.sdk.testbench import NOON, Bench
from tests.support.book_card import BOOK, FREE, THU_10, a_bench, about, booked, calendar_of, said


@pytest.mark.parametrize("step", ["enter", "choose", "confirm"])
async def test_a_calendar_that_is_down_promises_nothing(step: str):
    bench = a_bench()
    calendar = calendar_of(bench)
    if step == "enter":
        calendar.go_down(9)
    answer = await bench.enter(BOOK)
    if step == "choose":
        calendar.go_down(9)
    if step != "enter":
        answer = await bench.hear(BOOK, "Thursday at ten")
    if step == "confirm":
        calendar.go_down(9)
        answer = await bench.hear(BOOK, "yes", answer="yes")
    assert answer.exit == "failed" and "colleague will confirm" in said(answer)
    assert bench.booked == [] and booked(bench) == []


class DownAtConfirm(MemoryCalendar):
    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        raise CalendarDown("no answer")


async def test_a_confirm_without_answer_is_journalled_as_such():
    bench = a_bench()
    bench.calendars["main"] = DownAtConfirm(FREE, zone="UTC")
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    assert (await bench.hear(BOOK, "yes", answer="yes")).exit == "failed"
    assert bench.actions[-1].details["result"] == "no answer"


async def test_a_calendar_that_nobody_connected_takes_the_failure_exit():
    bench = Bench(slots={"appointment": None})
    assert (await bench.enter(BOOK)).exit == "failed"


async def test_a_slow_calendar_is_covered_by_a_word():
    bench = a_bench()
    bench.pace = "slow"
    step = await bench.enter(BOOK)
    assert bench.fillers == ["One moment, I'm checking the calendar."] and about(step) == "offer_times"


async def test_a_calendar_that_answers_too_late_is_not_called_booked_but_what_it_booked_stands_in_the_record():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    bench.pace = "too_slow"
    step = await bench.hear(BOOK, "yes", answer="yes")
    assert step.exit == "failed" and "booked" not in said(step)
    assert bench.fillers == ["One moment, I'm checking the calendar.", "Still checking. Thanks for your patience."]
    assert [each.opening.start for each in bench.booked] == booked(bench) == [THU_10]
    assert bench.flags == ["booked_late"] and bench.actions[-1].details["result"] == "late"


async def test_a_hold_that_came_too_late_is_let_go():
    bench = a_bench()
    await bench.enter(BOOK)
    bench.pace = "too_slow"
    assert (await bench.hear(BOOK, "Thursday at ten")).exit == "failed"
    free = await calendar_of(bench).openings(BookingRules(), NOON)
    assert THU_10 in [opening.start for opening in free]


async def test_who_hangs_up_between_hold_and_yes_leaves_the_time_free():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    await bench.hang_up(BOOK)
    free = await calendar_of(bench).openings(BookingRules(), NOON)
    assert THU_10 in [opening.start for opening in free] and booked(bench) == []


async def test_a_yes_asks_the_calendar_for_nothing_but_the_booking():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    calendar = calendar_of(bench)
    asked_of = Counting(calendar)
    bench.calendars["main"] = asked_of
    await bench.hear(BOOK, "yes", answer="yes")
    assert asked_of.requests == ["confirm"] and [each.opening.start for each in calendar.bookings] == [THU_10]


class Counting:
    """A calendar that keeps what it was asked."""

    def __init__(self, calendar: MemoryCalendar) -> None:
        self._calendar, self.requests = calendar, []

    def __getattr__(self, name: str):
        if name in ("openings", "hold", "confirm", "release", "cancel", "upcoming"):
            self.requests.append(name)
        return getattr(self._calendar, name)
