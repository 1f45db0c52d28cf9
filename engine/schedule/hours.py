"""Working hours as a business says them: by the clock on the wall, weekday by weekday, with days that differ."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
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
        """The working spans of a day as moments in UTC; what the clock change takes away or adds is in their length."""
        found = []
        for span in self.on(day):
            # When the clock goes back, a time of day comes twice: work starts at the first and ends at the second.
            start, end = _moment(day, span.start, zone, fold=0), _moment(day, span.end, zone, fold=1)
            if start < end:
                found.append((start, end))
        return found


def _spans(texts: Sequence[str]) -> tuple[Span, ...]:
    spans = tuple(sorted(Span.read(text) for text in texts))
    for first, second in itertools.pairwise(spans):
        if second.start < first.end:
            raise HoursProblem(f"The working hours {first} and {second} overlap.")
    return spans


def _moment(day: date, minutes: int, zone: ZoneInfo, fold: int) -> datetime:
    # Adding to an aware datetime moves the hands of the wall clock, which is what working hours are about.
    wall = datetime.combine(day, time(), tzinfo=zone) + timedelta(minutes=minutes)
    return wall.replace(fold=fold).astimezone(UTC)
