"""Bringing entries in diaries in line with our rows. Each step may be repeated after any failure.

Whoever carries one out has marked the row before, so that nobody else works on it; who finds afterwards that it was
taken from them takes out what they have written.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from engine.schedule.diary import Diary, DiaryEntry, DiaryGone
from engine.sdk import Opening
from engine.store import Database, appointments, linked_appointments
from engine.store.appointments import CalendarSetup
from engine.store.linked_appointments import Linked, Place

log = logging.getLogger(__name__)

OpenDiary = Callable[[Place], Awaitable[Diary]]
"""Raises `DiaryGone`, `CalendarDown`, `DatabaseDown`."""


class Settling:
    """All of it may raise `CalendarDown` and `DatabaseDown`: then the row stays as it is, for another try."""

    def __init__(self, database: Database, open_diary: OpenDiary) -> None:
        self._database = database
        self._open = open_diary

    async def take_out(self, linked: Linked, *, for_good: bool = True) -> None:
        """`removing` becomes `removed`. Not `for_good`: somebody may still be writing; it is looked at once more."""
        for place in _places(linked):
            await self._remove(place, linked.id)
        if for_good:
            async with self._database.begin() as tx:
                await linked_appointments.taken_out(tx, linked.id)

    async def put_back(self, linked: Linked) -> None:
        """`returning`: the entry stands at the old time again, and nowhere else."""
        assert linked.other is not None
        if linked.place is not None and linked.place == linked.other.place:
            # Gone with its diary, the entry cannot be put back; the appointment stands all the same.
            with suppress(DiaryGone):
                diary = await self._open(linked.place)
                await diary.write(await self.entry(linked, linked.appointment.booking.opening))
        else:
            await self._remove(linked.other.place, linked.id)
        async with self._database.begin() as tx:
            if await linked_appointments.returned(tx, linked):
                return
        await self.after_losing(linked)

    async def clear(self, linked: Linked) -> None:
        """`leaving`: the old entry is taken out of the diary that it has left."""
        if linked.left is not None:
            await self._remove(linked.left, linked.id)
        async with self._database.begin() as tx:
            await linked_appointments.left(tx, linked)

    async def entry(self, linked: Linked, opening: Opening) -> DiaryEntry:
        """What is to be written of it, at that time."""
        async with self._database.read() as tx:
            setup = await appointments.setup(tx, linked.calendar)
        booking = linked.appointment.booking
        return DiaryEntry(linked.id, opening, booking.zone, linked.appointment.details, invites(setup))

    async def after_losing(self, linked: Linked) -> None:
        """We have written, and the row was taken from us: if the appointment is cancelled, so is what we wrote."""
        async with self._database.read() as tx:
            now = await linked_appointments.read(tx, linked.id)
        if now is None or now.appointment.cancelled:
            for place in _places(linked):
                await self._remove(place, linked.id)

    async def _remove(self, place: Place, key: str) -> None:
        try:
            diary = await self._open(place)
            await diary.remove(key)
        except DiaryGone as gone:
            log.warning("The entry of appointment %s is gone with its diary, or out of reach: %s", key, gone)


def invites(setup: CalendarSetup) -> bool:
    """Whether the service itself shall write to the attendee."""
    return setup.options.get("invite") is True


def _places(linked: Linked) -> list[Place]:
    """Diaries in which something of it may stand."""
    found = [linked.place, linked.left, linked.other.place if linked.other else None]
    return list(dict.fromkeys(place for place in found if place is not None))
