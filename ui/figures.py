"""The figures of the first page, from the list of calls. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from ui.records import Call

SHOWN: Final = 5
"""So many outcomes get a colour of their own in the chart; the rest are one."""


@dataclass(frozen=True, slots=True)
class Day:
    """`form_to_ring_ms`: the median; None without a first call."""

    calls: int
    talked: int
    booked: int
    form_to_ring_ms: float | None


def today(calls: Iterable[Call], since: datetime) -> Day:
    """`since`: the beginning of today."""
    placed = [call for call in calls if call.placed_at >= since]
    speeds = [call.form_to_ring_ms for call in placed if call.form_to_ring_ms is not None and call.attempt == 1]
    return Day(
        calls=len(placed),
        talked=sum(call.talked for call in placed),
        booked=sum(call.disposition == "booked" for call in placed),
        form_to_ring_ms=median(speeds) if speeds else None,
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """Calls of one day with one outcome (a disposition; empty: one of the rarer ones)."""

    day: date
    disposition: str
    count: int


def by_day(calls: Iterable[Call], zone: ZoneInfo) -> tuple[Bar, ...]:
    """Finished calls by day and outcome; the commonest outcomes by name."""
    ended = [(call.placed_at.astimezone(zone).date(), call.disposition or "") for call in calls if not call.under_way]
    common = {name for name, _ in Counter(name for _, name in ended if name).most_common(SHOWN)}
    bars = Counter((day, name if name in common else "") for day, name in ended)
    return tuple(Bar(day, name, count) for (day, name), count in sorted(bars.items()))


def reasons(calls: Iterable[Call]) -> Sequence[tuple[str, int]]:
    """Why leads did not qualify, the commonest reason first."""
    return Counter(call.reason for call in calls if call.disposition == "unqualified" and call.reason).most_common()
