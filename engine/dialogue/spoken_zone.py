"""What a time zone is called on the phone: "2 p.m. Pacific"."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_NAMES: Final = {
    name: spoken
    for spoken, names in (
        ("Pacific", "America/Los_Angeles America/Vancouver America/Tijuana US/Pacific"),
        ("Arizona time", "America/Phoenix US/Arizona"),
        ("Mountain", "America/Denver America/Boise America/Edmonton US/Mountain"),
        (
            "Central",
            "America/Chicago America/Winnipeg America/Menominee America/Indiana/Knox America/Indiana/Tell_City"
            " America/North_Dakota/Center US/Central",
        ),
        (
            "Eastern",
            "America/New_York America/Toronto America/Detroit America/Indiana/Indianapolis America/Indianapolis"
            " America/Kentucky/Louisville US/Eastern",
        ),
        ("Atlantic", "America/Halifax"),
        ("Newfoundland time", "America/St_Johns"),
        ("Alaska time", "America/Anchorage America/Juneau US/Alaska"),
        ("Hawaii time", "Pacific/Honolulu US/Hawaii"),
        ("UTC", "UTC Etc/UTC"),
    )
    for name in names.split()
}


def zone_name(zone: str) -> str:
    """By its own name where people have one for it, else by its city: 'Berlin time'. `zone`: IANA name."""
    return _NAMES.get(zone) or f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def differ(zone: str, other: str, at: datetime) -> bool:
    """Whether clocks in the two zones show different times at that moment. Aware; IANA names."""
    return at.astimezone(ZoneInfo(zone)).utcoffset() != at.astimezone(ZoneInfo(other)).utcoffset()
