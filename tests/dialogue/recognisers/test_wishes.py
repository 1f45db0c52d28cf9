"""Wishes for a time: what they leave of the openings, how they hold over turns, and what is no wish at all."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.dialogue.recognisers import when, wish_text, wishes
from engine.dialogue.recognisers.openings import PickResult, pick
from engine.dialogue.recognisers.wishes import Wish

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZONE)
"""A Tuesday."""

OPENINGS = [
    datetime(2026, 9, 15, 12, 15, tzinfo=ZONE),
    *(
        datetime(2026, 9, 16, tzinfo=ZONE) + timedelta(days=day, hours=hour)
        for day in range(35)
        for hour in (9, 11, 14, 16, 18)
    ),
]
WED_9, THU_14, FRI_18 = (datetime(2026, 9, day, hour, tzinfo=ZONE) for day, hour in ((16, 9), (17, 14), (18, 18)))
OFFERED = [WED_9, THU_14, FRI_18]

Fits = Callable[[datetime], bool]


def days(*numbers: int, month: int = 9) -> Fits:
    return lambda at: at.month == month and at.day in numbers


def weekdays(*numbers: int) -> Fits:
    return lambda at: at.weekday() in numbers


def hours(*numbers: int) -> Fits:
    return lambda at: at.hour in numbers


def between(first: date, last: date) -> Fits:
    return lambda at: first <= at.date() <= last


def both(*fits: Fits) -> Fits:
    return lambda at: all(each(at) for each in fits)


def left(fits: Fits) -> tuple[datetime, ...]:
    return tuple(at for at in OPENINGS if fits(at))


TWO_PARTS = ((1, 9), (1, 11), (3, 14), (3, 16))

WISHES: list[tuple[str, Fits]] = [
    ("any day after four", hours(16, 18)),
    ("Any time after four works for me.", hours(16, 18)),
    ("Only after four p.m., please.", hours(16, 18)),
    ("I work until four.", hours(16, 18)),
    ("I'm at work till four", hours(16, 18)),
    ("I get off work at four", hours(16, 18)),
    ("four or later", hours(16, 18)),
    ("From four o'clock onwards.", hours(16, 18)),
    ("not before eleven", hours(11, 12, 14, 16, 18)),
    ("before eleven", hours(9)),
    ("no later than eleven", hours(9, 11)),
    ("by two at the latest", hours(9, 11, 12, 14)),
    ("mornings only", hours(9, 11)),
    ("Mornings are best.", hours(9, 11)),
    ("I can only do mornings", hours(9, 11)),
    ("in the evening", hours(18)),
    ("afternoon or evening", hours(12, 14, 16, 18)),
    ("after work", hours(18)),
    ("between ten and noon", hours(11)),
    ("Somewhere between ten and twelve o'clock.", hours(11)),
    ("from two to five", hours(14, 16)),
    ("not Monday", weekdays(1, 2, 3, 4, 5, 6)),
    ("Anything but Monday.", weekdays(1, 2, 3, 4, 5, 6)),
    ("any day but Friday", weekdays(0, 1, 2, 3, 5, 6)),
    ("Mondays don't work", weekdays(1, 2, 3, 4, 5, 6)),
    ("Monday's no good", weekdays(1, 2, 3, 4, 5, 6)),
    ("I work Mondays", weekdays(1, 2, 3, 4, 5, 6)),
    ("I can't do mornings", hours(12, 14, 16, 18)),
    ("no mornings please", hours(12, 14, 16, 18)),
    ("I'm away next week", lambda at: not between(date(2026, 9, 21), date(2026, 9, 27))(at)),
    ("Next week I'm away", lambda at: not between(date(2026, 9, 21), date(2026, 9, 27))(at)),
    ("not this week", lambda at: at.date() > date(2026, 9, 20)),
    ("next week", between(date(2026, 9, 21), date(2026, 9, 27))),
    ("the week after", between(date(2026, 9, 21), date(2026, 9, 27))),
    ("the following week", between(date(2026, 9, 21), date(2026, 9, 27))),
    ("the week after next", between(date(2026, 9, 28), date(2026, 10, 4))),
    ("next week or the week after", between(date(2026, 9, 21), date(2026, 10, 4))),
    ("early next week", between(date(2026, 9, 21), date(2026, 9, 23))),
    ("the end of next week", between(date(2026, 9, 24), date(2026, 9, 27))),
    ("later this week", between(date(2026, 9, 17), date(2026, 9, 20))),
    ("the weekend", between(date(2026, 9, 19), date(2026, 9, 20))),
    ("this weekend would be great", between(date(2026, 9, 19), date(2026, 9, 20))),
    ("next weekend", between(date(2026, 9, 26), date(2026, 9, 27))),
    ("weekends only", weekdays(5, 6)),
    ("Do you have anything on weekends?", weekdays(5, 6)),
    ("on a weekday", weekdays(0, 1, 2, 3, 4)),
    ("Tuesday or Wednesday", weekdays(1, 2)),
    ("Tuesday, Wednesday or Thursday", weekdays(1, 2, 3)),
    ("Tuesdays and Thursdays", weekdays(1, 3)),
    ("Monday through Wednesday", weekdays(0, 1, 2)),
    ("Tuesday or Wednesday after four", both(weekdays(1, 2), hours(16, 18))),
    ("Thursday in the afternoon", both(weekdays(3), hours(14, 16))),
    ("Tuesday at nine or eleven", both(weekdays(1), hours(9, 11))),
    ("Tuesday morning or Thursday afternoon", lambda at: (at.weekday(), at.hour) in TWO_PARTS),
    ("after Friday", lambda at: at.date() >= date(2026, 9, 19)),
    ("any time after the 20th", lambda at: at.date() >= date(2026, 9, 21)),
    ("starting Thursday", lambda at: at.date() >= date(2026, 9, 17)),
    ("not before Friday", lambda at: at.date() >= date(2026, 9, 18)),
    ("I'm out of town until Friday", lambda at: at.date() >= date(2026, 9, 18)),
    ("Friday or later", lambda at: at.date() >= date(2026, 9, 18)),
    ("before Friday", lambda at: at.date() <= date(2026, 9, 17)),
    ("by Friday", lambda at: at.date() <= date(2026, 9, 18)),
    ("the end of the month", between(date(2026, 9, 24), date(2026, 9, 30))),
    ("towards the end of the month", between(date(2026, 9, 24), date(2026, 9, 30))),
    ("next month", lambda at: at.month == 10),
    ("the beginning of next month", between(date(2026, 10, 1), date(2026, 10, 7))),
    ("in the next few days", between(date(2026, 9, 15), date(2026, 9, 19))),
    ("sometime in October", lambda at: at.month == 10),
    ("tomorrow", days(16)),
    ("the day after tomorrow", days(17)),
    ("the 22nd", days(22)),
]  # fmt: skip


@pytest.mark.parametrize(("said", "fits"), WISHES, ids=[said for said, _ in WISHES])
def test_a_wish_leaves_the_openings_that_it_names(said: str, fits: Fits) -> None:
    wished = pick(said, OPENINGS, NOW)
    assert wished.named and wished.chosen is None and not wished.near
    assert wished.matches == left(fits)


@pytest.mark.parametrize(("said", "fits"), WISHES, ids=[said for said, _ in WISHES])
def test_a_wish_holds_in_later_turns_and_survives_being_written_down(said: str, fits: Fits) -> None:
    kept = wish_text.read(wish_text.written(pick(said, OPENINGS, NOW).wish))
    assert tuple(at for at in OPENINGS if wishes.suits(kept, at, NOW)) == left(fits) or said in CHOICES


CHOICES = ("Tuesday at nine or eleven",)
"""Single times: they choose, and rule nothing for later."""


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("the first one", WED_9),
        ("The first.", WED_9),
        ("the second", THU_14),
        ("The second one, please.", THU_14),
        ("number three", FRI_18),
        ("the last one", FRI_18),
        ("either is fine", WED_9),
        ("any of those", WED_9),
        ("whichever is earliest", WED_9),
        ("whatever's soonest", WED_9),
        ("as soon as possible", WED_9),
        ("the latest", FRI_18),
        ("Thursday", THU_14),
        ("Thursday at two", THU_14),
        ("the Thursday one", THU_14),
        ("the one at two", THU_14),
        ("Friday works", FRI_18),
        ("the evening", FRI_18),
        ("not the first one, the second one", THU_14),
    ],
)
def test_one_of_the_times_that_were_offered_is_chosen(said: str, at: datetime) -> None:
    assert pick(said, OPENINGS, NOW, OFFERED).chosen == at


@pytest.mark.parametrize(("said", "fits"), [("any day after four", hours(16, 18)), ("the weekend", weekdays(5, 6))])
def test_a_wish_that_one_of_the_offered_times_meets_is_still_a_wish(said: str, fits: Fits) -> None:
    found = pick(said, OPENINGS, NOW, [WED_9, THU_14, FRI_18, OPENINGS[16]])
    assert found.chosen is None and set(found.matches) <= set(left(fits)) and len(found.matches) > 3


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ("Do you have anything sooner?", lambda at: at < WED_9),
        ("anything earlier", lambda at: at < WED_9),
        ("That's too late.", lambda at: at < WED_9),
        ("that's too far out", lambda at: at < WED_9),
        ("something later", lambda at: at > FRI_18),
        ("Could we make it later?", lambda at: at > FRI_18),
        ("that's too soon", lambda at: at > FRI_18),
        ("anything later that day", lambda at: any(at.date() == o.date() and at > o for o in OFFERED)),
        ("a bit earlier in the day", lambda at: any(at.date() == o.date() and at < o for o in OFFERED)),
        ("the week after", between(date(2026, 9, 21), date(2026, 9, 27))),
    ],
)
def test_sooner_and_later_are_held_against_what_was_offered(said: str, fits: Fits) -> None:
    found = pick(said, OPENINGS, NOW, OFFERED)
    assert (found.matches or (found.chosen,)) == left(fits)


def test_nothing_sooner_brings_the_nearest_there_is() -> None:
    found = pick("anything sooner?", OPENINGS[1:], NOW, OFFERED)
    assert found.named and found.matches == () and found.near[0] == WED_9


def test_in_two_hours_is_met_by_the_opening_that_begins_then() -> None:
    assert pick("in two hours", OPENINGS, NOW).chosen == OPENINGS[0]
    assert pick("in four hours", OPENINGS, NOW).near[0] == OPENINGS[0]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Yes, please.",
        "No.",
        "none of those",
        "Let me look.",
        "one second",
        "Give me a second, please.",
        "First of all, who are you?",
        "I've got two roofs and a garage",
        "94110",
        "I'll call you later",
        "Talk to you later.",
        "sooner or later it breaks",
        "Like I said earlier, it leaks.",
        "You called me earlier.",
        "It has been leaking since Monday.",
        "It broke last Friday.",
        "Good morning!",
        "He was here last night.",
        "Is that with Mike?",
        "$150",
        "I may call",
        "We have three windows and two doors.",
        "It takes four years.",
        "What was that?",
        "is it an hour long?",
        "maybe later",
        "I don't know yet.",
    ],
)
def test_what_is_no_wish_for_a_time_is_not_taken_for_one(said: str) -> None:
    found = pick(said, OPENINGS, NOW)
    assert found == PickResult()


@pytest.mark.parametrize(
    "said", ["the second one", "either is fine", "that one", "anything sooner?", "the latest", "any time"]
)
def test_before_anything_was_offered_a_place_in_a_list_means_nothing(said: str) -> None:
    assert pick(said, OPENINGS, NOW) == PickResult()


def over(*turns: str) -> Wish:
    kept = Wish()
    for said in turns:
        kept = pick(said, OPENINGS, NOW, kept=kept).wish
    return kept


@pytest.mark.parametrize(
    ("turns", "fits"),
    [
        (("any day after four", "not Monday"), both(hours(16, 18), weekdays(1, 2, 3, 4, 5, 6))),
        (("any day after four", "Tuesday or Wednesday"), both(hours(16, 18), weekdays(1, 2))),
        (("any day after four", "Thursdays", "Fridays"), both(hours(16, 18), weekdays(4))),
        (("any day after four", "mornings then"), hours(9, 11)),
        (("after ten", "before three"), hours(11, 12, 14)),
        (("next week", "Tuesday"), days(22)),
        (("next week", "the week after"), between(date(2026, 9, 28), date(2026, 10, 4))),
        (("Tuesdays", "next week"), days(22)),
        (("not Monday", "Mondays"), weekdays(0)),
        (("Monday or Tuesday", "not Monday"), weekdays(1)),
        (("not Monday", "not Friday", "mornings"), both(weekdays(1, 2, 3, 5, 6), hours(9, 11))),
        (("tomorrow", "Thursday at two"), lambda at: True),
        (("mornings", "yes please", "what does it cost?"), hours(9, 11)),
    ],
)  # fmt: skip
def test_wishes_of_several_turns_hold_together(turns: tuple[str, ...], fits: Fits) -> None:
    kept = over(*turns)
    assert tuple(at for at in OPENINGS if wishes.suits(kept, at, NOW)) == left(fits)


def test_the_newest_word_counts_most_when_nothing_meets_all_wishes() -> None:
    found = pick("Wednesday", [WED_9, THU_14, FRI_18], NOW, kept=over("after four"))
    assert found.near == (WED_9,) and found.chosen is None


def test_a_single_time_is_a_choice_whatever_was_wished_for_before() -> None:
    found = pick("Thursday at two, then", [WED_9, THU_14, FRI_18], NOW, kept=over("after four"))
    assert found.chosen == THU_14


def test_what_was_ruled_out_is_not_offered_as_the_nearest() -> None:
    found = pick("not Wednesday, on Monday", [WED_9, THU_14, FRI_18], NOW)
    assert found.near and WED_9 not in found.near


def test_a_wish_that_is_damaged_or_of_a_newer_version_is_read_as_far_as_it_is_understood() -> None:
    assert wish_text.read("nonsense") == Wish() == wish_text.read([1, [2]])
    kept = wish_text.read([[[{"weekday": 1, "moon": "full"}], [{"part": "midnight snack"}]], []])
    assert kept == Wish(((when.When(weekday=1),),))


SWITCH = [datetime(2026, 11, 1, hour, tzinfo=ZONE) for hour in (9, 15, 16, 17)]
"""The clock goes back in the night before."""


def test_on_the_day_the_clock_goes_back_after_four_is_after_four_on_the_wall() -> None:
    now = datetime(2026, 10, 31, 12, tzinfo=ZONE)
    assert pick("tomorrow after four", SWITCH, now).matches == tuple(SWITCH[2:])


def test_on_the_day_the_clock_goes_forward_nine_is_nine_on_the_wall() -> None:
    now = datetime(2027, 3, 13, 12, tzinfo=ZONE)
    openings = [datetime(2027, 3, 14, hour, tzinfo=ZONE) for hour in (8, 9, 10)]
    assert pick("tomorrow at nine", openings, now).chosen == openings[1]


def test_of_the_two_half_past_ones_when_the_clock_goes_back_the_earliest_is_the_first() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZONE)
    second = first.replace(fold=1)
    now = datetime(2026, 10, 31, 12, tzinfo=ZONE)
    found = pick("whichever is earliest", [second, first], now, [second, first])
    assert found.chosen is not None and found.chosen.fold == 0
    assert pick("anything later", [first, second], now, [first]).matches == (second,)
