"""A flood of leads is slowed down, an honest visitor is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.leads.sources.rates import Buckets


def test_a_visitor_may_send_a_minutes_worth_at_once_and_then_waits_for_the_next() -> None:
    buckets = Buckets()
    assert [buckets.take("a", 3, 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 20.0]
    assert buckets.take("a", 3, 19.0) > 0
    assert buckets.take("a", 3, 20.0) == 0
    assert buckets.take("b", 3, 20.0) == 0, "another visitor has a bucket of their own"


def test_whoever_was_forgotten_begins_anew_and_nobody_else_is() -> None:
    buckets = Buckets(kept=2)
    buckets.take("a", 1, 0.0)
    buckets.take("b", 1, 0.0)
    assert buckets.take("a", 1, 1.0) > 0
    buckets.take("c", 1, 2.0)  # now b was not used for longest
    assert buckets.take("a", 1, 3.0) > 0
    assert buckets.take("b", 1, 3.0) == 0


@given(st.integers(1, 100), st.lists(st.floats(0, 30), max_size=200))
def test_never_more_than_two_minutes_worth_in_any_minute(per_minute: int, gaps: list[float]) -> None:
    buckets, now, taken = Buckets(), 0.0, []
    for gap in gaps:
        now += gap
        if buckets.take("a", per_minute, now) == 0:
            taken.append(now)
    for first in taken:
        assert sum(first <= each < first + 60 for each in taken) <= 2 * per_minute


@given(st.integers(1, 1000), st.floats(0, 1e6))
def test_after_the_time_that_was_told_there_is_a_token(per_minute: int, start: float) -> None:
    buckets = Buckets()
    while not (wait := buckets.take("a", per_minute, start)):
        pass
    assert buckets.take("a", per_minute, start + wait + 1e-6) == 0
