"""The built-in calendar: an `engine.sdk.Calendar` in our own database. Of two callers after one opening one gets it.

How that is made certain: `hold`, `confirm` and `block` first take the calendar for themselves, look, then write, in one
transaction. On SQLite `BEGIN IMMEDIATE` does it; on PostgreSQL a row lock on the calendar (`SELECT ... FOR UPDATE`).
An exclusion constraint over time ranges would need the extension btree_gist, which not every PostgreSQL lets us have,
and could not know that the gap between two appointments is the larger of two buffers. The lock is held for a few
milliseconds and for one calendar only. Unique indexes stand behind it as a second net.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from engine.schedule.team import openings
from engine.sdk import Attendee, Booking, BookingDetails, BookingRules, Hold, Opening
from engine.store import appointments, reserving
from engine.store.appointments import Block
from engine.store.base import new_id
from engine.store.database import Database
from engine.store.reserving import looking, writing


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
        async with looking(self._database, self._name) as tx:
            setup = await appointments.setup(tx, self._name)
            taken = await appointments.taken(tx, self._name, now, own_hold=key)
        return openings(setup.team, taken, rules, now)

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        async with writing(self._database, self._name) as (tx, setup):
            return await reserving.keep(tx, setup, opening, rules, key, now)

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        async with writing(self._database, self._name) as (tx, setup):
            mine = await reserving.standing(tx, self._name, key, moves)
            if mine is not None and reserving.same_start(mine.booking.opening, hold.opening):
                return mine.booking
            member, kept = await reserving.claim(tx, setup, hold, mine, key, now)
            id = mine.booking.id if mine else new_id("apt")
            booking = Booking(id, hold.opening, setup.zone, staff=member.name, title=details.title)
            told = details.completed_by(mine.details) if mine else details
            await appointments.book(tx, self._name, key, booking, told, kept, now, moves=mine is not None)
            await appointments.drop_hold(tx, hold.id)
        return booking

    async def release(self, hold: Hold) -> None:
        async with writing(self._database, self._name) as (tx, _):
            await appointments.drop_hold(tx, hold.id)

    async def cancel(self, booking_id: str) -> None:
        async with writing(self._database, self._name) as (tx, _):
            # The moment is kept as evidence, so it is real time and not the clock of a simulated day.
            await appointments.cancel(tx, booking_id, datetime.now(UTC))

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        async with looking(self._database, self._name) as tx:
            return [each.booking for each in await appointments.upcoming(tx, self._name, attendee, now)]

    async def block(self, start: datetime, end: datetime, reason: str, staff: str = "") -> Block:
        """Staff take the time for something else, also from a caller who holds it: their confirm raises `OpeningTaken`.
        Appointments that stand there stay; staff moves those by hand. `staff`: who; empty: everybody."""
        async with writing(self._database, self._name) as (tx, _):
            return await appointments.add_block(tx, self._name, start, end, reason, staff)

    async def unblock(self, block_id: str) -> None:
        async with writing(self._database, self._name) as (tx, _):
            await appointments.remove_block(tx, block_id)
