"""When it is allowed to call: inside the window of every place where the person may be, by the clock there.

Zones are names, and every question is put to the time-zone database: a switch to or from daylight-saving time needs no
rule of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from engine.compliance.case import Place, Terms
from engine.compliance.duties import is_signed
from engine.compliance.law import DAYS, TERRITORIES, Row, Window, law, overlap
from engine.compliance.legal_holidays import is_holiday

AHEAD: Final = timedelta(days=14)
"""No further ahead is a moment looked for."""

_DAYS_AHEAD: Final = AHEAD.days + 2


@dataclass(frozen=True, slots=True)
class Standing:
    """A place, the row that holds there, and its clock."""

    place: Place
    row: Row
    zone: ZoneInfo


@lru_cache(maxsize=4096)
def standings(places: tuple[Place, ...], signed: frozenset[str] = frozenset()) -> tuple[Standing, ...]:
    """The rows of all places. Without any place: the one row that is inside every other's. `signed`: duties that
    somebody answers for, of which one lifts a bar on Sundays and holidays."""
    if not places:
        row = law().nowhere
        zone = row.zones[0]
        return (Standing(Place(zone, "", "no sign of where the person is"), row, ZoneInfo(zone)),)
    known = any(place.state for place in places)
    return tuple(Standing(place, _lifted(row_of(place, known), signed), ZoneInfo(place.zone)) for place in places)


def row_of(place: Place, state_known: bool = True) -> Row:
    """`state_known`: whether another place tells a state. If none does, a clock in the United States stands for every
    state, and only hours that all of them allow are left."""
    if place.country != "US":
        return law().abroad
    if place.state in law().states:
        return law().states[place.state]
    return law().default if state_known or place.state in TERRITORIES else law().some_state


def _lifted(row: Row, signed: frozenset[str]) -> Row:
    """Utah and Pennsylvania let consent lift the bar on Sundays or holidays; by default it stays, as with all readings
    that differ, until somebody named has signed for it."""
    if "sunday_holiday_needs_consent" not in row.duties or not is_signed("sunday_holiday_needs_consent", row, signed):
        return row
    return replace(row, sunday=row.sunday or row.weekday, holidays="as_usual")


def windows(standing: Standing, terms: Terms, day: date) -> list[Window]:
    """When calls may begin on a day there: the law's window, the campaign's within it, less the margin at the end."""
    row, place = standing.row, standing.place
    holiday = (row.asks_for_holidays or terms.holidays == "none") and is_holiday(day, row, place.state, place.country)
    if holiday and terms.holidays == "none":
        return []
    lawful = row.window(day.weekday(), holiday)
    if lawful is None:
        return []
    asked = terms.windows.get(DAYS[day.weekday()]) if terms.windows is not None else None
    narrowed = [lawful] if asked is None else [found for each in asked if (found := overlap(lawful, each))]
    return [cut for each in sorted(narrowed) if (cut := _less_margin(each, terms.margin_min))]


def first_opening(there: Sequence[Standing], terms: Terms, now: datetime) -> datetime | None:
    """The first moment, `now` or later, that is inside a window of every place; None if there is none within `AHEAD`.

    Each place in turn moves the moment on to its own next opening, until none does: no moment in between is inside
    all windows, so none is passed over."""
    moment = now
    while True:
        before = moment
        for standing in there:
            opening = _next(standing, terms, moment)
            if opening is None or opening - now > AHEAD:
                return None
            moment = opening
        if moment == before:
            return moment


def is_open(standing: Standing, terms: Terms, now: datetime) -> bool:
    local = now.astimezone(standing.zone)
    clock = local.time()
    return any(start <= clock < end for start, end in windows(standing, terms, local.date()))


def _next(standing: Standing, terms: Terms, moment: datetime) -> datetime | None:
    local = moment.astimezone(standing.zone)
    clock, today = local.time(), local.date()
    for start, end in windows(standing, terms, today):
        if clock < end:
            return moment if clock >= start else _utc(today, start, standing.zone)
    for ahead in range(1, _DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if found := windows(standing, terms, day):
            return _utc(day, found[0][0], standing.zone)
    return None


def _utc(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _less_margin(window: Window, minutes: int) -> Window | None:
    """A call that begins at the last minute would be answered after it."""
    if not minutes:
        return window
    start, end = window
    left = end.hour * 60 + end.minute - minutes
    if left <= start.hour * 60 + start.minute:
        return None
    return start, time(left // 60, left % 60)
