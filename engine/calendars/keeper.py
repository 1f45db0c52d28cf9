"""Looks after appointments of linked calendars that somebody has left half-done: a process died, a service was away.

Any number of processes may run it: each row is taken on by one of them for some minutes (`due_at`). What nobody was
told of is taken back; what a call has told is completed, for the caller counts on it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.calendars.settling import OpenDiary, Settling
from engine.calendars.writing import OURS_FOR
from engine.schedule.diary import DiaryGone
from engine.sdk import CalendarDown, CallResult
from engine.store import Database, DatabaseDown, calls, linked_appointments
from engine.store.linked_appointments import Linked

log = logging.getLogger(__name__)

EVERY_S: Final = 20.0
AGAIN: Final = timedelta(minutes=1)
LATER: Final = timedelta(hours=1)
"""What only a person can mend is looked at so often."""

Next = Literal["wait", "complete", "take back", "take out", "put back", "clear"]


def what_next(linked: Linked, under_way: bool, told: CallResult | None) -> Next:
    """How an unfinished appointment is brought to an end. `under_way`: the call it is for goes on and may ask again;
    `told`: what that call has come to."""
    match linked.state:
        case "removing":
            return "take out"
        case "returning":
            return "put back"
        case "leaving":
            return "clear"
        case _ if under_way:
            return "wait"
        case _:
            opening = linked.other.opening if linked.other else linked.appointment.booking.opening
            part = told.appointment if told else None
            start = opening.start.astimezone(UTC)
            known = part is not None and part.id == linked.id and part.start.astimezone(UTC) == start
            return "complete" if known else "take back"


class Keeper:
    def __init__(self, database: Database, open_diary: OpenDiary) -> None:
        self._database = database
        self._open = open_diary
        self._settling = Settling(database, open_diary)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                if settled := await self.sweep(datetime.now(UTC)):
                    log.info("%d half-done appointments of linked calendars were brought to an end", settled)
            except DatabaseDown as down:
                log.warning("Half-done appointments are looked at later. %s", down)
            except Exception as problem:
                log.warning("Half-done appointments are looked at later: unexpected %s", type(problem).__name__)
            await asyncio.sleep(EVERY_S)

    async def sweep(self, now: datetime) -> int:
        """Take on all that is due; gives how many were brought to an end. `now`: real time. Raises `DatabaseDown`."""
        async with self._database.read() as tx:
            due = await linked_appointments.unfinished(tx, now)
        return sum([await self._take_on(id, now) for id in due])

    async def _take_on(self, booking_id: str, now: datetime) -> bool:
        async with self._database.begin() as tx:
            linked = await linked_appointments.take_on(tx, booking_id, now, now + OURS_FOR)
            if linked is None:
                return False
            step = what_next(linked, *await _call(tx, linked))
            if step == "wait":
                await linked_appointments.postpone(tx, booking_id, now + AGAIN)
                return False
            if step == "take back" and linked.state == "moving":
                await linked_appointments.returning(tx, booking_id, now + OURS_FOR)
                linked, step = replace(linked, state="returning"), "put back"
            elif step == "take back":
                await linked_appointments.take_out(tx, booking_id, now, now + OURS_FOR)
                linked, step = replace(linked, state="removing"), "take out"
        try:
            await self._carry_out(linked, step, now)
        except (CalendarDown, DiaryGone) as problem:
            pause = AGAIN if isinstance(problem, CalendarDown) else LATER
            log.warning("Appointment %s is half-done (%s) and is looked at again later: %s", linked.id, step, problem)
            async with self._database.begin() as tx:
                await linked_appointments.postpone(tx, booking_id, now + pause)
            return False
        except DatabaseDown:
            raise
        except Exception as problem:  # one that nobody thought of holds up none of the others; its turn comes again
            log.warning("Appointment %s is half-done (%s): unexpected %s", linked.id, step, type(problem).__name__)
            return False
        return True

    async def _carry_out(self, linked: Linked, step: Next, now: datetime) -> None:
        match step:
            case "take out":
                await self._settling.take_out(linked)
            case "put back":
                await self._settling.put_back(linked)
            case "clear":
                await self._settling.clear(linked)
            case _:
                await self._complete(linked, now)

    async def _complete(self, linked: Linked, now: datetime) -> None:
        """The caller was told: whoever else has the time by now, it is written, and staff see both."""
        place = linked.other.place if linked.other else linked.place
        opening = linked.other.opening if linked.other else linked.appointment.booking.opening
        assert place is not None
        diary = await self._open(place)
        entry = await diary.write(await self._settling.entry(linked, opening))
        async with self._database.begin() as tx:
            if linked.other is None:
                done = await linked_appointments.written(tx, linked.id, entry.id, entry.link)
            else:
                done = await linked_appointments.moved(
                    tx, linked, entry.id, entry.link, linked.appointment.details, None, now, now
                )
        if not done:
            await self._settling.after_losing(linked)


async def _call(tx: AsyncConnection, linked: Linked) -> tuple[bool, CallResult | None]:
    """Whether the call that an appointment is for, or is moved for, goes on; and what it has come to."""
    key = linked.other.key if linked.other else linked.appointment.key
    call_id = key.partition(":")[0]
    record = await calls.read(tx, call_id)
    if record is None:
        return False, None
    return record.state in calls.UNDER_WAY, await calls.result(tx, call_id)
