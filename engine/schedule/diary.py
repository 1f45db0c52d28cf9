"""Somebody's calendar at another service, as far as booking needs it: when they are busy, and entries of ours in it.

A diary knows no rules and keeps no holds; both are ours. Most services take two entries at one time without a word, so
who writes looks before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.sdk import BookingDetails, CalendarError, Opening


@dataclass(frozen=True, slots=True)
class BusyTime:
    """Time that is taken, whoever took it. Aware moments. `ours`: key of the entry of ours that takes it, if the
    service tells; else empty."""

    start: datetime
    end: datetime
    ours: str = ""


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """An appointment as it is to be written. `key`: the same for every try and every move of one appointment; the
    service's name for the entry is made from it, so that it can be written once only. `zone`: IANA name, for times that
    people read. `invite`: the service itself shall write to the attendee (`details.email`)."""

    key: str
    opening: Opening
    zone: str
    details: BookingDetails
    invite: bool = False


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """How the service knows an entry. `id` leads back to it; `link`: where to meet online, if it made such a place."""

    id: str
    opening: Opening
    link: str = ""


class DiaryGone(CalendarError):
    """The diary was deleted, or we may no longer see it. Only a person can mend that; the message says how."""


class Diary(Protocol):
    """One diary. Every method may raise `CalendarDown` (it may work later) and `DiaryGone`."""

    async def busy(self, since: datetime, until: datetime) -> Sequence[BusyTime]:
        """What is taken between two moments, in order of time; overlapping times may be merged into one."""
        ...

    async def find(self, key: str) -> WrittenEntry | None:
        """The entry that stands under this key: what to ask after an answer was lost."""
        ...

    async def write(self, entry: DiaryEntry) -> WrittenEntry:
        """Write the entry. Written before under the same key, it is found and, if its time differs, moved: the same
        entry twice is one entry. It is *not* checked whether the time is free."""
        ...

    async def remove(self, key: str) -> None:
        """Take the entry out. One that is not there is no error."""
        ...
