"""Cutting openings out of working hours, and the one rule of who may have which.

All comparing is done in UTC, so that a change of the clock can neither lose nor double an hour; days and working hours
go by the wall clock of the calendar's zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.schedule.hours import WorkingHours
from engine.sdk import BookingRules, Opening

STEP_MIN: Final = 30
"""Openings start at the beginning of working hours and every so many minutes after it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Time that is not free. `buffer_min`: to be kept free around it; between two appointments the larger one holds.

    `appointment`: it needs a buffer and, if it `counts`, uses up one of those that a day may have; time that staff
    blocked does neither. `staff`: whose time it is; empty: everybody's.
    """

    start: datetime
    end: datetime
    buffer_min: int = 0
    appointment: bool = True
    staff: str = ""
    counts: bool = True

    def __post_init__(self) -> None:
        # Python compares two moments of one zone by their wall clocks: wrong in the night when the clock changes.
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))


def is_free(start: datetime, end: datetime, buffer_min: int, taken: Iterable[Taken]) -> bool:
    """Whether nothing taken stands in the way of an appointment from `start` to `end` with that buffer."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    for other in taken:
        gap = timedelta(minutes=max(buffer_min, other.buffer_min)) if other.appointment else timedelta()
        if start < other.end + gap and other.start < end + gap:
            return False
    return True


def within_hours(start: datetime, end: datetime, hours: WorkingHours, zone: ZoneInfo) -> bool:
    """Whether the time lies in one span of working hours."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    day = start.astimezone(zone).date()
    return any(opens <= start and end <= closes for opens, closes in hours.moments(day, zone))


def day_is_full(start: datetime, taken: Iterable[Taken], zone: ZoneInfo, max_per_day: int | None) -> bool:
    """Whether the local day of `start` has all the appointments it may have."""
    if max_per_day is None:
        return False
    day = start.astimezone(zone).date()
    return on_day(day, taken, zone) >= max_per_day


def on_day(day: date, taken: Iterable[Taken], zone: ZoneInfo) -> int:
    """How many appointments and holds that count begin on the local day."""
    return sum(one.appointment and one.counts and one.start.astimezone(zone).date() == day for one in taken)


def cut(
    hours: WorkingHours,
    zone: ZoneInfo,
    taken: Sequence[Taken],
    rules: BookingRules,
    now: datetime,
    *,
    step_min: int = STEP_MIN,
    max_per_day: int | None = None,
) -> list[Opening]:
    """All openings between `now` plus notice and the horizon, soonest first, in the calendar's zone.

    Openings may overlap each other (10:00 and 10:30): each is free as long as none is taken. `max_per_day`:
    appointments and holds that one local day may have; None for no limit.
    """
    if rules.length_min <= 0 or step_min <= 0:
        raise ValueError("The length of an appointment and the step between openings must be at least a minute.")
    earliest = now.astimezone(UTC) + timedelta(minutes=rules.notice_min)
    latest = now.astimezone(UTC) + timedelta(days=rules.horizon_days)
    length, step = timedelta(minutes=rules.length_min), timedelta(minutes=step_min)
    a_day = Counter(one.start.astimezone(zone).date() for one in taken if one.appointment and one.counts)
    found: list[Opening] = []
    day = earliest.astimezone(zone).date()
    while day <= latest.astimezone(zone).date():
        if max_per_day is None or a_day[day] < max_per_day:
            for opens, closes in hours.moments(day, zone):
                near = [one for one in taken if one.end > opens - _FAR and one.start < closes + _FAR]
                start = opens
                while start + length <= closes:
                    if earliest <= start <= latest and is_free(start, start + length, rules.buffer_min, near):
                        found.append(Opening(start.astimezone(zone), (start + length).astimezone(zone)))
                    start += step
        day += timedelta(days=1)
    return found


_FAR: Final = timedelta(days=1)  # no buffer is longer
