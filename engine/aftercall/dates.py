"""Moments as people read them in messages: 'Wednesday, September 16, 2026, 2:00 p.m. Pacific time'. Pure.

They stand in the zone in which the appointment was booked, the business's own, in which the assistant has named it on
the telephone; the zone is always told, because the reader may be in another one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_NAMES: Final = {
    "America/New_York": "Eastern",
    "America/Detroit": "Eastern",
    "America/Kentucky/Louisville": "Eastern",
    "America/Indiana/Indianapolis": "Eastern",
    "America/Toronto": "Eastern",
    "America/Chicago": "Central",
    "America/Menominee": "Central",
    "America/Winnipeg": "Central",
    "America/Denver": "Mountain",
    "America/Boise": "Mountain",
    "America/Edmonton": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Vancouver": "Pacific",
    "America/Anchorage": "Alaska",
    "America/Adak": "Hawaii-Aleutian",
    "America/Halifax": "Atlantic",
    "Pacific/Honolulu": "Hawaii",
}
_TWELVE_HOURS: Final = ("America/", "US/", "Canada/", "Australia/", "Pacific/Honolulu")


def day(moment: datetime, zone: str) -> str:
    """'Wednesday, September 16'."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A, %B} {local.day}"


def clock(moment: datetime, zone: str) -> str:
    """'2:00 p.m. Pacific time', '14:00 Berlin time': twelve hours where people count so."""
    local = moment.astimezone(ZoneInfo(zone))
    if not zone.startswith(_TWELVE_HOURS):
        return f"{local:%H:%M} {zone_name(zone)}"
    half = "a.m." if local.hour < 12 else "p.m."
    return f"{local.hour % 12 or 12}:{local:%M} {half} {zone_name(zone)}"


def full(moment: datetime, zone: str) -> str:
    """'Wednesday, September 16, 2026, 2:00 p.m. Pacific time'."""
    return f"{day(moment, zone)}, {moment.astimezone(ZoneInfo(zone)).year}, {clock(moment, zone)}"


def zone_name(zone: str) -> str:
    """'Pacific time'; by its city where it has no name of its own."""
    if zone in ("UTC", "Etc/UTC", "GMT"):
        return "UTC"
    return f"{_NAMES.get(zone) or zone.rpartition('/')[2].replace('_', ' ')} time"
