"""Business time: what "now" means for calling hours, calendars, holds and everything a caller is told.

It can be set off from real time, so that a simulated Tuesday can be lived on a Sunday night. Security never goes by it:
expiry of tokens, age of signed webhooks, leases and audit times take `datetime.now(UTC)` or `time.monotonic()`, else
an offset meant for a demo would open doors.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

BELIEVED: Final = timedelta(minutes=2)
"""How far this machine's clock may be off before services stop to believe what it signs. Google and Vonage allow some
minutes; a clock that is looked after is off by less than a second."""


class Clock:
    """Runs at the pace of real time, `offset` away from it. Hand it around; read no other clock beside it."""

    def __init__(self, offset: timedelta = timedelta(), real: Callable[[], float] = time.time) -> None:
        """`real`: seconds since 1970, for tests."""
        self._offset = offset
        self._real = real

    @classmethod
    def started_at(cls, moment: datetime, real: Callable[[], float] = time.time) -> Clock:
        """A clock that shows `moment` now and goes on from there. Raises ValueError for a moment without a zone."""
        if moment.tzinfo is None:
            raise ValueError(f"A clock needs a moment with its time zone; {moment.isoformat()} has none.")
        return cls(moment - datetime.fromtimestamp(real(), UTC), real)

    @property
    def offset(self) -> timedelta:
        """How far business time is ahead of real time."""
        return self._offset

    def now(self) -> datetime:
        """Business time, aware, in UTC."""
        return datetime.fromtimestamp(self._real(), UTC) + self._offset


def ahead_of(server_date: str, now: datetime) -> timedelta | None:
    """How far `now` (aware) is ahead of the moment in a server's Date header; None if that is no date."""
    try:
        theirs = parsedate_to_datetime(server_date)
    except (TypeError, ValueError):
        return None
    return now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))


def in_words(ahead: timedelta) -> str:
    """`3 minutes slow`, `2 hours fast`."""
    seconds = abs(ahead.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {name}{'s' if count > 1 else ''} {'fast' if ahead > timedelta() else 'slow'}"
    return "right"
