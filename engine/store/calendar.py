"""The built-in calendar: an `engine.sdk.Calendar` in our own database. Of two callers after one opening one gets it.

How that is made certain: `hold`, `confirm` and `block` first take the calendar for themselves, look, then write, in one
transaction. On SQLite `BEGIN IMMEDIATE` does it; on PostgreSQL a row lock on the calendar (`SELECT ... FOR UPDATE`).
An exclusion constraint over time ranges would need the extension btree_gist, which not every PostgreSQL lets us have,
and could not know that the gap between two appointments is the larger of two buffers. The lock is held for a few
milliseconds and for one calendar only. Unique indexes stand behind it as a second net.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.schedule import Taken, cut, is_free, within_hours
from engine.schedule.openings import day_is_full
from engine.sdk import Attendee, Booking, BookingDetails, BookingRules, CalendarDown, Hold, Opening, OpeningTaken
from engine.store import appointments
from engine.store.appointments import Block, CalendarSetup
from engine.store.base import new_id
from engine.store.database import Database, DatabaseDown

HOLD_S: Final = 90
"""How long an opening is kept while the caller makes up their mind (domain: about 90 s)."""


class BuiltInCalendar:
    """One calendar of the database. Any number of processes may have it open. Make it with `BuiltInCalendar.open`."""

    def __init__(self, database: Database, name: str, zone: str) -> None:
        self._database = database
        self._name = name
        self._zone = zone

    @classmethod
    async def open(cls, database: Database, name: str) -> BuiltInCalendar:
        """Raises `CalendarMissing`, `DatabaseDown`."""
        async with database.read() as tx:
            return cls(database, name, (await appointments.setup(tx, name)).zone)

    @property
    def zone(self) -> str:
        return self._zone

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        async with self._looking() as tx:
            setup = await appointments.setup(tx, self._name)
            taken = await appointments.taken(tx, self._name, now, own_hold=key)
        return cut(
            setup.hours,
            ZoneInfo(setup.zone),
            taken,
            rules,
            now,
            step_min=setup.step_min,
            max_per_day=setup.max_per_day,
        )

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        async with self._writing() as (tx, setup):
            taken = await appointments.taken(tx, self._name, now, key)
            _require_free(opening, rules.buffer_min, setup, taken, now)
            hold = Hold(new_id("hold"), opening, now + timedelta(seconds=HOLD_S))
            await appointments.keep_hold(tx, self._name, key, hold, rules.buffer_min, now)
        return hold

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        async with self._writing() as (tx, setup):
            mine = await appointments.with_key(tx, self._name, key)
            if mine is None and moves:
                mine = await appointments.with_id(tx, self._name, moves)
            if mine is not None and _same(mine.booking.opening, hold.opening):
                return mine.booking
            buffer_min = await appointments.held_buffer(tx, hold.id)
            if buffer_min is None:
                raise OpeningTaken("This time is not held any more. Offer it, or another one, again.")
            # Whether the hold has run out is not asked: if the time is free all the same, all is well.
            taken = await appointments.taken(tx, self._name, now, mine.key if mine else key, hold.id)
            _require_free(hold.opening, buffer_min, setup, taken, now)
            id = mine.booking.id if mine else new_id("apt")
            booking = Booking(id, hold.opening, setup.zone, title=details.title)
            await appointments.book(tx, self._name, key, booking, details, buffer_min, now, moves=mine is not None)
            await appointments.drop_hold(tx, hold.id)
        return booking

    async def release(self, hold: Hold) -> None:
        async with self._writing() as (tx, _):
            await appointments.drop_hold(tx, hold.id)

    async def cancel(self, booking_id: str) -> None:
        async with self._writing() as (tx, _):
            # The moment is kept as evidence, so it is real time and not the clock of a simulated day.
            await appointments.cancel(tx, booking_id, datetime.now(UTC))

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        async with self._looking() as tx:
            return [each.booking for each in await appointments.upcoming(tx, self._name, attendee, now)]

    async def block(self, start: datetime, end: datetime, reason: str) -> Block:
        """Staff take the time for something else, also from a caller who holds it: their confirm raises `OpeningTaken`.
        Appointments that stand there stay; staff moves those by hand."""
        async with self._writing() as (tx, _):
            return await appointments.add_block(tx, self._name, start, end, reason)

    async def unblock(self, block_id: str) -> None:
        async with self._writing() as (tx, _):
            await appointments.remove_block(tx, block_id)

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._database.read() as tx:
                yield tx
        except DatabaseDown as down:
            raise CalendarDown(f"The calendar '{self._name}' does not answer. {down}") from down

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[tuple[AsyncConnection, CalendarSetup]]:
        try:
            async with self._database.begin() as tx:
                yield tx, await appointments.setup(tx, self._name, lock=True)
        except DatabaseDown as down:
            raise CalendarDown(f"The calendar '{self._name}' does not answer. {down}") from down


def _require_free(opening: Opening, buffer_min: int, setup: CalendarSetup, taken: list[Taken], now: datetime) -> None:
    zone = ZoneInfo(setup.zone)
    if (
        opening.start <= now
        or not within_hours(opening.start, opening.end, setup.hours, zone)
        or day_is_full(opening.start, taken, zone, setup.max_per_day)
        or not is_free(opening.start, opening.end, buffer_min, taken)
    ):
        raise OpeningTaken("This time is not free any more. Offer another one.")


def _same(one: Opening, other: Opening) -> bool:
    # In UTC: Python takes the two 1:30s of the night when the clock goes back for equal.
    return one.start.astimezone(UTC) == other.start.astimezone(UTC)
