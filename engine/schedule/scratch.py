"""A calendar to try things out with: it offers times as the real one would; what is booked in it is gone with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from engine.schedule.hours import WorkingHours
from engine.schedule.memory import MemoryCalendar
from engine.schedule.openings import cut
from engine.sdk import Attendee, Booking, BookingDetails, BookingRules, CalendarDown, Hold, Opening, OpeningTaken

Mood = Literal["free", "taken", "busy", "down"]
"""`free`: all working hours are. `taken`: the first time that is chosen was just given to somebody else. `busy`:
nothing is free. `down`: it does not answer."""

OFFICE: Final = WorkingHours.read(
    {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
)
"""For a calendar that nobody has set up yet."""

STEP_MIN: Final = 60


class ScratchCalendar:
    """An `engine.sdk.Calendar`: working hours without a single appointment, and a book that is thrown away."""

    def __init__(self, zone: str, hours: WorkingHours = OFFICE, mood: Mood = "free") -> None:
        self.zone = zone
        self._hours = hours
        self._mood = mood
        self._spoilt = False
        self._book = MemoryCalendar([], zone=zone)

    @property
    def bookings(self) -> Sequence[Booking]:
        """What stands in the calendar, soonest first."""
        return self._book.bookings

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        return await self._offering(rules, now).openings(rules, now, key)

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        book = self._offering(rules, now)
        if self._mood == "taken" and not self._spoilt:
            self._spoilt = True
            await book.block(opening.start, opening.end, "somebody was quicker")
            raise OpeningTaken("Somebody else has just taken this time, as this test asks for.")
        return await book.hold(opening, rules, key, now)

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        self._answer()
        return await self._book.confirm(hold, key, details, now, moves)

    async def release(self, hold: Hold) -> None:
        await self._book.release(hold)

    async def cancel(self, booking_id: str) -> None:
        self._answer()
        await self._book.cancel(booking_id)

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        self._answer()
        return await self._book.upcoming(attendee, now)

    def _offering(self, rules: BookingRules, now: datetime) -> MemoryCalendar:
        """The book with times to offer: they depend on the rules, which only the asking card knows."""
        self._answer()
        if self._mood != "busy":
            free = cut(self._hours, ZoneInfo(self.zone), (), rules, now, step_min=STEP_MIN)
            self._book.offer([opening.start for opening in free], timedelta(minutes=rules.length_min))
        return self._book

    def _answer(self) -> None:
        if self._mood == "down":
            raise CalendarDown("The calendar does not answer, as this test asks for.")
