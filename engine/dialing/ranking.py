"""Who is called first, and from which number, when not everybody can be called at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.campaigns.model import Limits

DEFAULT_PRIORITY: Final = 5

FRESH_S: Final = 1800.0
"""Somebody who has just sent a form goes before another attempt that is due no longer than that."""

A_STEP_S: Final = 60.0
"""One step of priority outweighs so much waiting: nobody waits for ever behind a campaign of higher priority."""


@dataclass(frozen=True, slots=True)
class DueLead:
    """`since`: when it became due. `fresh`: nobody has called yet."""

    id: str
    campaign_id: str | None
    since: datetime
    fresh: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign at this moment. `under_way`: its calls that are not over; `begun`: in the last minute."""

    priority: int
    limits: Limits
    under_way: int = 0
    begun: int = 0

    @property
    def room(self) -> int | None:
        """How many more calls it may begin now; None for any number."""
        rest = [
            most - used
            for most, used in ((self.limits.at_once, self.under_way), (self.limits.per_minute, self.begun))
            if most is not None
        ]
        return max(0, min(rest)) if rest else None


def order(due: Sequence[DueLead], campaigns: Mapping[str, Standing], now: datetime) -> list[DueLead]:
    """First who is called first; no more of a campaign than it has room for."""

    def weight(lead: DueLead) -> float:
        standing = campaigns.get(lead.campaign_id or "")
        priority = standing.priority if standing else DEFAULT_PRIORITY
        return (now - lead.since).total_seconds() + A_STEP_S * priority + FRESH_S * lead.fresh

    left = {id_: standing.room for id_, standing in campaigns.items()}
    chosen = []
    for lead in sorted(due, key=lambda each: (-weight(each), each.id)):
        room = left.get(lead.campaign_id or "")
        if room is not None:
            if room <= 0:
                continue
            left[lead.campaign_id or ""] = room - 1
        chosen.append(lead)
    return chosen


def caller_number(numbers: Sequence[str], used: Mapping[str, int], before: str | None, most: int | None) -> str | None:
    """The number to call from: the one the person was called from before, else the least used. None: all have made
    their calls. `used`: calls of the last 24 hours, by number; `most`: allowed for each."""
    free = [number for number in numbers if most is None or used.get(number, 0) < most]
    if before in free:
        return before
    return min(free, key=lambda number: (used.get(number, 0), numbers.index(number)), default=None)
