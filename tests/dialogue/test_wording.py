"""Phrases in turn, placeholders, spoken dates."""

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.phrases import DEFAULTS, Phrases
from engine.dialogue.spoken_time import ordinal, spoken_clock, spoken_day, spoken_time
from engine.dialogue.template import fill

ZONE = ZoneInfo("America/Los_Angeles")


def test_wordings_are_used_in_turn() -> None:
    phrases = Phrases({})
    assert len({phrases.next("acknowledge") for _ in DEFAULTS["acknowledge"]}) == len(DEFAULTS["acknowledge"])


@given(st.lists(st.sampled_from(["acknowledge", "read_back", "acknowledge_correction", "refused"]), max_size=30))
def test_two_phrases_in_a_row_never_open_with_the_same_word(names: list[str]) -> None:
    phrases = Phrases({})
    said = [phrases.next(name).split()[0].strip(".,") for name in names]
    assert all(one != other for one, other in pairwise(said))


def test_an_authors_own_wording_comes_first() -> None:
    assert Phrases({"still_there": ("Hallo?",)}).next("still_there") == "Hallo?"


def test_a_single_wording_is_used_again() -> None:
    phrases = Phrases({"moment": ("Wait.",)})
    assert [phrases.next("moment") for _ in range(3)] == ["Wait."] * 3


def test_no_phrase_of_the_engine_asks_besides_those_that_break_a_silence() -> None:
    asking = {name for name, texts in DEFAULTS.items() if any("?" in text for text in texts)}
    assert asking == {"still_there", "go_on"}


def test_placeholders_are_filled_and_unknown_ones_left_to_a_later_hand() -> None:
    facts = {"first_name": "Dana", "slot:zip": "94110"}
    assert fill("{first_name}, {slot:zip}: {when}", facts) == "Dana, 94110: {when}"


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert fill("{a}{b}", {"a": "{b}", "b": "x"}) == "{b}x"


@pytest.mark.parametrize(
    ("day", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (12, "12th"), (13, "13th"), (22, "22nd")]
)
def test_ordinals(day: int, said: str) -> None:
    assert ordinal(day) == said


@pytest.mark.parametrize(
    ("hour", "minute", "said"), [(0, 0, "12 a.m."), (12, 0, "noon"), (14, 0, "2 p.m."), (9, 5, "9:05 a.m.")]
)
def test_clock_times(hour: int, minute: int, said: str) -> None:
    assert spoken_clock(datetime(2026, 9, 16, hour, minute, tzinfo=ZONE)) == said


@pytest.mark.parametrize(
    ("day", "said"),
    [(15, "today"), (16, "tomorrow"), (18, "Friday"), (21, "Monday"), (22, "Tuesday, September 22nd")],
)
def test_days_are_named_so_that_only_one_can_be_meant(day: int, said: str) -> None:
    assert spoken_day(date(2026, 9, day), date(2026, 9, 15)) == said


def test_a_full_time_names_day_and_date() -> None:
    now = datetime(2026, 9, 15, 10, tzinfo=ZONE)
    when = datetime(2026, 9, 16, 14, tzinfo=ZONE)
    assert spoken_time(when, now) == "tomorrow at 2 p.m."
    assert spoken_time(when, now, full=True) == "Wednesday, September 16th, at 2 p.m."
