"""A calendar's staff: who works when and where, whether anybody is free, and who of them gets an appointment.

A calendar without staff is a team of one who has no name, works the calendar's hours and goes everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Final
from zoneinfo import ZoneInfo

from engine.schedule.hours import Span, WorkingHours
from engine.schedule.openings import STEP_MIN, Taken, cut, day_is_full, is_free, on_day, within_hours
from engine.sdk import BookingRules, Opening

_AREA: Final = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)?\*?")
_LONGEST: Final = 10
_RANGE: Final = re.compile(r"\d{5}-\d{5}")


class AreaProblem(ValueError):
    """An area that cannot be read. The message says how to write it."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody whom appointments are made with; known by `name`.

    `weekly`: own working hours by weekday (0 is Monday), None: the calendar's. `special`: own days that differ; they go
    before the calendar's. `areas`: where they go, see `read_area`; none: everywhere. `max_per_day`: appointments a day,
    None: as many as fit. `diary`: their calendar at the connected service, empty: the account's own. `email`: theirs.
    """

    name: str
    weekly: Mapping[int, tuple[Span, ...]] | None = None
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    areas: tuple[str, ...] = ()
    max_per_day: int | None = None
    diary: str = ""
    email: str = ""

    def hours(self, calendar: WorkingHours) -> WorkingHours:
        """When they work, in a calendar with these hours."""
        return WorkingHours(
            calendar.weekly if self.weekly is None else self.weekly, {**calendar.special, **self.special}
        )

    def serves(self, place: str) -> bool:
        """Whether they go to this ZIP code. A place that is not known is nobody's reason to stay away."""
        there = _plain(place)
        return not there or not self.areas or any(_covers(area, there) for area in self.areas)


@dataclass(frozen=True, slots=True)
class Team:
    """Who shares a calendar. `staff`: preferred ones first. `max_per_day`: of all together."""

    zone: ZoneInfo
    hours: WorkingHours
    staff: tuple[Staff, ...] = ()
    step_min: int = STEP_MIN
    max_per_day: int | None = None

    def serving(self, place: str) -> tuple[Staff, ...]:
        """Those who go there."""
        return tuple(each for each in self.staff or (_ANYBODY,) if each.serves(place))


_ANYBODY: Final = Staff("")


def read_area(text: str) -> str:
    """A ZIP code (`94110`), or the beginning of ZIP codes (`941*`). Raises `AreaProblem`."""
    area = _plain(text)
    if len(area) > _LONGEST or not _AREA.fullmatch(area) or _RANGE.fullmatch(area):
        raise AreaProblem(f"'{text}' is no area. Write a ZIP code like 94110, or 941* for all that begin with 941.")
    return area


def openings(
    team: Team, taken: Sequence[Taken], rules: BookingRules, now: datetime, *, without: Collection[str] = ()
) -> list[Opening]:
    """Times at which at least one who goes to `rules.place` is free, soonest first, in the calendar's zone. `without`:
    names of those who cannot."""
    found: dict[datetime, Opening] = {}
    for member in team.serving(rules.place):
        if member.name in without:
            continue
        for opening in cut(
            member.hours(team.hours),
            team.zone,
            _in_the_way(member, team, taken),
            rules,
            now,
            step_min=team.step_min,
            max_per_day=_cap(member, team),
        ):
            found.setdefault(opening.start.astimezone(UTC), opening)
    days = {start.astimezone(team.zone).date() for start in found}
    full = {day for day in days if team.max_per_day is not None and on_day(day, taken, team.zone) >= team.max_per_day}
    return [found[start] for start in sorted(found) if start.astimezone(team.zone).date() not in full]


def choose(
    team: Team,
    opening: Opening,
    rules: BookingRules,
    taken: Sequence[Taken],
    now: datetime,
    *,
    preferred: str = "",
    without: Collection[str] = (),
) -> Staff | None:
    """Who gets an appointment at this time: of those who are free whoever has the fewest appointments that day, then
    the first in the list. `preferred`: goes before all of them, if free. `without`: names of those who cannot."""
    if opening.start <= now or day_is_full(opening.start, taken, team.zone, team.max_per_day):
        return None
    day = opening.start.astimezone(team.zone).date()
    free: list[tuple[tuple[bool, int, int], Staff]] = []
    for place, member in enumerate(team.serving(rules.place)):
        theirs = _in_the_way(member, team, taken)
        if (
            member.name not in without
            and within_hours(opening.start, opening.end, member.hours(team.hours), team.zone)
            and not day_is_full(opening.start, theirs, team.zone, _cap(member, team))
            and is_free(opening.start, opening.end, rules.buffer_min, theirs)
        ):
            free.append(((member.name != preferred, on_day(day, theirs, team.zone), place), member))
    return min(free, key=itemgetter(0))[1] if free else None


def _in_the_way(member: Staff, team: Team, taken: Iterable[Taken]) -> list[Taken]:
    """What takes a member's time: their own, everybody's, and that of people who are not in the list any more; somebody
    will have to go there, and nobody knows who."""
    if not team.staff:
        return list(taken)
    names = {each.name for each in team.staff}
    return [
        one if one.staff == member.name else replace(one, counts=False)
        for one in taken
        if one.staff == member.name or one.staff not in names
    ]


def _cap(member: Staff, team: Team) -> int | None:
    return member.max_per_day if team.staff else team.max_per_day


def _plain(place: str) -> str:
    return re.sub(r"\s", "", place).upper()


def _covers(area: str, place: str) -> bool:
    if area.endswith("*"):
        return place.startswith(area[:-1])
    return place == area or place.startswith(f"{area}-")  # ZIP+4 lies in its ZIP code
