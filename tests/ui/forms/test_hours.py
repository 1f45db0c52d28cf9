"""Opening hours between lines of the document and what people pick."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.handoff.hours import read
from ui.forms.hours import Span, clock, lines_of, minute, read_lines, read_span, span_text

spans = st.builds(
    lambda days, start, length: Span(frozenset(days), start, min(start + length, 1440)),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1438),
    st.integers(1, 700),
)


@given(st.lists(spans, max_size=4))
def test_what_is_picked_is_what_the_card_reads(picked: list[Span]) -> None:
    def moments(lines: list[tuple[frozenset[int], int, int]]) -> set[tuple[int, int, int]]:
        return {(day, start, end) for days, start, end in lines for day in days}

    lines = lines_of(picked)
    assert moments([read(line) for line in lines]) == moments([(s.days, s.start, s.end) for s in picked])
    again = read_lines(lines)
    assert again is not None
    assert moments([(s.days, s.start, s.end) for s in again]) == moments([read(line) for line in lines])


def test_days_apart_are_lines_of_their_own_and_read_as_one() -> None:
    span = Span(frozenset({0, 2, 3}), 480, 1080)
    assert lines_of([span]) == ["Mon 08:00-18:00", "Wed-Thu 08:00-18:00"]
    assert read_lines(lines_of([span])) == [span]


@pytest.mark.parametrize("line", ["", "Mon", "Monday to never", "Mon 8-18", "Mon 08:75-18:00", "Mon 25:00-26:00"])
def test_what_is_not_hours_is_for_the_editor_of_last_resort(line: str) -> None:
    assert read_lines([line]) is None


def test_hours_that_end_before_they_begin_are_shown_for_the_validator_to_tell() -> None:
    assert read_lines(["Mon 18:00-08:00"]) == [Span(frozenset({0}), 1080, 480)]


def test_midnight_is_the_end_of_the_day() -> None:
    assert clock(1440) == time(23, 59)
    assert minute(time(23, 59), end=True) == minute(time(0, 0), end=True) == 1440
    assert minute(time(0, 0)) == 0
    assert read_span(span_text(0, 1440)) == (0, 1440)
