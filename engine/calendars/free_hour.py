"""The next free hour of a calendar: shown when a connection is tested, so that a person sees that it is the right one.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.schedule.diary import BusyTime

LOOK_AHEAD: Final = timedelta(days=14)
FIRST, LAST = 8, 17
"""Hours of the day that such an hour may begin at."""


def next_free_hour(busy: Sequence[BusyTime], now: datetime, zone: ZoneInfo) -> datetime | None:
    """Its beginning, in the calendar's zone; None if there is none in two weeks."""
    until = now + LOOK_AHEAD
    # In UTC, so that days when the clock changes have the hours that they have.
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while start < until:
        end = start + timedelta(hours=1)
        local = start.astimezone(zone)
        whole = local.minute == 0 and FIRST <= local.hour <= LAST
        if whole and not any(each.start < end and each.end > start for each in busy):
            return local
        start += timedelta(minutes=15)
    return None


def in_words(found: datetime | None) -> str:
    """As a sentence about it."""
    if found is None:
        return "There is no free hour in the next two weeks."
    return f"The next free hour is {found:%A} {found.day} {found:%B}, {found:%H:%M}."
