"""Booking: what is offered, what is held, and that only what the calendar confirmed is called booked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.schedule import MemoryCalendar
from engine.sdk import (
    Booking,
    BookingDetails,
    BookingRules,
    CalendarDown,
    Hold,
    Opening,
    OpeningTaken,
    Question,
    Step,
    Want,
)
from engine.sdk.testbench import NOON, Bench, card
from nodes.schedule.book import Book
from nodes.schedule.offers import any_of, spread


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


async def test_three_times_on_different_days_are_offered():
    step = await a_bench().enter(BOOK)
    assert (
        asked(step)
        == "I have Wednesday at 10 a.m., Thursday at 10 a.m., or Friday at 3 p.m.. Which works best for you?"
    )
    assert step.exit is None


async def test_a_chosen_time_is_read_back_before_anything_is_booked():
    bench = a_bench()
    await bench.enter(BOOK)
    step = await bench.hear(BOOK, "Thursday at ten, please")
    assert asked(step) == "So: a visit, Thursday, September 17 at 10 a.m.. Shall I book that?"
    assert about(step) == "confirm_booking"
    assert booked(bench) == [] and bench.booked == []


async def test_yes_to_the_read_back_books_and_only_then_says_so():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    step = await bench.hear(BOOK, "Yes", answer="yes")
    assert step.exit == "booked" and said(step) == "You're booked for Thursday, September 17 at 10 a.m.."
    assert step.lines[0].fixed
    assert booked(bench) == [THU_10] == [booking.opening.start for booking in bench.booked]
    assert bench.slots["appointment"] == THU_10.isoformat()
    assert [(act.name, act.details.get("result")) for act in bench.actions] == [
        ("check_availability", None),
        ("book_appointment", "booked"),
    ]


async def test_the_calendar_entry_says_who_comes_and_why():
    bench = a_bench(THU_10)
    bench.last_words = "Thursday at ten"
    await bench.enter(BOOK)
    await bench.hear(BOOK, "yes", answer="yes")
    details = calendar_of(bench).details(bench.booked[0].id)
    assert details == BookingDetails("a visit: Dana Reyes", "Dana Reyes", "+14155550123", "dana@example.com")


async def test_a_lead_who_names_a_free_time_at_once_hears_no_offer():
    bench = a_bench()
    bench.last_words = "Could you come Friday at three?"
    step = await bench.enter(BOOK)
    assert about(step) == "confirm_booking" and "Friday, September 18" in asked(step)


async def test_a_wish_for_a_day_is_answered_with_that_day():
    bench = a_bench()
    bench.last_words = "sometime Wednesday"
    assert asked(await bench.enter(BOOK)).startswith("I have Wednesday at 10 a.m. or Wednesday at 2 p.m.. ")


async def test_a_wide_wish_is_answered_with_times_spread_over_its_days():
    bench = a_bench(WED_10, at(16, 12), WED_14, THU_10, FRI_15)
    bench.wishes["this week"] = (WED_10, at(16, 12), WED_14, THU_10, FRI_15)
    bench.last_words = "any time this week"
    assert "Wednesday at 10 a.m., Thursday at 10 a.m., or Friday at 3 p.m." in asked(await bench.enter(BOOK))


async def test_a_wish_that_does_not_fit_is_answered_with_the_closest_times():
    bench = a_bench()
    bench.wishes["thursday at eleven"] = at(17, 11)
    bench.last_words = "Thursday at eleven"
    assert asked(await bench.enter(BOOK)).startswith("The closest I have is Thursday at 10 a.m., ")


async def test_a_time_taken_between_offer_and_choice_is_told_and_others_are_offered():
    bench = a_bench()
    await bench.enter(BOOK)
    await calendar_of(bench).block(THU_10, THU_10 + timedelta(hours=1), "staff")
    bench.wishes["the second one"] = THU_10
    step = await bench.hear(BOOK, "the second one")
    assert said(step) == "I'm sorry, that one was just taken."
    assert "Thursday" not in asked(step)
    assert bench.flags == ["slot_conflict_retried"]


class QuickStranger(MemoryCalendar):
    """Somebody gets every time between our look and our hold."""

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        raise OpeningTaken("gone")


async def test_a_time_taken_at_the_hold_is_told_and_others_are_offered():
    bench = a_bench()
    bench.calendars["main"] = QuickStranger(FREE, zone="UTC")
    await bench.enter(BOOK)
    step = await bench.hear(BOOK, "Thursday at ten")
    assert said(step) == "I'm sorry, that one was just taken." and "Thursday" not in asked(step)


async def test_a_time_taken_at_the_confirm_is_not_called_booked():
    bench = a_bench(conflicts={THU_10: 1})
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    step = await bench.hear(BOOK, "yes", answer="yes")
    assert said(step) == "I'm sorry, that one was just taken." and about(step) == "offer_times"
    assert "Thursday" not in asked(step)
    assert booked(bench) == [] and bench.booked == [] and bench.slots["appointment"] is None
    assert bench.actions[-1].details["result"] == "taken"


async def test_a_yes_after_a_taken_time_does_not_try_that_time_again():
    bench = a_bench(WED_14, THU_10, conflicts={THU_10: 1})
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    await bench.hear(BOOK, "yes", answer="yes")  # taken: the other time is offered alone
    step = await bench.hear(BOOK, "yes", answer="yes")
    assert about(step) == "confirm_booking" and "Wednesday, September 16 at 2 p.m." in asked(step)
    await bench.hear(BOOK, "yes", answer="yes")
    assert booked(bench) == [WED_14]


async def test_a_time_that_was_taken_uses_up_no_round_of_offers():
    book = card(Book, max_offers=1)
    bench = a_bench(WED_14, THU_10, conflicts={THU_10: 1})
    await bench.enter(book)
    await bench.hear(book, "Thursday at ten")
    assert about(await bench.hear(book, "yes", answer="yes")) == "offer_times"


async def test_when_the_last_time_was_taken_the_caller_hears_both_things():
    bench = a_bench(THU_10, conflicts={THU_10: 1})
    await bench.enter(BOOK)
    await bench.hear(BOOK, "yes", answer="yes")
    step = await bench.hear(BOOK, "yes", answer="yes")
    assert said(step) == "I'm sorry, that one was just taken. I'm sorry, I have no other times right now."
    assert step.exit == "no_time_fits"


async def test_yes_to_the_only_offer_books_it_although_nothing_else_is_free():
    bench = a_bench(THU_10)
    assert asked(await bench.enter(BOOK)).startswith("I have Thursday at 10 a.m.. ")
    assert about(await bench.hear(BOOK, "yes", answer="yes")) == "confirm_booking"
    assert (await bench.hear(BOOK, "yes", answer="yes")).exit == "booked"
    assert booked(bench) == [THU_10]


async def test_yes_to_several_offers_is_no_refusal_of_them():
    bench = a_bench()
    first = await bench.enter(BOOK)
    assert asked(await bench.hear(BOOK, "yes", answer="yes")) == asked(first)


async def test_words_that_name_no_time_bring_the_same_offer_again():
    bench = a_bench()
    first = await bench.enter(BOOK)
    assert asked(await bench.hear(BOOK, "let me think")) == asked(first)


async def test_refused_times_are_not_offered_again_until_none_is_left():
    bench = a_bench()
    book = card(Book, offer=2)
    await bench.enter(book)  # Wednesday at ten, Thursday at ten
    step = await bench.hear(book, "no", answer="no")
    assert asked(step).startswith("I also have Wednesday at 2 p.m. or Friday at 3 p.m.. ")
    step = await bench.hear(book, "no", answer="no")
    assert step.exit == "no_time_fits" and said(step) == "I'm sorry, I have no other times right now."


async def test_offers_end_after_the_set_number_of_rounds():
    book = card(Book, offer=1, max_offers=2)
    bench = a_bench()
    await bench.enter(book)
    assert (await bench.hear(book, "no", answer="no")).exit is None
    assert (await bench.hear(book, "no", answer="no")).exit == "no_time_fits"


async def test_a_refused_time_may_still_be_asked_for():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "none of those", answer="no")
    assert "Thursday, September 17" in asked(await bench.hear(BOOK, "well, Thursday at ten then"))


async def test_no_to_the_read_back_frees_the_time_and_offers_others():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    step = await bench.hear(BOOK, "no", answer="no")
    assert "Thursday" not in asked(step)
    free = await calendar_of(bench).openings(BookingRules(), NOON)
    assert THU_10 in [opening.start for opening in free]


async def test_a_yes_after_a_refused_read_back_never_books_the_refused_time():
    book = card(Book, offer=2)
    bench = a_bench()
    await bench.enter(book)
    await bench.hear(book, "Thursday at ten")
    assert about(await bench.hear(book, "no", answer="no")) == "offer_times"
    assert about(await bench.hear(book, "yes", answer="yes")) == "offer_times"
    assert booked(bench) == []


async def test_after_a_refused_read_back_yes_to_the_one_time_left_means_that_time():
    bench = a_bench(WED_14, THU_10)
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    await bench.hear(BOOK, "no", answer="no")
    step = await bench.hear(BOOK, "yes", answer="yes")
    assert booked(bench) == [] and "Wednesday" in asked(step)


async def test_a_change_of_mind_at_the_read_back_moves_the_hold():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    step = await bench.hear(BOOK, "actually, Friday at three")
    assert about(step) == "confirm_booking" and "Friday, September 18" in asked(step)
    await bench.hear(BOOK, "yes", answer="yes")
    assert booked(bench) == [FRI_15]


async def test_a_yes_that_names_another_time_means_the_other_time():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    step = await bench.hear(BOOK, "yes, but Friday at three", answer="yes")
    assert booked(bench) == [] and "Friday, September 18" in asked(step)


async def test_ones_own_hold_does_not_block_the_hour_next_to_it():
    bench = a_bench(WED_10, WED_11)
    bench.last_words = "Wednesday at ten"
    await bench.enter(BOOK)
    step = await bench.hear(BOOK, "could it be Wednesday at eleven")
    assert about(step) == "confirm_booking" and "at 11 a.m." in asked(step)


async def test_repeating_the_held_time_is_not_answered_with_taken():
    bench = a_bench()
    await bench.enter(BOOK)
    first = await bench.hear(BOOK, "Thursday at ten")
    assert asked(await bench.hear(BOOK, "Thursday at ten")) == asked(first)
    assert bench.flags == []


async def test_words_that_are_neither_yes_nor_no_bring_the_read_back_again():
    bench = a_bench()
    await bench.enter(BOOK)
    first = await bench.hear(BOOK, "Thursday at ten")
    assert asked(await bench.hear(BOOK, "hm, is that with Mike?", question="is that with Mike?")) == asked(first)


async def test_a_hold_that_ran_out_while_the_caller_thought_is_taken_anew():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    bench.now += timedelta(minutes=5)
    assert (await bench.hear(BOOK, "yes", answer="yes")).exit == "booked"


async def test_a_second_yes_makes_no_second_booking():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    kept = dict(bench.memory)
    await bench.hear(BOOK, "yes", answer="yes")
    bench.memory = kept  # the same turn once more, as after a barge-in
    assert (await bench.hear(BOOK, "yes yes", answer="yes")).exit == "booked"
    assert booked(bench) == [THU_10]


async def test_booking_again_in_the_same_call_moves_the_appointment():
    bench = a_bench()
    await bench.enter(BOOK)
    await bench.hear(BOOK, "Thursday at ten")
    await bench.hear(BOOK, "yes", answer="yes")
    bench.last_words = "oh wait, make that Friday at three"
    await bench.enter(BOOK)
    await bench.hear(BOOK, "yes", answer="yes")
    assert booked(bench) == [FRI_15]
    assert bench.booked[0].id == bench.booked[1].id
    assert bench.slots["appointment"] == FRI_15.isoformat()


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


async def test_no_openings_at_all_leave_by_no_time_fits():
    assert (await a_bench(at(15, 11)).enter(BOOK)).exit == "no_time_fits"  # that one is over already


def test_all_texts_of_the_card_are_shown_to_the_validator():
    settings = BOOK.settings
    assert {settings.again_text, settings.nearest_text, settings.none_fits, settings.slow} <= set(BOOK.texts())


@pytest.mark.parametrize(
    ("free", "count", "picked"),
    [
        ((), 3, []),
        ((WED_10, WED_11, WED_14), 2, [WED_10, WED_14]),
        ((WED_10, WED_11), 3, [WED_10, WED_11]),
        ((WED_10, WED_11, THU_10, FRI_15), 3, [WED_10, THU_10, FRI_15]),
    ],
)
def test_offers_are_spread_over_days_then_over_halves_of_a_day(free: Sequence[datetime], count: int, picked: list):
    assert spread(free, count) == picked


@pytest.mark.parametrize(("spoken", "text"), [(["A"], "A"), (["A", "B"], "A or B"), (["A", "B", "C"], "A, B, or C")])
def test_a_choice_is_spoken_as_people_do(spoken: list, text: str):
    assert any_of(spoken) == text


# Wishes that hold.


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
