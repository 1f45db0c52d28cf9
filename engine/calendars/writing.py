"""Writing one appointment into a diary: look, write, look again, and only then mark our row as written."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engine.calendars.others import as_taken, taken_by_others
from engine.calendars.settling import OpenDiary, Settling, invites
from engine.schedule import Staff, is_free
from engine.schedule.diary import Diary, DiaryEntry, DiaryGone, WrittenEntry
from engine.sdk import Booking, BookingDetails, CalendarDown, Hold, Opening
from engine.store import Database, DatabaseDown, appointments, linked_appointments
from engine.store.appointments import CalendarSetup, Kept
from engine.store.linked_appointments import Linked, Place
from engine.store.reserving import same_start

log = logging.getLogger(__name__)

OURS_FOR: Final = timedelta(minutes=5)
"""Nobody else takes on what we are working at. All our questions to a service together end within a minute."""
SOON: Final = timedelta(seconds=30)
"""What a service did not answer is tried again then."""


@dataclass(frozen=True, slots=True)
class Write:
    """`linked` is `writing`, or `moving` to its other time. `again`: it was begun before, and its entry may stand."""

    setup: CalendarSetup
    linked: Linked
    kept: Kept
    hold: Hold
    details: BookingDetails
    now: datetime
    again: bool

    @property
    def moves(self) -> bool:
        return self.linked.other is not None

    @property
    def member(self) -> str:
        """Name of whom it is with."""
        return self.linked.other.staff if self.linked.other else self.linked.appointment.booking.staff

    @property
    def place(self) -> Place:
        place = self.linked.other.place if self.linked.other else self.linked.place
        assert place is not None
        return place

    @property
    def opening(self) -> Opening:
        return self.linked.other.opening if self.linked.other else self.linked.appointment.booking.opening


class Writing:
    """`clock`: real time, by which work is handed on."""

    def __init__(
        self, database: Database, open_diary: OpenDiary, settling: Settling, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._open = open_diary
        self._settling = settling
        self._clock = clock

    async def carry_out(self, write: Write) -> Booking | None:
        """The booking as it stands; None if somebody else has the time, and then nothing of it stands. Raises
        `CalendarDown` (it may stand; ask again), `DiaryGone` (it does not), `DatabaseDown`."""
        reached = write.again
        try:
            diary = await self._open(write.place)
            written = await self._found(diary, write) if write.again else None
            if written is None:
                if not await self._free(diary, write, stands=False):
                    await self._take_back(write, reached=reached)
                    return None
                reached = True
                written = await diary.write(_entry(write))
            if not await self._free(diary, write, stands=True):
                await self._take_back(write, reached=True)
                return None
        except CalendarDown:
            if reached:
                await self.hand_on(write.linked.id)
            else:
                await self._take_back(write, reached=False)
            raise
        except DiaryGone:
            await self._take_back(write, reached=reached)
            raise
        return await self._record(write, written)

    async def hand_on(self, booking_id: str) -> None:
        """Somebody else may take it on soon."""
        try:
            async with self._database.begin() as tx:
                await linked_appointments.postpone(tx, booking_id, self._clock() + SOON)
        except DatabaseDown as down:
            log.warning("Appointment %s is taken on in some minutes: %s", booking_id, down)

    async def _found(self, diary: Diary, write: Write) -> WrittenEntry | None:
        """What an earlier try has written, if it has."""
        found = await diary.find(write.linked.id)
        return found if found is not None and same_start(found.opening, write.opening) else None

    async def _free(self, diary: Diary, write: Write, *, stands: bool) -> bool:
        """Whether nobody else has the time. `stands`: our entry stands there already."""
        opening, linked = write.opening, write.linked
        gap = timedelta(minutes=write.kept.buffer_min)
        async with self._database.read() as tx:
            known = await linked_appointments.entries(tx, write.setup.name, opening.start - gap)
        ours = dict(known.get(write.place, {}))
        ours.pop(linked.id, None)
        if stands:
            ours[linked.id] = [opening]
        elif write.moves and linked.place == write.place:
            ours[linked.id] = [linked.appointment.booking.opening]
        busy = taken_by_others(await diary.busy(opening.start - gap, opening.end + gap), ours)
        return is_free(opening.start, opening.end, write.kept.buffer_min, as_taken(busy, Staff(write.member)))

    async def _take_back(self, write: Write, *, reached: bool) -> None:
        """Nothing of it stands, nobody was told. `reached`: the service may have heard of it."""
        linked, at = write.linked, self._clock()
        async with self._database.begin() as tx:
            if write.moves:
                await linked_appointments.returning(tx, linked.id, at + OURS_FOR)
                if not reached:
                    await linked_appointments.returned(tx, linked)
            elif reached:
                await linked_appointments.take_out(tx, linked.id, at, at + OURS_FOR)
            else:
                await linked_appointments.forget(tx, linked.id)
        if not reached:
            return
        try:
            await (self._settling.put_back(linked) if write.moves else self._settling.take_out(linked))
        except CalendarDown as down:
            log.warning("Appointment %s is put right later: %s", linked.id, down)
            await self.hand_on(linked.id)

    async def _record(self, write: Write, written: WrittenEntry) -> Booking:
        linked = write.linked
        async with self._database.begin() as tx:
            if write.moves:
                due_at = self._clock() + OURS_FOR
                ours = await linked_appointments.moved(
                    tx, linked, written.id, written.link, write.details, write.kept, write.now, due_at
                )
            else:
                ours = await linked_appointments.written(tx, linked.id, written.id, written.link)
            await appointments.drop_hold(tx, write.hold.id)
            now = await linked_appointments.read(tx, linked.id)
        if now is not None and now.state in ("written", "leaving"):
            booking = now.appointment.booking
            if same_start(booking.opening, write.opening):  # else another try was there first, and moved it on
                if now.state == "leaving":
                    await self._clear(now)
                return booking
        if not ours:
            await self._settling.after_losing(linked)
        raise CalendarDown("The appointment was changed while it was being written. Ask again.")

    async def _clear(self, linked: Linked) -> None:
        try:
            await self._settling.clear(linked)
        except CalendarDown as down:
            log.warning("The old entry of appointment %s is taken out later: %s", linked.id, down)
            await self.hand_on(linked.id)


def _entry(write: Write) -> DiaryEntry:
    return DiaryEntry(write.linked.id, write.opening, write.setup.zone, write.details, invites(write.setup))
