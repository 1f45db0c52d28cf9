"""Working hours as a business says them: by the clock on the wall, weekday by weekday, with days that differ."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


class HoursProblem(ValueError):
    """Working hours that make no sense. The message says which and how to write them."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Part of a day in minutes from midnight by the wall clock: 540 to 1020 is 09:00-17:00; 1440 is its end."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= 1440:
            raise HoursProblem(f"Working hours must lie within one day and end after they begin, not {self}.")

    @classmethod
    def read(cls, text: str) -> Span:
        """Reads '09:00-17:00'. Raises `HoursProblem`."""
        found = _SPAN.fullmatch(text.strip())
        if not found or int(found[2]) > 59 or int(found[4]) > 59:
            raise HoursProblem(
                f"'{text}' is not a span of hours. Write it like 09:00-17:00 (midnight at the end: 24:00)."
            )
        return cls(int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4]))

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """`weekly`: spans by weekday, 0 is Monday; a missing day is closed. `special`: dates that differ, an empty tuple
    for a day that is closed."""

    weekly: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    @classmethod
    def read(
        cls, weekly: Mapping[str, Sequence[str]], special: Mapping[str, Sequence[str]] | None = None
    ) -> WorkingHours:
        """Reads {'monday': ['09:00-12:00', '13:00-17:00']} and {'2026-12-24': []}. Raises `HoursProblem`."""
        if unknown := [day for day in weekly if day.casefold() not in DAYS]:
            raise HoursProblem(f"'{unknown[0]}' is not a weekday. Write monday, tuesday and so on.")
        days: dict[date, tuple[Span, ...]] = {}
        for day, spans in (special or {}).items():
            try:
                days[date.fromisoformat(day)] = _spans(spans)
            except HoursProblem:
                raise
            except ValueError:
                raise HoursProblem(f"'{day}' is not a date. Write it like 2026-12-24.") from None
        return cls({DAYS.index(day.casefold()): _spans(spans) for day, spans in weekly.items()}, days)

    def on(self, day: date) -> tuple[Span, ...]:
        return self.special[day] if day in self.special else self.weekly.get(day.weekday(), ())

    def moments(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        """The working spans of a day as moments in UTC; what the clock change takes away or adds is in their length. A
        span that ends within an hour that comes twice is two."""
        found: list[tuple[datetime, datetime]] = []
        for span in self.on(day):
            for start, end in _by_the_wall(day, span, zone):
                if found and found[-1][1] == start:  # the second of two equal hours follows the first
                    start = found.pop()[0]
                found.append((start, end))
        return found


def _spans(texts: Sequence[str]) -> tuple[Span, ...]:
    spans = tuple(sorted(Span.read(text) for text in texts))
    for first, second in itertools.pairwise(spans):
        if second.start < first.end:
            raise HoursProblem(f"The working hours {first} and {second} overlap.")
    return spans


def _by_the_wall(day: date, span: Span, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """When, in UTC, a clock on the wall shows a time of the span: of an hour that comes twice both, of one that is left
    out nothing."""
    midnight = datetime.combine(day, time(), UTC)
    opens, closes = (midnight + timedelta(minutes=minutes) for minutes in (span.start, span.end))
    for since, until, offset in _offsets(day, zone):
        start, end = max(opens - offset, since), min(closes - offset, until)
        if start < end:
            yield start, end


@lru_cache(maxsize=4096)
def _offsets(day: date, zone: ZoneInfo) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The zone's distance from UTC around a day: from, until, distance. The clock changes once there at most."""
    since = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    until = since + timedelta(hours=54)  # the day itself, wherever on Earth
    before, after = _offset(since, zone), _offset(until, zone)
    if before == after:
        return ((since, until, before),)
    early, late = since, until
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if _offset(middle, zone) == before:
            early = middle
        else:
            late = middle
    return ((since, late, before), (late, until, after))


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
