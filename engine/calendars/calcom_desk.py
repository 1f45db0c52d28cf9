"""One appointment at Cal.com: booked, moved, found again and called off, without ever making two of it.

Cal.com knows no idempotency key. The key of the call stands in the booking's metadata, and wherever an answer is
missing or sounds as if somebody else had the time, a booking with our key is looked for before anything else is done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.calendars.calcom_account import Plan
from engine.calendars.calcom_answers import CALL, KEY, METADATA_VALUE, Found, standing
from engine.calendars.calcom_client import Client, Refused, SignInRefused, Unclear, utc
from engine.sdk import BookingDetails, CalendarDown, Hold, Json, Opening, OpeningTaken
from engine.store.remote_bookings import RemoteBooking

MOVES_FOLLOWED: Final = 5
UNKEPT: Final = "unkept"


@dataclass
class Desk:
    """`mine`: the appointment as we remember it. `email`: under which Cal.com knows the attendee, empty: by phone."""

    client: Client
    plan: Plan
    zone: str
    mine: RemoteBooking
    email: str
    now: datetime

    async def book(self, hold: Hold, details: BookingDetails) -> Found:
        """Ask for the booking; give ours, whichever request made it. Raises `OpeningTaken`, and `Unclear` where a
        request of ours may still come through; after anything else it is certain that nothing was booked."""
        body = self._body(hold, details)
        repeated, reservation = self.mine.repeated, reservation_of(hold)
        while True:
            try:
                made = await self.client.book(body, hold.opening.start)
            except OpeningTaken:
                # Perhaps by ourselves: the same words come when a request that went through is repeated.
                found = await self._looked_for()
                if found is not None:
                    return found
                if not reservation:
                    raise
                # Our own reservation may stand in our way.
                await self.client.let_go(reservation)
                reservation = ""
            except Unclear as unclear:
                found = await self._looked_for()
                if found is not None:
                    return found
                if repeated or not unclear.over:
                    raise
                repeated = True
            except CalendarDown as problem:
                if repeated:
                    raise Unclear(str(problem), over=False) from problem
                raise
            else:
                return await self._only_one(made) if repeated else made

    async def move(self, hold: Hold, details: BookingDetails) -> Found:
        """The booking at the new time, under its new uid; booked anew where somebody has cancelled it. Raises
        `OpeningTaken`, and then the old time stands."""
        uid, reservation, repeated = self.mine.remote_id, reservation_of(hold), False
        while True:
            try:
                return await self.client.move(uid, hold.opening.start)
            except SignInRefused:
                raise
            except (OpeningTaken, Refused, Unclear) as problem:
                found = await self._followed(uid)
                if found is None:
                    self.mine = replace(self.mine, repeated=True)
                    return await self.book(hold, details)
                if same(found.opening, hold.opening):
                    return found
                if found.uid != uid:
                    uid = found.uid  # moved there by somebody else, or by a try of ours
                elif isinstance(problem, OpeningTaken) and reservation:
                    await self.client.let_go(reservation)
                    reservation = ""
                elif isinstance(problem, Unclear) and problem.over and not repeated:
                    repeated = True
                else:
                    raise

    async def as_it_stands(self) -> Found | None:
        """What Cal.com has of it now; None if it is not there any more, or never was."""
        if not self.mine.remote_id:
            return next(iter(await self._ours()), None)
        return await self._followed(self.mine.remote_id)

    async def call_off(self) -> None:
        """Cancel it. One that is not there any more is no error."""
        found = await self.as_it_stands()
        if found is None:
            return
        try:
            await self.client.cancel(found.uid)
        except (Refused, Unclear):
            if await self._followed(found.uid) is not None:
                raise

    async def _looked_for(self) -> Found | None:
        """Our booking, if a request of ours came through. While nobody can look, nobody knows."""
        try:
            return next(iter(await self._ours()), None)
        except CalendarDown as problem:
            raise Unclear(str(problem), over=False) from problem

    async def _only_one(self, made: Found) -> Found:
        """After more than one request: if two came through, the first stays and the others are cancelled."""
        first, *more = await self._ours() or [made]
        for each in more:
            await self.client.cancel(each.uid)
        return first

    async def _ours(self) -> list[Found]:
        """Bookings that stand and carry the key of the call, the first one in front."""
        since = min(self.now, self.mine.booking.opening.start) - timedelta(days=1)
        if self.email:
            return standing(await self.client.newest(since, email=self.email), self.mine.key)
        several = [await self.client.newest(since, event_type=each) for each in sorted(self.plan.event_types)]
        return standing([each for part in several for each in part], self.mine.key)

    async def _followed(self, uid: str) -> Found | None:
        """The booking of that uid, or what it was moved to; None if it does not stand any more."""
        for _ in range(MOVES_FOLLOWED):
            found = await self.client.booking(uid)
            if found is None or found.stands:
                return found
            uid = found.became or await self._moved_from(uid, found)
            if not uid:
                return None
        return None

    async def _moved_from(self, uid: str, found: Found) -> str:
        """Uid of the booking that says it was moved from this one: not every version tells it the other way round."""
        address = self.email or found.email
        others = await self.client.newest(self.now, email=address, event_type=found.event_type or None)
        return next((each.uid for each in others if each.was == uid), "")

    def _body(self, hold: Hold, details: BookingDetails) -> dict[str, Json]:
        attendee: dict[str, Json] = {"name": details.name or "Caller", "timeZone": self.zone, "language": "en"}
        attendee |= {"email": self.email} if self.email else {}
        attendee |= {"phoneNumber": details.phone} if details.phone else {}
        told = (details.title, details.address, details.notes)
        key = self.mine.key
        body: dict[str, Json] = {
            "eventTypeId": event_type_of(hold),
            "start": utc(hold.opening.start),
            "attendee": attendee,
            "bookingFieldsResponses": {"notes": "\n".join(part for part in told if part)},
            "metadata": {KEY: key[:METADATA_VALUE], CALL: key.partition(":")[0][:METADATA_VALUE]},
        }
        if self.plan.several_lengths:
            start, end = hold.opening.start.astimezone(UTC), hold.opening.end.astimezone(UTC)
            body["lengthInMinutes"] = round((end - start).total_seconds() / 60)
        return body


# A hold's id is "event type:reservation", so that both survive the process in the card's memory.


def event_type_of(hold: Hold) -> int:
    return int(hold.id.partition(":")[0])


def reservation_of(hold: Hold) -> str:
    """Cal.com's name of what it keeps for us; empty if it keeps nothing."""
    uid = hold.id.partition(":")[2]
    return "" if uid.startswith(UNKEPT) else uid


def same(one: Opening, other: Opening) -> bool:
    # In UTC: Python takes the two 1:30s of the night when the clock goes back for equal.
    return one.start.astimezone(UTC) == other.start.astimezone(UTC)
