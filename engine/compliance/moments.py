"""Moments in words, by the clock of the person who is called: '9:00 a.m. Pacific'."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_CLOCKS: Final = {
    "America/New_York": "Eastern", "America/Detroit": "Eastern", "America/Indiana/Indianapolis": "Eastern",
    "America/Kentucky/Louisville": "Eastern", "America/Chicago": "Central", "America/Menominee": "Central",
    "America/Denver": "Mountain", "America/Boise": "Mountain", "America/Phoenix": "Arizona time",
    "America/Los_Angeles": "Pacific", "America/Anchorage": "Alaska time", "America/Juneau": "Alaska time",
    "America/Adak": "Aleutian time", "Pacific/Honolulu": "Hawaii time",
}  # fmt: skip


def clock_of(zone: str) -> str:
    """'Pacific', 'Arizona time', 'London time'."""
    return _CLOCKS.get(zone) or f"{zone.rsplit('/', 1)[-1].replace('_', ' ')} time"


def hour(moment: time | datetime) -> str:
    """'9:00 a.m.', '12:30 p.m.', 'noon'."""
    if (moment.hour, moment.minute) == (12, 0):
        return "noon"
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {'a.m.' if moment.hour < 12 else 'p.m.'}"


def day(then: date, today: date) -> str:
    """'today', 'tomorrow', 'on Friday', 'on Monday, 7 December'."""
    apart = (then - today).days
    if apart in (0, 1):
        return ("today", "tomorrow")[apart]
    return f"on {_DAYS[then.weekday()]}" if 1 < apart < 7 else _date(then)


def _date(then: date) -> str:
    return f"on {_DAYS[then.weekday()]}, {then.day} {_MONTHS[then.month - 1]}"


def at(moment: datetime, zone: str) -> str:
    """'4:41 p.m. Eastern'."""
    return f"{hour(moment.astimezone(ZoneInfo(zone)))} {clock_of(zone)}"


def when(moment: datetime, zone: str, now: datetime | None = None) -> str:
    """'tomorrow at 9:00 a.m. Pacific'; without `now` the day stands with its date, so that it can be kept."""
    there = moment.astimezone(ZoneInfo(zone))
    named = day(there.date(), now.astimezone(ZoneInfo(zone)).date()) if now else _date(there.date())
    return f"{named} at {hour(there)} {clock_of(zone)}"
