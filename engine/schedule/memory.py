"""A calendar that lives in memory, with faults to order: for the text simulator, the test bench and tests."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.schedule.openings import Taken, is_free
from engine.sdk import Attendee, Booking, BookingDetails, BookingRules, CalendarDown, Hold, Opening, OpeningTaken

HOLD_S: Final = 90


@dataclass(slots=True)
class _Held:
    hold: Hold
    key: str
    buffer_min: int


@dataclass(slots=True)
class _Booked:
    booking: Booking
    key: str
    details: BookingDetails
    buffer_min: int


class MemoryCalendar:
    """An `engine.sdk.Calendar` whose free times are given.

    `free`: starts, aware; each is free for `length`. `conflicts`: for a start, how many confirms are answered with
    `OpeningTaken`, as if a stranger had been quicker; after the first, the time is not offered any more.
    `down`: how many of the next requests are answered with `CalendarDown` (being slow is the shell's business).
    """

    def __init__(
        self,
        free: Iterable[datetime],
        length: timedelta = timedelta(hours=1),
        *,
        zone: str = "America/Los_Angeles",
        conflicts: Mapping[datetime, int] | None = None,
        down: int = 0,
    ) -> None:
        self._zone = ZoneInfo(zone)
        self._free = sorted(start.astimezone(UTC) for start in free)
        self._length = length
        self._conflicts = {start.astimezone(UTC): times for start, times in (conflicts or {}).items()}
        self._down = down
        self._gone: set[datetime] = set()
        self._blocks: list[Taken] = []
        self._held: dict[str, _Held] = {}
        self._booked: dict[str, _Booked] = {}
        self._numbers = itertools.count(1)

    @property
    def zone(self) -> str:
        return self._zone.key

    @property
    def bookings(self) -> Sequence[Booking]:
        """What stands in the calendar, soonest first."""
        return sorted((one.booking for one in self._booked.values()), key=lambda booking: booking.opening.start)

    @property
    def holds(self) -> Sequence[str]:
        """Ids of what is held, run out or not."""
        return list(self._held)

    def offer(self, free: Iterable[datetime], length: timedelta) -> None:
        """Have other free times from now on; what is held or booked stays."""
        self._free, self._length = sorted(start.astimezone(UTC) for start in free), length

    def details(self, booking_id: str) -> BookingDetails:
        """Raises KeyError."""
        return self._booked[booking_id].details

    def go_down(self, requests: int) -> None:
        """Do not answer the next requests."""
        self._down = requests

    async def block(self, start: datetime, end: datetime, reason: str) -> str:
        """Staff take the time for something else, whoever holds it. Gives the block's id."""
        self._blocks.append(Taken(start, end, appointment=False))
        return f"block_{len(self._blocks)}"

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        self._answer()
        earliest, latest = now + timedelta(minutes=rules.notice_min), now + timedelta(days=rules.horizon_days)
        taken = self._taken("", now, own_hold=key)
        return [
            self._opening(start)
            for start in self._free
            if start not in self._gone
            and earliest <= start <= latest
            and is_free(start, start + self._length, rules.buffer_min, taken)
        ]

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        self._answer()
        self._require_free(opening, rules.buffer_min, key, now)
        self._held = {id: held for id, held in self._held.items() if held.key != key}
        hold = Hold(f"hold_{next(self._numbers)}", opening, now + timedelta(seconds=HOLD_S))
        self._held[hold.id] = _Held(hold, key, rules.buffer_min)
        return hold

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        self._answer()
        mine = self._booked.get(moves) or next((one for one in self._booked.values() if one.key == key), None)
        start = hold.opening.start.astimezone(UTC)
        if mine is not None and mine.booking.opening.start.astimezone(UTC) == start:
            return mine.booking
        if self._conflicts.get(start, 0) > 0:
            self._conflicts[start] -= 1
            self._gone.add(start)
            self._held.pop(hold.id, None)
            raise OpeningTaken("Somebody else has just taken this time. Offer another one.")
        held = self._held.get(hold.id)
        if held is None:
            raise OpeningTaken("This time is not held any more. Offer it, or another one, again.")
        self._require_free(hold.opening, held.buffer_min, mine.key if mine else key, now, hold.id)
        del self._held[hold.id]
        id = mine.booking.id if mine else f"booking_{next(self._numbers)}"
        booking = Booking(id, hold.opening, self.zone, title=details.title)
        kept = details.completed_by(mine.details) if mine else details
        self._booked[id] = _Booked(booking, key, kept, held.buffer_min)
        return booking

    async def release(self, hold: Hold) -> None:
        self._held.pop(hold.id, None)

    async def cancel(self, booking_id: str) -> None:
        self._answer()
        self._booked.pop(booking_id, None)

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        self._answer()
        return [booking for booking in self.bookings if booking.opening.start > now and self._is_for(booking, attendee)]

    def _is_for(self, booking: Booking, attendee: Attendee) -> bool:
        details = self.details(booking.id)
        by_phone = bool(attendee.phone) and details.phone == attendee.phone
        return by_phone or (bool(attendee.email) and details.email.casefold() == attendee.email.casefold())

    def _answer(self) -> None:
        if self._down > 0:
            self._down -= 1
            raise CalendarDown("The calendar does not answer. Take the wish and promise a call back by a person.")

    def _taken(self, key: str, now: datetime, hold_id: str = "", own_hold: str = "") -> list[Taken]:
        """All that stands in the way of the caller named by `key`: not their own booking or hold. `own_hold`: of the
        caller by that name, only the hold does not."""
        booked = [
            Taken(one.booking.opening.start, one.booking.opening.end, one.buffer_min)
            for one in self._booked.values()
            if one.key != key
        ]
        held = [
            Taken(one.hold.opening.start, one.hold.opening.end, one.buffer_min)
            for one in self._held.values()
            if one.key not in (key, own_hold or key) and one.hold.id != hold_id and one.hold.expires_at > now
        ]
        return [*booked, *held, *self._blocks]

    def _require_free(self, opening: Opening, buffer_min: int, key: str, now: datetime, hold_id: str = "") -> None:
        start = opening.start.astimezone(UTC)
        offered = start in self._free and start not in self._gone and opening.end - opening.start == self._length
        taken = self._taken(key, now, hold_id)
        if not offered or start <= now or not is_free(opening.start, opening.end, buffer_min, taken):
            raise OpeningTaken("This time is not free any more. Offer another one.")

    def _opening(self, start: datetime) -> Opening:
        return Opening(start.astimezone(self._zone), (start + self._length).astimezone(self._zone))
