"""However yes, no, wishes and a failing calendar are mixed: one appointment at most, and never a false word."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from engine.schedule import MemoryCalendar
from engine.sdk import Booking, BookingDetails, BookingRules, Hold, NodeSettings, Opening, OpeningTaken, Step, TalkNode
from engine.sdk.testbench import NOON, Bench, card
from nodes.schedule.book import Book
from nodes.schedule.change import Change

WED_10, WED_17, THU_10, FRI_17, MON_9 = (
    datetime(2026, 9, day, hour, tzinfo=UTC) for day, hour in ((16, 10), (16, 17), (17, 10), (18, 17), (21, 9))
)
FREE = (WED_10, WED_17, THU_10, FRI_17, MON_9)
WISHES = {
    "wednesday": (WED_10, WED_17),
    "after four": (WED_17, FRI_17),
    "thursday at ten": THU_10,
    "friday": FRI_17,
    "the thirtieth": datetime(2026, 9, 30, 9, tzinfo=UTC),
}
STRANGER, MINE = "+14155550199", "+14155550123"


@dataclass
class Line:
    """One turn: what the caller says, and what happens meanwhile."""

    words: str
    answer: Literal["yes", "no"] | None
    pace: Literal["quick", "slow", "too_slow"]
    fault: Literal["", "down", "taken", "a minute passes", "hangs up"]


LINES = st.builds(
    Line,
    st.sampled_from([*WISHES, "", "yes", "no", "hm", "never mind, leave it", "cancel it", "move it to friday"]),
    st.sampled_from([None, "yes", "no"]),
    st.sampled_from(["quick", "quick", "quick", "slow", "too_slow"]),
    st.sampled_from(["", "", "", "down", "taken", "a minute passes", "hangs up"]),
)


@dataclass
class Calendar(MemoryCalendar):
    """A calendar whose next confirm may find that somebody was quicker."""

    quick_stranger: bool = False
    confirmed: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(FREE, zone="UTC")

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        if self.quick_stranger:
            self.quick_stranger = False
            raise OpeningTaken("gone")
        booking = await super().confirm(hold, key, details, now, moves)
        self.confirmed.append(booking.opening.start)
        return booking


async def talk(node: TalkNode[NodeSettings], bench: Bench, calendar: Calendar, lines: Sequence[Line]) -> None:
    step, left = await bench.enter(node), False
    check(step, bench, calendar)
    for line in lines:
        if left:
            return
        if step.exit is not None and step.question is None:
            bench.last_words = line.words  # the flow comes back to the card
            step = await bench.enter(node)
            check(step, bench, calendar)
            continue
        bench.pace = line.pace
        calendar.quick_stranger = line.fault == "taken"
        if line.fault == "down":
            calendar.go_down(1)
        elif line.fault == "a minute passes":
            bench.now += timedelta(minutes=1)
        elif line.fault == "hangs up":
            held = bench.memory.get("hold", "").rpartition(" ")[2]
            await bench.hang_up(node)
            assert held not in calendar.holds, "a time stays held for somebody who is gone"
            left = True
            continue
        step = await bench.hear(node, line.words, answer=line.answer)
        calendar.quick_stranger = False
        calendar.go_down(0)
        bench.pace = "quick"
        check(step, bench, calendar)


def mine(calendar: Calendar) -> list[Booking]:
    return [each for each in calendar.bookings if calendar.details(each.id).phone == MINE]


def check(step: Step, bench: Bench, calendar: Calendar) -> None:
    """What holds after every turn, whatever was said."""
    said = " ".join(each.text for each in step.lines)
    assert len(mine(calendar)) <= 1
    if "You're booked" in said or "is now" in said:
        now = mine(calendar)
        assert len(now) == 1 and bench.booked and bench.booked[-1].opening.start == now[0].opening.start
        assert f"{now[0].opening.start:%A}" in said, "another day was told than the one that was booked"
    if "is cancelled" in said:
        assert mine(calendar) == [] and bench.cancelled
    if "stands" in said:
        assert len(mine(calendar)) == 1
    question = getattr(step.question, "text", "")
    assert said.count("?") + question.count("?") <= 1
    # What stands in the calendar stands in the record of the call, and nothing else does.
    known = [each for each in bench.booked[-1:] if each not in bench.cancelled]
    if known:
        assert [each.opening.start for each in known] == [each.opening.start for each in mine(calendar)]


@given(st.lists(LINES, max_size=12), st.sampled_from(["", *WISHES]))
def test_one_booking_at_most_and_booked_is_said_only_if_the_calendar_has_it(lines: list[Line], first: str) -> None:
    calendar = Calendar()
    bench = Bench(slots={"appointment": None}, calendars={"main": calendar}, wishes=dict(WISHES), last_words=first)
    asyncio.run(talk(card(Book), bench, calendar, lines))
    assert {each.opening.start for each in bench.booked} <= set(calendar.confirmed)


@given(st.lists(LINES, max_size=12), st.sampled_from(["", "cancel", "move it to friday", "reschedule"]))
def test_an_appointment_is_moved_cancelled_or_kept_and_never_doubled_or_lost(lines: list[Line], first: str) -> None:
    calendar = Calendar()

    async def play() -> None:
        for phone, start in ((MINE, THU_10), (STRANGER, MON_9)):
            opening = Opening(start, start + timedelta(hours=1))
            hold = await calendar.hold(opening, BookingRules(), phone, NOON)
            await calendar.confirm(hold, phone, BookingDetails("Roof", phone=phone), NOON)
        bench = Bench(calendars={"main": calendar}, wishes=dict(WISHES), last_words=first)
        await talk(card(Change), bench, calendar, lines)
        assert len(mine(calendar)) == (0 if bench.cancelled else 1), "an appointment that nobody cancelled is gone"
        assert MON_9 in [each.opening.start for each in calendar.bookings], "a stranger's appointment was touched"

    asyncio.run(play())
