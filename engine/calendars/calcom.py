"""A calendar at Cal.com: its rules and its conflicts are Cal.com's, the memory of what was booked is ours too.

So that nothing is booked twice and nothing is lost, whatever breaks: our row (`remote_bookings`) is written before
Cal.com is asked, and what was asked for is looked for there by the key of the call (`calcom_desk`). Cal.com stays the
truth: people move and cancel there too, so it is asked again before anybody is told of appointments.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.calendars.calcom_account import Account, Plan
from engine.calendars.calcom_answers import Found
from engine.calendars.calcom_client import QUESTION_S, Client, NotReached, SignInRefused, Unclear
from engine.calendars.calcom_desk import UNKEPT, Desk, event_type_of, reservation_of, same
from engine.calendars.intervals import pieces
from engine.sdk import (
    Attendee,
    Booking,
    BookingDetails,
    BookingRules,
    CalendarDown,
    Connection,
    Hold,
    Json,
    Opening,
    OpeningTaken,
)
from engine.store import Database, DatabaseDown, appointments, remote_bookings
from engine.store.base import new_id
from engine.store.remote_bookings import RemoteBooking

log = logging.getLogger(__name__)

HELD_S: Final = 90
"""How long we count on a time that Cal.com did not keep for us."""
LOOK_BACK: Final = timedelta(days=30)
"""An appointment that our memory has in the past may have been moved into the future."""


class CalComCalendar:
    """One calendar; any number of processes may have it open. Make it with `CalComCalendar.open`."""

    def __init__(
        self, database: Database, name: str, zone: str, account: Account, plan: Plan, question_s: float = QUESTION_S
    ) -> None:
        self._database, self._name, self._zone = database, name, zone
        self._account, self._plan = account, plan
        self._question_s = question_s

    @classmethod
    async def open(
        cls, database: Database, name: str, connection: Connection, options: Mapping[str, Json]
    ) -> CalComCalendar:
        """Raises `CalendarMissing`, `ConnectionUnusable` (it says what to enter), `DatabaseDown`."""
        account, plan = Account.read(connection), Plan.read(connection, options)
        async with database.read() as tx:
            zone = (await appointments.setup(tx, name)).zone
        return cls(database, name, zone, account, plan)

    @property
    def zone(self) -> str:
        return self._zone

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        """Length and free time around it are the event type's, so those of `rules` do not count."""
        event_type = self._plan.serving(rules.place)
        since, until = now + timedelta(minutes=rules.notice_min), now + timedelta(days=rules.horizon_days)
        if event_type is None or since >= until:
            return []
        async with self._reading() as tx:
            held = await remote_bookings.held(tx, self._name, key, now) if key else None
            mine = await remote_bookings.with_key(tx, self._name, key) if key else None
        client = self._client()
        parts = [
            await client.free_times(
                event_type, start, end, length_min=self._length(rules), moving=mine.remote_id if mine else ""
            )
            for start, end in pieces(since, until)
        ]
        found = {each.start.astimezone(UTC): each for part in parts for each in part}
        if held is not None and event_type_of(held) == event_type:
            # Cal.com does not know that the reservation which hides this time is the asker's own.
            found.setdefault(held.opening.start.astimezone(UTC), appointments.in_zone(held.opening, self._zone))
        return [found[start] for start in sorted(found) if since <= start <= until]

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        event_type = self._plan.serving(rules.place)
        if event_type is None or opening.start <= now:
            raise OpeningTaken("This time cannot be had. Offer another one.")
        async with self._reading() as tx:
            before = await remote_bookings.held(tx, self._name, key, now)
        if before is not None and same(before.opening, opening) and event_type_of(before) == event_type:
            return before
        client = self._client()
        if before is not None and (reservation := reservation_of(before)):
            await client.let_go(reservation)
        hold = await self._reserved(client, event_type, opening, self._length(rules), now)
        async with self._writing() as tx:
            await remote_bookings.keep_hold(tx, self._name, key, hold)
        return hold

    async def _reserved(
        self, client: Client, event_type: int, opening: Opening, length_min: int | None, now: datetime
    ) -> Hold:
        """A reservation is a courtesy: without one, whoever confirms first has the time."""
        try:
            kept = await client.reserve(event_type, opening.start, length_min)
        except (SignInRefused, NotReached):
            raise
        except CalendarDown as problem:
            log.info("Calendar '%s': the time is not kept while the caller decides: %s", self._name, problem)
            return Hold(f"{event_type}:{new_id(UNKEPT)}", opening, now + timedelta(seconds=HELD_S))
        return Hold(f"{event_type}:{kept.uid}", opening, kept.until)

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        if moves:
            async with self._reading() as tx:
                older = await remote_bookings.with_id(tx, self._name, moves)
            details = details.completed_by(older.details) if older is not None else details
        email = self._plan.email_for(details)
        async with self._writing() as tx:
            asked = await remote_bookings.ask(tx, self._name, key, moves, hold.opening, self._zone, details, now)
        if asked.remote_id and same(asked.booking.opening, hold.opening):
            return asked.booking
        client = self._client()
        made = await self._made(Desk(client, self._plan, self._zone, asked, email, now), hold, details)
        async with self._writing() as tx:
            booking = await remote_bookings.answered(tx, asked, key, details, made.answer, now)
            await appointments.drop_hold(tx, hold.id)
        if reservation := reservation_of(hold):
            # Where several hosts share an event type it would keep the next caller from the same time.
            await client.let_go(reservation)
        return booking

    async def _made(self, desk: Desk, hold: Hold, details: BookingDetails) -> Found:
        """The booking at the time that is held, wherever it stood before."""
        if not desk.mine.remote_id and desk.mine.repeated:
            # An earlier try, perhaps of a process that died, may have come through.
            found = await desk.as_it_stands()
            if found is not None and same(found.opening, hold.opening):
                return found
            if found is not None:
                desk.mine = replace(desk.mine, remote_id=found.uid)
        if desk.mine.remote_id:
            return await desk.move(hold, details)
        try:
            return await desk.book(hold, details)
        except Unclear:
            raise
        except (OpeningTaken, CalendarDown):
            async with self._writing() as tx:
                await remote_bookings.forget(tx, desk.mine.booking.id)
                await appointments.drop_hold(tx, hold.id)
            raise

    async def release(self, hold: Hold) -> None:
        if reservation := reservation_of(hold):
            client = self._client()
            await client.let_go(reservation)
        async with self._writing() as tx:
            await appointments.drop_hold(tx, hold.id)

    async def cancel(self, booking_id: str) -> None:
        async with self._reading() as tx:
            mine = await remote_bookings.with_id(tx, self._name, booking_id)
        if mine is None:
            return
        # Kept as evidence, so it is real time and not the clock of a simulated day.
        now = datetime.now(UTC)
        client = self._client()
        await self._desk(client, mine, now).call_off()
        async with self._writing() as tx:
            await remote_bookings.gone(tx, booking_id, now)

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        """What Cal.com says, also of appointments that somebody made, moved or cancelled there."""
        async with self._reading() as tx:
            known = await remote_bookings.of_person(tx, self._name, attendee, now - LOOK_BACK)
        client = self._client()
        found = await asyncio.gather(*(self._desk(client, each, now).as_it_stands() for each in known))
        theirs = await client.newest(now, email=attendee.email) if attendee.email else []
        known_uids = {each.uid for each in found if each is not None}
        others = [each for each in theirs if each.stands and each.uid not in known_uids]
        stands: list[Booking] = []
        doubles: list[Found] = []
        async with self._writing() as tx:
            for mine, remote in zip(known, found, strict=True):
                if remote is not None:
                    stands.append(await remote_bookings.answered(tx, mine, mine.key, mine.details, remote.answer, now))
                elif mine.remote_id:
                    await remote_bookings.gone(tx, mine.booking.id, now)
            for remote in others:
                row = await remote_bookings.with_key(tx, self._name, remote.key) if remote.key else None
                if row is not None and row.booking.id in {each.id for each in stands}:
                    doubles += [remote] if not remote.was else []
                elif row is not None:
                    stands.append(await remote_bookings.answered(tx, row, row.key, row.details, remote.answer, now))
                elif remote.event_type in self._plan.event_types:
                    stands.append(await self._adopted(tx, remote, attendee, now))
        for each in doubles:
            # Two with one key, neither moved from the other: a request that was given up came through after all.
            log.warning("Calendar '%s': Cal.com had booked twice; the second one is cancelled", self._name)
            client = self._client()
            await client.cancel(each.uid)
        return sorted((each for each in stands if each.opening.start > now), key=lambda each: each.opening.start)

    async def _adopted(self, tx: AsyncConnection, remote: Found, attendee: Attendee, now: datetime) -> Booking:
        """One that somebody made at Cal.com itself."""
        who = BookingDetails(remote.title, remote.name, remote.phone or attendee.phone, remote.email)
        return await remote_bookings.adopt(tx, self._name, f"calcom:{remote.uid}", self._zone, who, remote.answer, now)

    async def settle(self, now: datetime) -> None:
        """Look at appointments that are due: what became of those that no answer came to, because the process died or
        Cal.com was away, and whether people have moved or cancelled others there. `now`: real time."""
        async with self._writing() as tx:
            due = await remote_bookings.take_due(tx, self._name, now)
        for mine in due:
            found = await self._desk(self._client(), mine, now).as_it_stands()
            async with self._writing() as tx:
                if found is not None:
                    await remote_bookings.answered(tx, mine, mine.key, mine.details, found.answer, now)
                elif mine.remote_id:
                    await remote_bookings.gone(tx, mine.booking.id, now)
                else:
                    await remote_bookings.forget(tx, mine.booking.id)

    def _length(self, rules: BookingRules) -> int | None:
        return rules.length_min if self._plan.several_lengths else None

    def _desk(self, client: Client, mine: RemoteBooking, now: datetime) -> Desk:
        """For an appointment that was asked for before."""
        try:
            email = self._plan.email_for(mine.details)
        except CalendarDown:  # what the connection says of people without an address has changed since
            email = ""
        return Desk(client, self._plan, self._zone, mine, email, now)

    def _client(self) -> Client:
        return Client(self._account, self._zone, self._question_s)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._database.read() as tx:
                yield tx
        except DatabaseDown as down:
            raise CalendarDown(f"The calendar '{self._name}' does not answer. {down}") from down

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._database.begin() as tx:
                yield tx
        except DatabaseDown as down:
            raise CalendarDown(f"The calendar '{self._name}' does not answer. {down}") from down
