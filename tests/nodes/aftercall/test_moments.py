"""Moments that cards wait for: days of the calendar, office hours, the hours of a text. No clock is read."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from nodes.aftercall.moments import in_window, read_window, shifted, within_hours

PACIFIC, EASTERN = ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York")
DAY = (9 * 60, 20 * 60)


def pacific(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PACIFIC)


@pytest.mark.parametrize(
    ("start", "reminder"),
    [
        ("2026-11-02T09:00", "2026-11-01T09:00"),  # the clocks went back that Sunday at two
        ("2026-11-01T15:00", "2026-10-31T15:00"),
        ("2027-03-14T15:00", "2027-03-13T15:00"),  # and forward
        ("2027-03-15T02:30", "2027-03-14T03:30"),  # there is no half past two that night
    ],
)
def test_a_day_before_is_the_same_hour_of_the_day_before(start: str, reminder: str) -> None:
    assert shifted(pacific(start), PACIFIC.key, -1, "days").isoformat()[:16] == reminder


def test_24_hours_before_are_24_hours() -> None:
    before = shifted(pacific("2026-11-02T09:00"), PACIFIC.key, -24, "hours")
    assert before == pacific("2026-11-01T09:00")
    assert shifted(pacific("2026-11-01T15:00"), PACIFIC.key, -24, "hours").isoformat() == "2026-10-31T16:00:00-07:00"


def test_minutes_are_minutes() -> None:
    assert shifted(pacific("2026-12-02T14:00"), PACIFIC.key, -90, "minutes") == pacific("2026-12-02T12:30")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-12-02T10:00", "2026-12-02T10:00"),  # Wednesday, within
        ("2026-12-02T08:00", "2026-12-02T09:00"),
        ("2026-12-02T17:00", "2026-12-03T09:00"),
        ("2026-12-04T18:00", "2026-12-07T09:00"),  # Friday evening: Monday morning
        ("2026-12-05T12:00", "2026-12-07T09:00"),
    ],
)
def test_the_next_working_morning_is_found_over_a_weekend(now: str, then: str) -> None:
    assert within_hours(pacific(now), PACIFIC.key, ("Mon-Fri 09:00-17:00",)) == pacific(then)


def test_hours_of_one_day_a_week_come_round() -> None:
    assert within_hours(pacific("2026-12-02T14:00"), PACIFIC.key, ("Wed 09:00-12:00",)) == pacific("2026-12-09T09:00")


def test_hours_are_the_businesss_own() -> None:
    at = within_hours(datetime(2026, 12, 2, 8, tzinfo=EASTERN), PACIFIC.key, ("Mon-Fri 09:00-17:00",))
    assert at == pacific("2026-12-02T09:00")


def test_a_day_that_ends_at_midnight_is_understood() -> None:
    at = within_hours(pacific("2026-12-02T23:59"), PACIFIC.key, ("Mon-Sun 09:00-24:00",))
    assert at == pacific("2026-12-02T23:59")


def test_without_hours_it_is_now() -> None:
    assert within_hours(pacific("2026-12-05T03:00"), PACIFIC.key, ()) == pacific("2026-12-05T03:00")


@pytest.mark.parametrize(
    ("now", "zones", "then"),
    [
        ("2026-12-02T10:00", [PACIFIC.key], "2026-12-02T10:00"),
        ("2026-12-02T23:30", [PACIFIC.key], "2026-12-03T09:00"),
        ("2026-12-02T03:00", [PACIFIC.key], "2026-12-02T09:00"),
        # In the East it is past eight already: both clocks must agree.
        ("2026-12-02T18:00", [PACIFIC.key, EASTERN.key], "2026-12-03T09:00"),
        ("2026-12-02T06:00", [PACIFIC.key, EASTERN.key], "2026-12-02T09:00"),
        ("2026-12-02T16:59", [PACIFIC.key, EASTERN.key], "2026-12-02T16:59"),
    ],
)
def test_a_text_waits_until_every_clock_of_the_lead_shows_day(now: str, zones: list[str], then: str) -> None:
    assert in_window(pacific(now), zones, DAY) == pacific(then)


def test_zones_on_two_sides_of_the_world_have_no_common_window() -> None:
    assert in_window(pacific("2026-12-02T10:00"), ["America/Los_Angeles", "Asia/Shanghai"], (12 * 60, 13 * 60)) is None


def test_the_window_is_kept_on_the_night_when_the_clocks_change() -> None:
    assert in_window(pacific("2026-10-31T22:00"), [PACIFIC.key], DAY) == datetime(2026, 11, 1, 17, tzinfo=UTC)
    assert in_window(pacific("2027-03-13T22:00"), [PACIFIC.key], DAY) == datetime(2027, 3, 14, 16, tzinfo=UTC)


@given(
    some.integers(0, 2 * 365 * 24 * 60),
    some.lists(
        some.sampled_from(["America/Los_Angeles", "America/New_York", "Pacific/Honolulu", "America/Denver"]), min_size=1
    ),
)
def test_whatever_the_hour_a_text_goes_out_by_day_and_within_two_days(minutes: int, zones: list[str]) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    at = in_window(moment, zones, DAY)
    assert at is not None
    assert moment <= at <= moment + timedelta(days=2)
    for zone in zones:
        assert 9 <= at.astimezone(ZoneInfo(zone)).hour < 20


@pytest.mark.parametrize("text", ["9-20", "20:00-09:00", "09:00", "morning", "09:00-25:00"])
def test_a_window_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="'"):
        read_window(text)
