"""Business time can be set off from real time, and goes on at its pace."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.clock import Clock, ahead_of, in_words

TUESDAY = datetime.fromisoformat("2026-09-15T10:15:00-07:00")


def test_clock_started_at_a_moment_goes_on_from_there() -> None:
    real = 1_000_000.0
    clock = Clock.started_at(TUESDAY, real=lambda: real)
    assert clock.now() == TUESDAY
    real += 90
    assert clock.now() == TUESDAY + timedelta(seconds=90)


def test_clock_without_offset_shows_real_time_in_utc() -> None:
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert Clock().now().tzinfo is UTC


def test_clock_refuses_a_moment_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock.started_at(TUESDAY.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Tue, 15 Sep 2026 17:15:00 GMT", "right"),
        ("Tue, 15 Sep 2026 17:12:00 GMT", "3 minutes fast"),
        ("Tue, 15 Sep 2026 17:15:20 GMT", "20 seconds slow"),
        ("Tue, 15 Sep 2026 19:15:00 GMT", "2 hours slow"),
        ("Mon, 14 Sep 2026 17:15:00 -0000", "1 day fast"),
    ],
)
def test_a_clock_is_told_by_the_date_that_a_server_sends(header: str, words: str) -> None:
    ahead = ahead_of(header, TUESDAY)
    assert ahead is not None
    assert in_words(ahead) == words


@pytest.mark.parametrize("header", ["", "yesterday", "2026-09-15"])
def test_what_is_no_date_says_nothing_about_the_clock(header: str) -> None:
    assert ahead_of(header, TUESDAY) is None
