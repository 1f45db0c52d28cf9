"""Who of a calendar's staff gets which time: `engine.schedule.team` decides, inside a transaction that has locked the
calendar, so that of two callers after one time one gets it.

The built-in calendar and linked ones stand on this. `busy`: what else takes their time, such as a diary elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.schedule import Staff, Taken
from engine.schedule.team import choose
from engine.sdk import BookingRules, CalendarDown, Hold, Opening, OpeningTaken
from engine.store import appointments
from engine.store.appointments import Appointment, CalendarSetup, Kept
from engine.store.base import new_id
from engine.store.database import Database, DatabaseDown

HOLD_S: Final = 90
"""How long an opening is kept while the caller makes up their mind (domain: about 90 s)."""


@asynccontextmanager
async def looking(database: Database, calendar: str) -> AsyncIterator[AsyncConnection]:
    """Raises `CalendarDown`."""
    try:
        async with database.read() as tx:
            yield tx
    except DatabaseDown as down:
        raise CalendarDown(f"The calendar '{calendar}' does not answer. {down}") from down


@asynccontextmanager
async def writing(database: Database, calendar: str) -> AsyncIterator[tuple[AsyncConnection, CalendarSetup]]:
    """A transaction in which nobody else books in this calendar. Raises `CalendarDown`, `CalendarMissing`."""
    try:
        async with database.begin() as tx:
            yield tx, await appointments.setup(tx, calendar, lock=True)
    except DatabaseDown as down:
        raise CalendarDown(f"The calendar '{calendar}' does not answer. {down}") from down


async def keep(
    tx: AsyncConnection,
    setup: CalendarSetup,
    opening: Opening,
    rules: BookingRules,
    key: str,
    now: datetime,
    *,
    busy: Sequence[Taken] = (),
    without: Collection[str] = (),
) -> Hold:
    """Keep the opening and somebody's time for it. `without`: names of staff who cannot. Raises `OpeningTaken`."""
    taken = await appointments.taken(tx, setup.name, now, key)
    member = choose(setup.team, opening, rules, [*taken, *busy], now, without=without)
    if member is None:
        raise OpeningTaken("This time is not free any more. Offer another one.")
    hold = Hold(new_id("hold"), opening, now + timedelta(seconds=HOLD_S))
    kept = Kept(rules.buffer_min, member.name, rules.place)
    await appointments.keep_hold(tx, setup.name, key, hold, kept, now)
    return hold


async def claim(
    tx: AsyncConnection,
    setup: CalendarSetup,
    hold: Hold,
    mine: Appointment | None,
    key: str,
    now: datetime,
    *,
    without: Collection[str] = (),
) -> tuple[Staff, Kept]:
    """Who makes the appointment of this hold: whose time it kept or, if that is gone, anybody else who is free.
    `mine`: the appointment that moves here. Raises `OpeningTaken`.

    Whether the hold has run out is not asked: if the time is free all the same, all is well.
    """
    kept = await appointments.kept_by(tx, hold.id)
    if kept is None:
        raise OpeningTaken("This time is not held any more. Offer it, or another one, again.")
    taken = await appointments.taken(tx, setup.name, now, mine.key if mine else key, hold.id)
    rules = BookingRules(buffer_min=kept.buffer_min, place=kept.place)
    member = choose(setup.team, hold.opening, rules, taken, now, preferred=kept.staff, without=without)
    if member is None:
        raise OpeningTaken("This time is not free any more. Offer another one.")
    return member, kept


async def standing(tx: AsyncConnection, calendar: str, key: str, moves: str) -> Appointment | None:
    """The appointment of this call and need or, if there is none, the one of an earlier call that it moves."""
    mine = await appointments.with_key(tx, calendar, key)
    if mine is None and moves:
        return await appointments.with_id(tx, calendar, moves)
    return mine


def same_start(one: Opening, other: Opening) -> bool:
    # In UTC: Python takes the two 1:30s of the night when the clock goes back for equal.
    return one.start.astimezone(UTC) == other.start.astimezone(UTC)
