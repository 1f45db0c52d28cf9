"""Whether a calendar can be kept as it was entered; what is wrong is told field by field, in sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.api.calendar_shapes import CalendarIn, Hours, StaffIn
from engine.calendars.open_calendar import LINKED_KINDS
from engine.schedule import HoursProblem, Span, Staff, WorkingHours
from engine.schedule.hours import DAYS
from engine.schedule.team import AreaProblem, read_area
from engine.sdk import Json
from engine.store.appointments import CalendarSetup

CALENDAR_KINDS: Final = (*LINKED_KINDS, "calcom")
"""Kinds of connections that a calendar can be kept at."""
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LINKED_OPTIONS: Final[Mapping[str, type]] = {"diary": str, "invite": bool}


@dataclass
class Checked:
    """`problems`: by field, as a path with points (`staff.0.areas`); `setup` makes sense only without any."""

    setup: CalendarSetup
    renamed: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def check(
    name: str, new: CalendarIn, kept: CalendarSetup | None, kinds: Mapping[str, str], busy: Mapping[str, int]
) -> Checked:
    """`kept`: the calendar as it is so far. `kinds`: of all connections, by name. `busy`: by name of staff how many
    appointments they still have."""
    found = Checked(CalendarSetup(name, new.zone))
    wrong = found.problems
    try:
        ZoneInfo(new.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong["zone"] = f"'{new.zone}' is no time zone. Name one like America/New_York."
    connection = (kept.connection if kept else "") if new.connection is None else new.connection
    kind = kinds.get(connection, "")
    if connection and connection not in kinds:
        wrong["connection"] = f"There is no connection '{connection}'. Choose another one, or add it under Accounts."
    elif connection and kind not in CALENDAR_KINDS:
        wrong["connection"] = f"'{connection}' leads to no calendar. Choose a connection to a calendar service."
    options = dict(kept.options if kept else {}) if new.options is None else new.options
    if kind in LINKED_KINDS:
        _check_options(options, wrong)
    staff = (kept.staff if kept else ()) if new.staff is None else _staff(new.staff, found, kept)
    _check_staff(staff, kind, kept, found, busy)
    found.setup = CalendarSetup(
        name,
        new.zone,
        WorkingHours(_weekly(new.weekly, "weekly", wrong), _special(new.special, "special", wrong)),
        new.step_min,
        new.max_per_day,
        connection,
        options if connection else {},
        staff,
    )
    return found


def _staff(given: Sequence[StaffIn], found: Checked, kept: CalendarSetup | None) -> tuple[Staff, ...]:
    there = {each.name for each in kept.staff} if kept else set[str]()
    wrong, staff = found.problems, list[Staff]()
    for place, each in enumerate(given):
        at, name = f"staff.{place}", each.name.strip()
        was = each.was.strip()
        if not name:
            wrong[f"{at}.name"] = "Somebody has no name. Enter one, or remove the line."
        elif name.casefold() in {other.name.casefold() for other in staff}:
            wrong[f"{at}.name"] = f"'{name}' is there twice. Give one of them another name."
        elif was and was != name:
            if was not in there:
                wrong[f"{at}.name"] = f"There is nobody called '{was}' any more. Load the page again."
            elif name in there:
                wrong[f"{at}.name"] = f"'{name}' is somebody else's name so far. Save that change first."
            else:
                found.renamed[was] = name
        if each.email.strip() and not _EMAIL.fullmatch(each.email.strip()):
            wrong[f"{at}.email"] = f"'{each.email}' is no e-mail address. Write it like ana@example.com."
        staff.append(
            Staff(
                name,
                None if each.weekly is None else _weekly(each.weekly, f"{at}.weekly", wrong),
                _special(each.special, f"{at}.special", wrong),
                _areas(each.areas, f"{at}.areas", wrong),
                each.max_per_day,
                each.diary.strip(),
                each.email.strip(),
            )
        )
    return tuple(staff)


def _check_staff(
    staff: Sequence[Staff], kind: str, kept: CalendarSetup | None, found: Checked, busy: Mapping[str, int]
) -> None:
    if staff and kind == "calcom":
        found.problems["staff"] = "Cal.com itself decides who comes. Leave the staff out here, and enter them there."
    there = {each.name for each in staff}
    for each in kept.staff if kept else ():
        left = busy.get(each.name, 0)
        if each.name not in there and each.name not in found.renamed and left:
            found.problems.setdefault(
                "staff",
                f"{each.name} still has {left} appointment{'s' if left > 1 else ''}. Keep {each.name} in the list with "
                "no working hours until they are over, or cancel them.",
            )


def _check_options(options: Mapping[str, Json], wrong: dict[str, str]) -> None:
    for name, value in options.items():
        kind = _LINKED_OPTIONS.get(name)
        if kind is None:
            wrong[f"options.{name}"] = f"'{name}' is no option of such a calendar. There are: diary, invite."
        elif not isinstance(value, kind):
            wrong[f"options.{name}"] = f"'{name}' must be {'text' if kind is str else 'true or false'}."


def _weekly(given: Hours, at: str, wrong: dict[str, str]) -> Mapping[int, tuple[Span, ...]]:
    found: dict[int, tuple[Span, ...]] = {}
    for day, spans in given.items():
        try:
            found.update(WorkingHours.read({day: spans}).weekly)
        except HoursProblem as problem:
            wrong[f"{at}.{day}"] = f"{day.capitalize()}: {problem}" if day.casefold() in DAYS else str(problem)
    return found


def _special(given: Hours, at: str, wrong: dict[str, str]) -> Mapping[date, tuple[Span, ...]]:
    found: dict[date, tuple[Span, ...]] = {}
    for day, spans in given.items():
        try:
            found.update(WorkingHours.read({}, {day: spans}).special)
        except HoursProblem as problem:
            wrong[f"{at}.{day}"] = str(problem)
    return found


def _areas(given: Sequence[str], at: str, wrong: dict[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    for text in given:
        try:
            found.append(read_area(text))
        except AreaProblem as problem:
            wrong.setdefault(at, str(problem))
    return tuple(dict.fromkeys(found))
