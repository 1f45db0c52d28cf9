"""On which clock times are told, and when its zone is said: of two clocks that show the same, nobody names one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.sdk import Booking, TalkContext
from nodes.schedule.offers import any_of

_STAFF = re.compile(r"(?:\s*\b(?:with|by|and))?\s*\{staff\}")


@dataclass(frozen=True, slots=True)
class Telling:
    """`zone`: IANA name of the clock that is used. `other`: of the one that the caller may think of instead."""

    ctx: TalkContext
    zone: str
    other: str

    @classmethod
    def of(cls, ctx: TalkContext, calendar_zone: str, told_in: str) -> "Telling":
        lives_in = ctx.lead.zone if _known(ctx.lead.zone) else ""
        seller = str(ctx.now.tzinfo)
        if told_in == "caller" and lives_in:
            return cls(ctx, lives_in, calendar_zone)
        return cls(ctx, calendar_zone, lives_in or (seller if _known(seller) else calendar_zone))

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def time(self, at: datetime, full: bool = False, *, quiet: bool = False) -> str:
        """'tomorrow at 2 p.m.'; with its zone if the other clock shows something else then. `quiet`: without."""
        differs = self.local(at).utcoffset() != at.astimezone(ZoneInfo(self.other)).utcoffset()
        return self.ctx.spoken_time(at, full, zone=self.zone, named=differs and not quiet)

    def times(self, moments: Sequence[datetime]) -> str:
        """Several to choose from. The zone is said with the first."""
        return any_of([self.time(at, quiet=place > 0) for place, at in enumerate(moments)])

    def text(self, template: str, at: datetime, booking: Booking | None = None) -> str:
        """A text of the author's about one time. Who comes is left out where nobody knows."""
        staff = booking.staff if booking is not None else ""
        named = template.replace("{staff}", staff) if staff else _STAFF.sub("", template)
        return self.ctx.fill(named).replace("{when}", self.time(at, full=True))


def _known(zone: str) -> bool:
    try:
        return bool(zone) and ZoneInfo(zone) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
