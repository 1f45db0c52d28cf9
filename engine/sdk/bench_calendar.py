"""A calendar for the test bench: given openings, and refusals to order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.sdk.calendar import (
    Attendee,
    Booking,
    BookingDetails,
    BookingRules,
    CalendarDown,
    Hold,
    Opening,
    OpeningTaken,
)


@dataclass
class BenchCalendar:
    """A calendar of given openings, each an hour long. `taken`: times that a stranger gets first, so that a hold or a
    confirm is refused. `down`: it does not answer."""

    free: Sequence[datetime]
    zone: str = "UTC"
    taken: set[datetime] = field(default_factory=set)
    down: bool = False
    held: dict[str, Hold] = field(default_factory=dict)
    """By key: who holds what."""
    kept: dict[str, Booking] = field(default_factory=dict)
    """By key: who has booked what."""
    details: dict[str, BookingDetails] = field(default_factory=dict)

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        self._answer()
        gone = {booking.opening.start for booking in self.kept.values()} | self.taken
        gone |= {hold.opening.start for holder, hold in self.held.items() if holder != key}
        return [Opening(at, at + timedelta(hours=1)) for at in sorted(self.free) if at not in gone and at > now]

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        self._answer()
        self._require_free(opening.start, key)
        self.held[key] = Hold(f"hold:{key}", opening, now + timedelta(seconds=90))
        return self.held[key]

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        self._answer()
        if moves:
            self.kept = {key if one.id == moves else owner: one for owner, one in self.kept.items()}
        mine = self.kept.get(key)
        if mine is None or mine.opening.start != hold.opening.start:
            self._require_free(hold.opening.start, key)
            mine = Booking(mine.id if mine else f"booking:{key}", hold.opening, self.zone, title=details.title)
            self.kept[key] = mine
        self.details[mine.id] = details.completed_by(self.details.get(mine.id, details))
        self.held.pop(key, None)
        return mine

    async def release(self, hold: Hold) -> None:
        self.held = {key: other for key, other in self.held.items() if other.id != hold.id}

    async def cancel(self, booking_id: str) -> None:
        self._answer()
        self.kept = {key: booking for key, booking in self.kept.items() if booking.id != booking_id}

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        self._answer()
        mine = [
            each
            for each in self.kept.values()
            if each.opening.start > now and attendee.phone and self.details[each.id].phone == attendee.phone
        ]
        return sorted(mine, key=lambda each: each.opening.start)

    def _answer(self) -> None:
        if self.down:
            raise CalendarDown("The bench's calendar is down, as the test asked for.")

    def _require_free(self, start: datetime, key: str) -> None:
        others = [each.opening.start for owner, each in self.held.items() if owner != key]
        others += [each.opening.start for owner, each in self.kept.items() if owner != key]
        if start in self.taken or start in others or start not in self.free:
            raise OpeningTaken("Somebody else has this time, as the test asked for.")
