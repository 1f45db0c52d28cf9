"""Opening hours as people pick them: days, from, to. Pure. In the document: lines such as "Mon-Fri 08:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Final

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LINE: Final = re.compile(r"(?P<first>[a-z]{3})[a-z]*\.?(?:\s*(?:-|to)\s*(?P<last>[a-z]{3})[a-z]*\.?)?\s+(?P<span>.+)")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|to)\s*(\d{1,2}):(\d{2})")
_DAY_MIN: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the week (0 is Monday), from and to in minutes from midnight; 1440 is the end of the day."""

    days: frozenset[int]
    start: int
    end: int


def read_span(text: str) -> tuple[int, int] | None:
    """Of "08:00-18:00"; None for what is no span. One that ends before it begins is one: it is shown, and the validator
    says what is wrong with it."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        return None
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    within = int(found[2]) < 60 and int(found[4]) < 60 and start < _DAY_MIN and end <= _DAY_MIN
    return (start, end) if within else None


def span_text(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def read_line(line: str) -> Span | None:
    found = _LINE.fullmatch(line.strip().lower())
    if found is None:
        return None
    names = [day.lower() for day in DAYS]
    first, last = found["first"], found["last"] or found["first"]
    span = read_span(found["span"])
    if first not in names or last not in names or span is None:
        return None
    begin = names.index(first)
    count = (names.index(last) - begin) % 7 + 1
    return Span(frozenset((begin + day) % 7 for day in range(count)), *span)


def read_lines(lines: Iterable[str]) -> list[Span] | None:
    """Lines of the same hours that follow each other are one span of more days. None if a line cannot be read."""
    spans: list[Span] = []
    for line in lines:
        span = read_line(line)
        if span is None:
            return None
        if spans and (spans[-1].start, spans[-1].end) == (span.start, span.end) and not spans[-1].days & span.days:
            spans[-1] = Span(spans[-1].days | span.days, span.start, span.end)
        else:
            spans.append(span)
    return spans


def lines_of(spans: Sequence[Span]) -> list[str]:
    """A line for each run of days that follow each other."""
    return [
        f"{_run(run)} {span_text(span.start, span.end)}" for span in spans for run in _runs(sorted(span.days)) if run
    ]


def _runs(days: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _run(days: Sequence[int]) -> str:
    return DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}-{DAYS[days[-1]]}"


def clock(minute: int) -> time:
    """The end of the day is shown as its last minute: a clock has no 24:00."""
    return time(23, 59) if minute >= _DAY_MIN else time(minute // 60, minute % 60)


def minute(moment: time, *, end: bool = False) -> int:
    """With `end`, 23:59 and midnight are the end of the day."""
    found = moment.hour * 60 + moment.minute
    return _DAY_MIN if end and found in (0, _DAY_MIN - 1) else found
