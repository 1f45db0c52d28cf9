"""Moments that cards behind a call wait for: before an appointment, within office hours, when a text may be read. Pure.

Days are days of the calendar, not 24 hours: "a day before three o'clock" is three o'clock, also in the night when the
clocks change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from nodes.handoff import hours

Unit = Literal["minutes", "hours", "days"]

_WINDOW: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAYS_AHEAD: Final = 15  # two weeks: office hours and windows come back every week at the latest


def shifted(moment: datetime, zone: str, amount: int, unit: Unit) -> datetime:
    """`amount` units after `moment`, before it if negative; days by the calendar of `zone`. In that zone."""
    local = moment.astimezone(ZoneInfo(zone))
    if unit != "days":
        return (local.astimezone(UTC) + timedelta(**{unit: amount})).astimezone(ZoneInfo(zone))
    return _at(local.date() + timedelta(days=amount), local.time(), zone)


def within_hours(moment: datetime, zone: str, lines: Sequence[str]) -> datetime:
    """The first moment from `moment` on that lies within hours such as "Mon-Fri 09:00-17:00" in `zone`. No hours:
    always. Raises `ValueError` for hours that are not understood."""
    if not lines:
        return moment
    read = [hours.read(line) for line in lines]
    local = moment.astimezone(ZoneInfo(zone))
    spans = [
        (_at(day, _clock(begins), zone), _end(day, ends, zone))
        for day in (local.date() + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD))
        for days, begins, ends in read
        if day.weekday() in days
    ]
    return min(max(begins, local) for begins, ends in spans if ends > local)


def read_window(text: str) -> tuple[int, int]:
    """`09:00-20:00` as minutes of the day. Raises `ValueError`."""
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is not understood. Write the span like 09:00-20:00.")
    begins, ends = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not 0 <= begins < ends <= 24 * 60:
        raise ValueError(f"'{text}' ends before it begins.")
    return begins, ends


def in_window(moment: datetime, zones: Sequence[str], window: tuple[int, int]) -> datetime | None:
    """The first moment from `moment` on at which every clock of `zones` shows a time inside `window`. None if there is
    none: the zones lie too far apart."""
    begins, ends = window
    at = moment
    while at < moment + timedelta(days=2):
        opens = [_next_open(at, zone, begins, ends) for zone in zones]
        if all(one <= at for one in opens):
            return at
        at = max(opens)
    return None


def _next_open(moment: datetime, zone: str, begins: int, ends: int) -> datetime:
    day = moment.astimezone(ZoneInfo(zone)).date()
    spans = [(_at(one, _clock(begins), zone), _end(one, ends, zone)) for one in (day, day + timedelta(days=1))]
    return next(max(opens, moment) for opens, closes in spans if closes > moment)


def _at(day: date, clock: time, zone: str) -> datetime:
    # By way of UTC: an hour that the change of the clocks leaves out becomes the one that is shown instead.
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _end(day: date, minutes: int, zone: str) -> datetime:
    if minutes == 24 * 60:
        return _at(day + timedelta(days=1), time(), zone)
    return _at(day, _clock(minutes), zone)
