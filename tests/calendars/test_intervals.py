"""Busy times laid over each other: nothing that is taken gets lost, whatever overlaps."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.calendars.intervals import PIECE, Span, both, clipped, merged, pieces, told_apart, without
from engine.schedule.diary import BusyTime

START = datetime(2026, 11, 1, tzinfo=UTC)
SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)).map(
        lambda each: (START + timedelta(hours=each[0]), START + timedelta(hours=each[0] + each[1]))
    ),
    max_size=8,
)


def hours(spans: list[Span]) -> set[datetime]:
    """Full hours that lie in them."""
    each_hour = (START + timedelta(hours=hour) for hour in range(80))
    return {hour for hour in each_hour if any(start <= hour < end for start, end in spans)}


@given(SPANS, SPANS)
def test_merging_cutting_and_meeting_are_what_sets_of_hours_say(one: list[Span], other: list[Span]) -> None:
    assert hours(merged(one)) == hours(one)
    assert hours(without(one, other)) == hours(one) - hours(other)
    assert hours(both(one, other)) == hours(one) & hours(other)
    found = merged(one)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(found))


@given(SPANS, SPANS, SPANS)
def test_nothing_that_is_taken_is_lost_when_ours_is_told_apart(
    ours: list[Span], others: list[Span], hidden: list[Span]
) -> None:
    listed = [BusyTime(*span, f"k{number}") for number, span in enumerate(ours)] + [BusyTime(*span) for span in others]
    found = told_apart([*ours, *others, *hidden], listed)
    foreign = hours([(each.start, each.end) for each in found if not each.ours])
    assert hours(others) <= foreign
    assert hours(hidden) - hours(ours) <= foreign
    assert foreign <= hours(others) | hours(hidden)
    assert sorted(each.ours for each in found if each.ours) == sorted(f"k{number}" for number in range(len(ours)))


@given(st.integers(0, 200))
def test_pieces_of_a_range_are_the_range(days: int) -> None:
    end = START + timedelta(days=days, hours=7)
    found = list(pieces(START, end))
    assert (found[0][0], found[-1][1]) == (START, end)
    assert all(until == since for (_, until), (since, _) in itertools.pairwise(found))
    assert all(until - since <= PIECE for since, until in found)


def test_what_lies_outside_of_the_range_is_cut_off() -> None:
    hour = timedelta(hours=1)
    inside, outside = BusyTime(START - hour, START + hour, "k"), BusyTime(START + 5 * hour, START + 6 * hour)
    assert clipped([inside, outside], START, START + 2 * hour) == [BusyTime(START, START + hour, "k")]
