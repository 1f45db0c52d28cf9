"""A calendar that another service keeps too: our rules and holds, and a diary there for each of the staff.

Most services take two entries at one time without a word. So our row goes first and is the truth; then the diary is
looked at, written, and looked at once more; then the row is marked as written. What a dead process or a lost answer
leaves behind stands in the row (`engine.store.linked_appointments`), and whoever asks again with the same key, or the
keeper (`engine.calendars.keeper`), brings it to an end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.calendars.intervals import Span
from engine.calendars.others import as_taken, taken_by_others
from engine.calendars.settling import OpenDiary, Settling
from engine.calendars.writing import OURS_FOR, Write, Writing
from engine.schedule import Staff, Taken
from engine.schedule.diary import BusyTime, Diary, DiaryGone
from engine.schedule.team import openings
from engine.sdk import Attendee, Booking, BookingDetails, BookingRules, CalendarDown, Hold, Opening, OpeningTaken
from engine.store import Database, DatabaseDown, appointments, linked_appointments, reserving
from engine.store.appointments import CalendarSetup, Kept
from engine.store.linked_appointments import Linked, Other, Place
from engine.store.reserving import looking, same_start, writing

log = logging.getLogger(__name__)

FRESH_S: Final = 5.0
"""What was just asked of a diary serves a little longer: a turn asks for openings up to three times."""


def real_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Asked:
    at: datetime
    since: datetime
    until: datetime
    busy: Sequence[BusyTime]


class LinkedCalendar:
    """An `engine.sdk.Calendar`. `connection`: name of the account that new entries go to. `clock`: real time, by which
    work is handed on."""

    def __init__(
        self,
        database: Database,
        name: str,
        zone: str,
        connection: str,
        open_diary: OpenDiary,
        clock: Callable[[], datetime] = real_time,
    ) -> None:
        self._database = database
        self._name = name
        self.zone = zone
        self._connection = connection
        self._open = open_diary
        self._clock = clock
        self._settling = Settling(database, open_diary)
        self._writing = Writing(database, open_diary, self._settling, clock)
        self._asked: dict[Place, _Asked] = {}
        self._turn = asyncio.Lock()  # a caller who has waited too long is answered before the calendar is

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        span = now, now + timedelta(days=rules.horizon_days, minutes=rules.length_min)
        async with looking(self._database, self._name) as tx:
            setup = await appointments.setup(tx, self._name)
            taken = await appointments.taken(tx, self._name, now, own_hold=key)
            ours = await linked_appointments.entries(tx, self._name, now)
        busy, without = await self._busy(setup, setup.team.serving(rules.place), span, ours, now, FRESH_S)
        return openings(setup.team, [*taken, *busy], rules, now, without=without)

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        gap = timedelta(minutes=rules.buffer_min)
        async with looking(self._database, self._name) as tx:
            setup = await appointments.setup(tx, self._name)
            ours = await linked_appointments.entries(tx, self._name, now)
        span = opening.start - gap, opening.end + gap
        busy, without = await self._busy(setup, setup.team.serving(rules.place), span, ours, now, 0.0)
        async with writing(self._database, self._name) as (tx, setup):
            return await reserving.keep(tx, setup, opening, rules, key, now, busy=busy, without=without)

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        without: set[str] = set()
        gone: DiaryGone | None = None
        async with self._turn:
            while True:
                try:
                    step = await self._begin(hold, key, details, now, moves, without)
                    if isinstance(step, Booking):
                        return step
                    if isinstance(step, Linked):
                        await self._settle(step)
                        continue
                    self._asked.pop(step.place, None)
                    try:
                        if booking := await self._writing.carry_out(step):
                            return booking
                    except DiaryGone as problem:
                        gone = problem
                        log.warning("The calendar '%s': a diary cannot be written into: %s", self._name, problem)
                    without.add(step.member)
                except DatabaseDown as down:
                    raise CalendarDown(f"The calendar '{self._name}' does not answer. {down}") from down
                except OpeningTaken as taken:
                    if gone is None:
                        raise
                    raise CalendarDown(str(gone)) from taken

    async def release(self, hold: Hold) -> None:
        async with writing(self._database, self._name) as (tx, _):
            await appointments.drop_hold(tx, hold.id)

    async def cancel(self, booking_id: str) -> None:
        """Once it is written down that the appointment is cancelled, it is; its entry goes at once or, if the service
        does not answer, as soon as it does."""
        async with self._turn:
            await self._cancel(booking_id, self._clock())

    async def _cancel(self, booking_id: str, at: datetime) -> None:
        async with writing(self._database, self._name) as (tx, _):
            linked = await linked_appointments.read(tx, booking_id)
            if linked is None or linked.appointment.cancelled or linked.calendar != self._name:
                return
            if linked.place is None and linked.other is None:
                await appointments.cancel(tx, booking_id, at)
                return
            # Somebody may be writing just now. Then the keeper looks once more when they must be through.
            at_work = linked.due_at is not None and linked.due_at > at
            due_at = linked.due_at if linked.due_at is not None and at_work else at + OURS_FOR
            await linked_appointments.take_out(tx, booking_id, at, due_at)
        self._asked.clear()
        try:
            await self._settling.take_out(linked, for_good=not at_work)
        except (CalendarDown, DatabaseDown) as down:
            log.warning("The entry of appointment %s is taken out later: %s", booking_id, down)
            await self._writing.hand_on(booking_id)

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        async with looking(self._database, self._name) as tx:
            return [each.booking for each in await appointments.upcoming(tx, self._name, attendee, now)]

    async def _begin(
        self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str, without: Collection[str]
    ) -> Booking | Linked | Write:
        """What is to be done next: nothing (the booking stands), to settle what another try has left, or to write."""
        due_at = self._clock() + OURS_FOR
        async with writing(self._database, self._name) as (tx, setup):
            mine = await linked_appointments.standing(tx, self._name, key, moves)
            if mine is not None:
                details = details.completed_by(mine.appointment.details)
            if mine is not None and (step := await self._go_on(tx, mine, hold, key, due_at)) != "new":
                if step != "again":
                    return step
                await linked_appointments.postpone(tx, mine.id, due_at)
                kept = await appointments.kept_by(tx, hold.id) or Kept(mine.appointment.buffer_min, "", "")
                return Write(setup, mine, kept, hold, details, now, again=True)
            was = mine.appointment if mine else None
            member, kept = await reserving.claim(tx, setup, hold, was, key, now, without=without)
            place = self._place(setup, member)
            if mine is None:
                made = await linked_appointments.add(
                    tx, self._name, key, hold.opening, setup.zone, member, place, details, kept, now, due_at
                )
            else:
                made = await linked_appointments.move(tx, mine, Other(hold.opening, member.name, place, key), due_at)
            return Write(setup, made, kept, hold, details, now, again=False)

    async def _go_on(
        self, tx: AsyncConnection, mine: Linked, hold: Hold, key: str, due_at: datetime
    ) -> Booking | Linked | Literal["again", "new"]:
        """From where the caller's appointment stands: it is as wanted; an earlier try must be settled first, or gone on
        with; or it can be moved, as if for the first time."""
        stands = same_start(mine.appointment.booking.opening, hold.opening)
        match mine.state:
            case "writing" if stands:
                return "again"
            case "writing":
                # Nobody was told of that time; whatever stands there of it goes.
                await linked_appointments.take_out(tx, mine.id, self._clock(), due_at)
                return replace(mine, state="removing")
            case "moving" | "returning":
                other, by_us = mine.other, False
                if mine.state == "moving" and other is not None and other.key == key:
                    if same_start(other.opening, hold.opening):
                        return "again"
                    by_us = True
                if mine.due_at is not None and mine.due_at > self._clock() and not by_us:
                    raise CalendarDown("This appointment is just being changed. Ask again in a minute.")
                await linked_appointments.returning(tx, mine.id, due_at)
                return replace(mine, state="returning")
            case _ if stands:
                return mine.appointment.booking
            case "theirs":
                raise CalendarDown("This appointment stands at another service. It is moved there, by a person.")
            case "leaving":
                await linked_appointments.postpone(tx, mine.id, due_at)
                return mine
            case _:
                return "new"

    async def _settle(self, linked: Linked) -> None:
        """Bring to an end what an earlier try has left behind."""
        try:
            match linked.state:
                case "removing":  # a late answer may still write it: the keeper looks once more
                    await self._settling.take_out(linked, for_good=False)
                case "returning":
                    await self._settling.put_back(linked)
                case _:
                    await self._settling.clear(linked)
        except CalendarDown:
            if linked.state == "removing":
                return  # so it does now
            await self._writing.hand_on(linked.id)
            raise

    def _place(self, setup: CalendarSetup, member: Staff) -> Place:
        diary = setup.options.get("diary")
        return Place(self._connection, member.diary or (diary if isinstance(diary, str) else ""))

    async def _busy(
        self,
        setup: CalendarSetup,
        members: Sequence[Staff],
        span: Span,
        ours: Mapping[Place, Mapping[str, Sequence[Opening]]],
        now: datetime,
        fresh_s: float,
    ) -> tuple[list[Taken], set[str]]:
        """What takes the members' time beside our own entries, and the names of those of whom nobody knows. If that is
        all of them, raises `CalendarDown`."""
        places = {member.name: self._place(setup, member) for member in members}
        asked = list(dict.fromkeys(places.values()))
        answers = dict(
            zip(
                asked,
                await asyncio.gather(*(self._ask(place, span, now, fresh_s) for place in asked)),
                strict=True,
            )
        )
        taken: list[Taken] = []
        unknown: set[str] = set()
        for member in members:
            answer = answers[places[member.name]]
            if isinstance(answer, Exception):
                unknown.add(member.name)
            else:
                taken += as_taken(taken_by_others(answer, ours.get(places[member.name], {})), member)
        if members and len(unknown) == len(members):
            problem = next(answer for answer in answers.values() if isinstance(answer, Exception))
            raise CalendarDown(f"The calendar '{self._name}' does not answer. {problem}")
        return taken, unknown

    async def _ask(
        self, place: Place, span: Span, now: datetime, fresh_s: float
    ) -> Sequence[BusyTime] | CalendarDown | DiaryGone:
        before = self._asked.get(place)
        if (
            before is not None
            and 0 <= (now - before.at).total_seconds() < fresh_s
            and before.since <= now
            and span[1] <= before.until + timedelta(seconds=fresh_s)
        ):
            return before.busy
        try:
            diary: Diary = await self._open(place)
            busy = await diary.busy(*span)
        except (CalendarDown, DiaryGone) as problem:
            log.warning("A diary of the calendar '%s' cannot be looked at: %s", self._name, problem)
            return problem
        except DatabaseDown as down:
            return CalendarDown(str(down))
        self._asked[place] = _Asked(now, *span, busy)
        return busy
