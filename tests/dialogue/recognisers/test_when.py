"""Times: which opening is meant, and when to call back."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.dialogue.recognisers import openings, when

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZONE)  # a Tuesday
OPENINGS = [
    datetime(2026, 9, 16, 14, 0, tzinfo=ZONE),
    datetime(2026, 9, 17, 10, 0, tzinfo=ZONE),
    datetime(2026, 9, 18, 15, 0, tzinfo=ZONE),
    datetime(2026, 9, 19, 10, 0, tzinfo=ZONE),
    datetime(2026, 9, 21, 9, 0, tzinfo=ZONE),
]


@pytest.mark.parametrize(
    ("said", "index"),
    [
        ("Tomorrow at two is good.", 0),
        ("Thursday at ten.", 1),
        ("Friday at three.", 2),
        ("Tomorrow at two then.", 0),
        ("Tomorrow two o'clock.", 0),
        ("Saturday at ten.", 3),
        ("The first one, tomorrow at two, that works.", 0),
        ("Thursday at ten, please.", 1),
        ("Monday at nine.", 4),
        ("Yes, Thursday.", 1),
        ("Then Thursday at ten.", 1),
        ("Oh no, tomorrow I'm at the dentist. Can we do Thursday at ten instead?", 1),
        ("Let me look. | Thursday | at ten.", 1),
        ("the second one", 1),
        ("the last one", 4),
        ("either is fine", 0),
        ("whatever's first", 0),
        ("next week", 4),
        ("THURSDAY AT TEN WORKS FOR ME", 1),
        ("friday 3 p.m.", 2),
        ("the 18th", 2),
        ("September 19th at 10:00", 3),
        ("9/21", 4),
    ],
)
def test_opening_is_picked(said: str, index: int) -> None:
    assert openings.pick(said, OPENINGS, NOW, OPENINGS).chosen == OPENINGS[index]


def test_several_that_fit_are_all_offered_and_none_is_chosen() -> None:
    result = openings.pick("some time in the morning", OPENINGS, NOW, OPENINGS)
    assert result.chosen is None
    assert result.matches == (OPENINGS[1], OPENINGS[3], OPENINGS[4])


def test_a_wish_nothing_fits_gets_the_nearest() -> None:
    result = openings.pick("Thursday at eleven", OPENINGS, NOW, OPENINGS)
    assert result.chosen is None and result.matches == () and result.near[0] == OPENINGS[1]


def test_a_denied_day_leaves_the_others() -> None:
    result = openings.pick("tomorrow doesn't work", OPENINGS, NOW, OPENINGS)
    assert result.chosen is None and result.matches == tuple(OPENINGS[1:])


def test_any_day_after_four_takes_the_only_late_one() -> None:
    late = datetime(2026, 9, 18, 16, 30, tzinfo=ZONE)
    assert openings.pick("any day after four", [*OPENINGS, late], NOW, OPENINGS).chosen == late


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Today after five, say five thirty.", "2026-09-15T17:30"),
        ("Can you call me at six this evening?", "2026-09-15T18:00"),
        ("que me llamen hoy a las cuatro de la tarde", "2026-09-15T16:00"),
        ("March is good.", "2027-03-01T10:00"),
        ("Sure, call me in March.", "2027-03-01T10:00"),
        ("in half an hour", "2026-09-15T10:45"),
        ("half past two", "2026-09-15T14:30"),
        ("2.30 p.m.", "2026-09-15T14:30"),
        ("at nine", "2026-09-16T09:00"),
        ("today at nine", "2026-09-15T21:00"),
        ("Next Tuesday at two thirty in the afternoon.", "2026-09-22T14:30"),
        ("tomorrow morning", "2026-09-16T10:00"),
        ("quarter to three", "2026-09-15T14:45"),
        ("noon tomorrow", "2026-09-16T12:00"),
    ],
)
def test_time_for_a_call_back(said: str, moment: str) -> None:
    assert openings.resolve_time(when.find(said, NOW), NOW) == datetime.fromisoformat(moment).replace(tzinfo=ZONE)


def test_a_day_alone_has_no_time_yet() -> None:
    assert openings.resolve_time(when.find("tomorrow", NOW), NOW) is None


@pytest.mark.parametrize(
    "said", ["94110", "nine four one one zero", "I've got two roofs and a garage", "one second", "$150", "I may call"]
)
def test_other_numbers_are_no_times(said: str) -> None:
    assert when.find(said, NOW) == []
