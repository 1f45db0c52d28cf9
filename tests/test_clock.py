"""Business time can be set off from real time, and goes on at its pace."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.clock import Clock

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
