"""What calendar data says about time that is taken. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar.cal import Component

from engine.calendars.caldav.entry import key_in
from engine.calendars.caldav.xml import Unreadable
from engine.calendars.intervals import Span
from engine.schedule.diary import BusyTime

RECURRING: Final = ("RRULE", "RDATE")
_UTC: Final = ZoneInfo("UTC")


def components(text: str, name: str) -> list[Component]:
    """Raises `Unreadable`."""
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise Unreadable("no calendar data") from None
    return [each for calendar in calendars for each in calendar.walk(name)]


def free_busy(text: str) -> list[Span]:
    """Taken times of a free/busy answer, in UTC; in any order, overlapping. Raises `Unreadable`: a time that cannot be
    read must not pass for a free one."""
    found: list[Span] = []
    parts = components(text, "VFREEBUSY")
    if not parts:
        raise Unreadable("no free/busy answer")
    for part in parts:
        if part.errors:
            raise Unreadable("a free/busy time that is none")
        given = part.get("FREEBUSY", [])
        # Without a type it is BUSY; types that we do not know are busy, too (RFC 5545, 3.2.9).
        found += [
            (_utc(period.start, _UTC), _utc(period.end, _UTC))
            for period in (given if isinstance(given, list) else [given])
            if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE"
        ]
    return found


def taken(text: str, zone: ZoneInfo, own: Collection[str], *, expanded: bool) -> Iterator[BusyTime]:
    """Times that entries take. `zone`: for whole days and for times without one. `own`: e-mail addresses of whose
    calendar it is: what they have declined takes none of their time. `expanded`: by the server; else entries that
    recur are left out. Raises `Unreadable`."""
    for event in components(text, "VEVENT"):
        if not expanded and any(event.get(each) is not None for each in (*RECURRING, "RECURRENCE-ID")):
            continue
        if _is(event, "TRANSP", "TRANSPARENT") or _is(event, "STATUS", "CANCELLED") or _declined(event, own):
            continue
        span = when(event, zone)
        if span is not None:
            yield BusyTime(*span, key_in(event))


def when(event: Component, zone: ZoneInfo) -> Span | None:
    """From when to when an entry lasts, in UTC; None for one that takes no time. Raises `Unreadable`."""
    start = _value(event, "DTSTART")
    if not isinstance(start, date):  # a datetime is one, too
        raise Unreadable("an entry without a beginning")
    end, lasts = _value(event, "DTEND"), _value(event, "DURATION")
    if isinstance(end, date):
        finish = _utc(end, zone)
    elif isinstance(lasts, timedelta):
        # Days are days of the clock, hours are hours of time (RFC 5545, 3.3.6).
        days = timedelta(days=lasts.days)
        finish = _utc(start + days, zone) + (lasts - days)
    elif not isinstance(start, datetime):
        finish = _utc(start + timedelta(days=1), zone)
    else:
        return None
    begin = _utc(start, zone)
    return (begin, finish) if begin < finish else None


def _value(event: Component, name: str) -> object:
    found = event.get(name)
    return getattr(found, "dt", None)


def _utc(at: date, zone: ZoneInfo) -> datetime:
    """`zone`: for a day, and for a time that names none."""
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=zone)
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _is(event: Component, name: str, value: str) -> bool:
    return str(event.get(name, "")).strip().upper() == value


def _declined(event: Component, own: Collection[str]) -> bool:
    given = event.get("ATTENDEE", [])
    for each in given if isinstance(given, list) else [given]:
        address = str(each).lower().removeprefix("mailto:")
        if address in own and str(each.params.get("PARTSTAT", "")).upper() == "DECLINED":
            return True
    return False
