"""Booking: what is offered, what is held, and that only what the calendar confirmed is called booked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from engine.schedule import MemoryCalendar
from engine.sdk import BookingDetails, BookingRules, Hold, Opening, OpeningTaken
from engine.sdk.testbench import NOON, card
from nodes.schedule.book import Book
from nodes.schedule.offers import any_of, spread
from tests.support.book_card import (
    BOOK,
    FREE,
    FRI_15,
    THU_10,
    WED_10,
    WED_11,
    WED_14,
    a_bench,
    about,
    asked,
    at,
    booked,
    calendar_of,
    said,
)


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
