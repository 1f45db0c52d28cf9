"""Of two processes that want one time exactly one gets it: in the built-in calendar, and in one that a service keeps
too. `make chaos` runs the same a thousand times."""

from __future__ import annotations

import pytest

from tests.support.booking_races import race, race_at_google

pytestmark = pytest.mark.chaos

RACES = 60


async def test_of_two_processes_exactly_one_books_each_time(sqlite_or_postgresql: str) -> None:
    tally = await race(sqlite_or_postgresql, RACES)
    assert tally.fair, tally
    assert sum(tally.won) == RACES


async def test_of_two_processes_exactly_one_books_each_time_at_a_service(sqlite_or_postgresql: str) -> None:
    tally, entries = await race_at_google(sqlite_or_postgresql, 20)
    assert tally.fair, tally
    assert entries == sum(tally.won) == 20
