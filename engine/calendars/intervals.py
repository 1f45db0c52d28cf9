"""Busy times laid over each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.schedule.diary import BusyTime

Span = tuple[datetime, datetime]

PIECE: Final = timedelta(days=31)


def pieces(since: datetime, until: datetime) -> Iterator[Span]:
    """A long range in parts that any service answers, in UTC."""
    at, end = since.astimezone(UTC), until.astimezone(UTC)
    while at < end:
        yield at, min(at + PIECE, end)
        at += PIECE


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order of time; those that overlap or touch become one; those without length are left out."""
    found: list[Span] = []
    for start, end in sorted((start, end) for start, end in spans if start < end):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What `spans` take and `holes` do not."""
    left = merged(spans)
    for hole_start, hole_end in merged(holes):
        left = [
            part
            for start, end in left
            for part in ((start, min(end, hole_start)), (max(start, hole_end), end))
            if part[0] < part[1]
        ]
    return left


def both(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """What lies in the two of them."""
    there = merged(other)
    return [
        (max(start, begin), min(end, stop))
        for start, end in merged(one)
        for begin, stop in there
        if max(start, begin) < min(end, stop)
    ]


def told_apart(taken: Iterable[Span], entries: Iterable[BusyTime]) -> list[BusyTime]:
    """`taken`: busy by the service's own word, without saying by what. `entries`: as far as they can be read.

    Our own entries come singly, with their keys; what others take beside or over them stays taken.
    """
    there = merged(taken)
    listed = list(entries)
    ours = [each for each in listed if each.ours]
    others = [(each.start, each.end) for each in listed if not each.ours]
    foreign = merged([*without(there, ((each.start, each.end) for each in ours)), *both(others, there)])
    found = [*ours, *(BusyTime(start, end) for start, end in foreign)]
    return sorted(found, key=lambda each: (each.start, each.end, each.ours))


def clipped(entries: Iterable[BusyTime], since: datetime, until: datetime) -> list[BusyTime]:
    """Those that touch the range, as far as they lie in it."""
    return [
        BusyTime(max(each.start, since), min(each.end, until), each.ours)
        for each in entries
        if each.start < until and each.end > since and each.start < each.end
    ]
