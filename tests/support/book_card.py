"""A booking card on the test bench: a week with four free times, and what was asked, said and booked."""

from datetime import UTC, datetime

from engine.schedule import MemoryCalendar
from engine.sdk import Question, Step
from engine.sdk.testbench import Bench, card
from nodes.schedule.book import Book


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC)


WED_10, WED_11, WED_14 = at(16, 10), at(16, 11), at(16, 14)
THU_10, FRI_15 = at(17, 10), at(18, 15)
FREE = (WED_10, WED_14, THU_10, FRI_15)
BOOK = card(Book)


def a_bench(*free: datetime, conflicts: dict[datetime, int] | None = None) -> Bench:
    calendar = MemoryCalendar(free or FREE, zone="UTC", conflicts=conflicts)
    named = {"wednesday at ten": WED_10, "wednesday at eleven": WED_11, "wednesday at two": WED_14}
    named |= {"thursday at ten": THU_10, "friday at three": FRI_15}
    return Bench(
        slots={"appointment": None}, calendars={"main": calendar}, wishes={**named, "wednesday": (WED_10, WED_14)}
    )


def calendar_of(bench: Bench) -> MemoryCalendar:
    calendar = bench.calendars["main"]
    assert isinstance(calendar, MemoryCalendar)
    return calendar


def booked(bench: Bench) -> list[datetime]:
    return [booking.opening.start for booking in calendar_of(bench).bookings]


def asked(step: Step) -> str:
    assert isinstance(step.question, Question), step
    return step.question.text


def about(step: Step) -> str:
    assert isinstance(step.question, Question), step
    return step.question.about


def said(step: Step) -> str:
    return " ".join(line.text for line in step.lines)
