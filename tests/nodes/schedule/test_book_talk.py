"""Booking as people talk: wishes that last, a change of mind after booking, requests, e-mail addresses, time zones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.schedule import MemoryCalendar
from engine.sdk import Booking, BookingDetails, BookingRules, Hold, Opening, Want
from engine.sdk.testbench import Bench, card
from nodes.schedule.book import Book
from tests.support.book_card import (
    BOOK,
    FREE,
    FRI_15,
    THU_10,
    WED_10,
    a_bench,
    about,
    asked,
    at,
    booked,
    calendar_of,
    said,
)

LATE = (at(16, 17), at(17, 17), at(18, 17), at(21, 17), at(22, 17))


def a_wishing_bench() -> Bench:
    bench = a_bench(*FREE, *LATE)
    bench.wishes |= {"after four": LATE, "not friday": tuple(each for each in (*FREE, *LATE) if each.day != 18)}
    return bench


async def test_a_wish_still_holds_when_the_first_offers_are_refused():
    bench = a_wishing_bench()
    bench.last_words = "any day after four"
    step = await bench.enter(BOOK)
    assert asked(step).startswith("I have Wednesday at 5 p.m., Thursday at 5 p.m., or Friday at 5 p.m.. ")
    step = await bench.hear(BOOK, "none of those", answer="no")
    assert asked(step).startswith("I also have Monday at 5 p.m. or Tuesday at 5 p.m.. ")


async def test_a_second_wish_narrows_the_first():
    bench = a_wishing_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "any day after four")
    step = await bench.hear(BOOK, "but not Friday")
    assert "Wednesday at 5 p.m., Thursday at 5 p.m., or Monday at 5 p.m." in asked(step)


async def test_when_nothing_is_left_of_a_wish_the_closest_is_offered_and_called_so():
    bench = a_bench(WED_10, THU_10, at(17, 17))
    bench.wishes["after four"] = (at(17, 17), at(18, 17))
    bench.last_words = "after four"
    await bench.enter(BOOK)
    step = await bench.hear(BOOK, "no", answer="no")
    assert asked(step).startswith("The closest I have is Wednesday at 10 a.m. or Thursday at 10 a.m.. ")


async def test_wishes_that_are_met_use_up_no_round_of_offers():
    book = card(Book, max_offers=1)
    bench = a_wishing_bench()
    await bench.enter(book)
    for words in ("after four", "not Friday", "after four"):
        assert about(await bench.hear(book, words)) == "offer_times"
    assert (await bench.hear(book, "no", answer="no")).exit == "no_time_fits"


async def test_nobody_goes_round_for_ever():
    book = card(Book, max_offers=2)
    bench = a_wishing_bench()
    step = await bench.enter(book)
    for _ in range(20):
        if step.exit:
            break
        step = await bench.hear(book, "after four")
    assert step.exit == "no_time_fits"


@pytest.mark.parametrize("down_at", ["enter", "choose", "confirm"])
async def test_what_was_wished_for_is_kept_for_the_colleague_when_the_calendar_is_down(down_at: str):
    book = card(Book, wish_slot="time_wish")
    bench = a_wishing_bench()
    bench.slots["time_wish"] = None
    bench.last_words = "any day after four"
    calendar = calendar_of(bench)
    if down_at == "enter":
        calendar.go_down(9)
    await bench.enter(book)
    if down_at == "choose":
        calendar.go_down(9)
        await bench.hear(book, "Thursday at ten")
    if down_at == "confirm":
        await bench.hear(book, "Thursday at ten")
        calendar.go_down(9)
        await bench.hear(book, "yes", answer="yes")
    told = {
        "enter": "any day after four",
        "choose": "any day after four; Thursday at ten",
        "confirm": "any day after four; Thursday at ten; Thursday, September 17 at 10 a.m.",
    }
    assert bench.slots["time_wish"] == told[down_at]


# Where an appointment stands already.


async def booked_for_thursday() -> Bench:
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    await bench.hear(BOOK, "yes", answer="yes")
    return bench


@pytest.mark.parametrize("words", ["Never mind, leave it.", "keep it as it is"])
async def test_who_would_rather_keep_the_time_keeps_it_and_hears_so(words: str):
    bench = await booked_for_thursday()
    bench.last_words = "can we change the time"
    await bench.enter(BOOK)
    step = await bench.hear(BOOK, words)
    assert step.exit == "booked" and said(step) == "Your appointment Thursday, September 17 at 10 a.m. stands."
    assert booked(bench) == [THU_10]


async def test_no_to_the_read_back_of_the_new_time_moves_nothing():
    bench = await booked_for_thursday()
    bench.last_words = "make it Friday at three"
    assert about(await bench.enter(BOOK)) == "confirm_booking"
    assert booked(bench) == [THU_10]
    await bench.hear(BOOK, "no", answer="no")
    assert booked(bench) == [THU_10]


async def test_when_no_other_time_fits_the_one_that_was_booked_stands():
    book = card(Book, max_offers=1)
    bench = await booked_for_thursday()
    await bench.enter(book)
    step = await bench.hear(book, "no", answer="no")
    assert step.exit == "booked"
    assert said(step).endswith("no other times right now. Your appointment Thursday, September 17 at 10 a.m. stands.")


async def test_a_calendar_that_is_down_when_the_time_is_changed_leaves_the_booking_alone():
    bench = await booked_for_thursday()
    calendar_of(bench).go_down(9)
    bench.last_words = "make it Friday at three"
    step = await bench.enter(BOOK)
    assert step.exit == "booked" and "Thursday, September 17 at 10 a.m. stands" in said(step)
    assert booked(bench) == [THU_10]


# Not sure yet, and who comes.


class Agreeing(MemoryCalendar):
    """Somebody of the business agrees to each booking later, and Mike comes."""

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        return replace(await super().confirm(hold, key, details, now, moves), status="requested", staff="Mike")


async def test_a_request_is_never_called_booked():
    bench = a_bench()
    bench.calendars["main"] = Agreeing(FREE, zone="UTC")
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    step = await bench.hear(BOOK, "yes", answer="yes")
    assert step.exit == "booked"
    assert said(step) == "I've asked for Thursday, September 17 at 10 a.m.. A colleague will confirm it with you."
    assert bench.booked[0].status == "requested" and bench.actions[-1].details["result"] == "requested"


@pytest.mark.parametrize(("staff", "told"), [("Mike", "You're booked with Mike for "), ("", "You're booked for ")])
async def test_who_comes_is_said_where_the_calendar_knows_it(staff: str, told: str):
    class Staffed(MemoryCalendar):
        async def confirm(
            self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = ""
        ) -> Booking:
            return replace(await super().confirm(hold, key, details, now, moves), staff=staff)

    book = card(Book, booked="You're booked with {staff} for {when}.")
    bench = a_bench()
    bench.calendars["main"] = Staffed(FREE, zone="UTC")
    await bench.enter(book)
    await bench.hear(book, "Thursday at ten")
    assert said(await bench.hear(book, "yes", answer="yes")).startswith(told)


# What goes into the calendar.


async def test_the_zip_of_the_visit_reaches_the_rules_and_address_and_notes_the_entry():
    class Placed(MemoryCalendar):
        places: list[str] = []  # noqa: RUF012

        async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
            self.places.append(rules.place)
            return await super().openings(rules, now, key)

    book = card(
        Book, place_slot="zip", address_slot="address", notes="{slot:service}, {slot:timeline}", email_slot="email"
    )
    bench = a_bench()
    bench.calendars["main"] = Placed(FREE, zone="UTC")
    bench.slots |= {"zip": "94110", "address": "1200 18th Street", "service": "Roof", "timeline": None}
    bench.slots["email"] = "dana@work.example"
    await bench.enter(book)
    await bench.hear(book, "Thursday at ten")
    await bench.hear(book, "yes", answer="yes")
    assert Placed.places == ["94110"]
    details = calendar_of(bench).details(bench.booked[0].id)
    assert (details.address, details.notes, details.email) == ("1200 18th Street", "Roof", "dana@work.example")


def without_email(**settings: str) -> tuple[Book, Bench]:
    bench = a_bench()
    bench.lead = replace(bench.lead, email=None)
    bench.slots["email"] = None
    return card(Book, email_slot="email", **settings), bench


async def test_the_address_for_the_invitation_is_asked_before_times_are_offered():
    book, bench = without_email(ask_email="before")
    bench.last_words = "Could you come Friday at three?"
    assert (await bench.enter(book)).question == Want(("email",))
    assert (await bench.hear(book, "Sorry, what?")).question == Want(("email",))
    step = await bench.hear(book, "dana at example dot com", slots={"email": "dana@example.com"})
    assert about(step) == "confirm_booking" and "Friday" in asked(step), "the time that was named is not forgotten"
    await bench.hear(book, "yes", answer="yes")
    assert calendar_of(bench).details(bench.booked[0].id).email == "dana@example.com"


async def test_who_does_not_tell_the_address_is_offered_times_all_the_same():
    book, bench = without_email(ask_email="before")
    await bench.enter(book)
    await bench.hear(book, "hm")
    assert about(await bench.hear(book, "hm")) == "offer_times"


async def test_the_address_for_the_invitation_is_asked_after_the_booking():
    book, bench = without_email(ask_email="after")
    await bench.enter(book)
    await bench.hear(book, "Thursday at ten")
    step = await bench.hear(book, "yes", answer="yes")
    assert said(step).startswith("You're booked") and step.question == Want(("email",)) and step.exit == "booked"
    step = await bench.hear(book, "dana at example dot com", slots={"email": "dana@example.com"})
    assert step.exit == "booked" and booked(bench) == [THU_10]


async def test_a_change_of_mind_at_the_question_for_the_address_moves_the_booking():
    book, bench = without_email(ask_email="after")
    await bench.enter(book)
    await bench.hear(book, "Thursday at ten")
    await bench.hear(book, "yes", answer="yes")
    step = await bench.hear(book, "Actually, make it Friday at three")
    assert about(step) == "confirm_booking" and "Friday" in asked(step)
    await bench.hear(book, "yes", answer="yes")
    assert booked(bench) == [FRI_15]


@pytest.mark.parametrize("email", ["dana@example.com", None])
async def test_an_address_that_the_form_had_is_not_asked_for(email: str | None):
    book = card(Book, email_slot="email", ask_email="before")
    bench = a_bench()
    bench.lead = replace(bench.lead, email=email)
    bench.slots["email"] = None if email else "dana@example.com"
    assert about(await bench.enter(book)) == "offer_times"


# Two clocks.


def in_two_zones(lives_in: str, told_in: str = "calendar", start: datetime | None = None) -> tuple[Book, Bench]:
    start = start or datetime(2026, 9, 17, 14, tzinfo=ZoneInfo("America/Los_Angeles"))
    bench = a_bench()
    bench.calendars["main"] = MemoryCalendar([start], zone="America/Los_Angeles")
    bench.now = start - timedelta(days=2)
    bench.lead = replace(bench.lead, zone=lives_in)
    return card(Book, told_in=told_in), bench


@pytest.mark.parametrize(
    ("lives_in", "told_in", "told"),
    [
        ("America/Los_Angeles", "calendar", "Thursday at 2 p.m.."),
        ("America/New_York", "calendar", "Thursday at 2 p.m. Los Angeles time."),
        ("America/New_York", "caller", "Thursday at 5 p.m. New York time."),
        ("America/Los_Angeles", "caller", "Thursday at 2 p.m.."),
        ("", "caller", "Thursday at 2 p.m.."),
        ("Not/A_Zone", "caller", "Thursday at 2 p.m.."),
    ],
)
async def test_the_zone_is_said_where_the_two_clocks_differ(lives_in: str, told_in: str, told: str):
    book, bench = in_two_zones(lives_in, told_in)
    assert asked(await bench.enter(book)).startswith(f"I have {told} ")


async def test_clocks_that_agree_in_summer_and_differ_in_winter_are_told_apart_on_the_day():
    los_angeles = ZoneInfo("America/Los_Angeles")
    for day, told in ((31, "2 p.m.."), (1, "2 p.m. Los Angeles time.")):  # the clock goes back on November 1st
        start = datetime(2026, 10 if day == 31 else 11, day, 14, tzinfo=los_angeles)
        book, bench = in_two_zones("America/Phoenix", start=start)
        assert told in asked(await bench.enter(book))


async def test_of_several_times_only_the_first_has_the_zone_with_it():
    book, bench = in_two_zones("America/New_York")
    los_angeles = ZoneInfo("America/Los_Angeles")
    free = [datetime(2026, 9, day, 14, tzinfo=los_angeles) for day in (16, 17, 18)]
    bench.calendars["main"] = MemoryCalendar(free, zone="America/Los_Angeles")
    text = asked(await bench.enter(book))
    assert "Wednesday at 2 p.m. Los Angeles time, Thursday at 2 p.m., or Friday at 2 p.m." in text
