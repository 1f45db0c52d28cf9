"""What people other than us have put into diaries, and so whose time is taken. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC

from engine.calendars.intervals import Span, merged, without
from engine.schedule import Staff, Taken
from engine.schedule.diary import BusyTime
from engine.sdk import Opening


def taken_by_others(busy: Sequence[BusyTime], ours: Mapping[str, Sequence[Opening]]) -> list[Span]:
    """What is busy beside our own entries. `ours`: by key the times that we know them to take; they are accounted for
    elsewhere. An entry of ours that somebody has moved takes the time it stands at now.

    Where the service does not tell our entries from others, their times are left out as they are.
    """
    told = {each.ours for each in busy if each.ours}
    untold = [_span(each) for key, times in ours.items() if key not in told for each in times]
    found: list[Span] = []
    for each in busy:
        own = [_span(time) for time in ours.get(each.ours, ())] if each.ours else untold
        found += without([(each.start.astimezone(UTC), each.end.astimezone(UTC))], own)
    return merged(found)


def as_taken(spans: Sequence[Span], member: Staff) -> list[Taken]:
    """Somebody's time: they must get there and back as to an appointment of ours, but it is none of those a day may
    have."""
    return [Taken(start, end, staff=member.name, counts=False) for start, end in spans]


def _span(opening: Opening) -> Span:
    return opening.start.astimezone(UTC), opening.end.astimezone(UTC)
