"""A calendar that is set up but cannot be used, such as one whose connection was removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.sdk import Attendee, Booking, BookingDetails, BookingRules, CalendarDown, Hold, Opening


class UnusableCalendar:
    """An `engine.sdk.Calendar` that answers everything with `CalendarDown`. `sentence`: why, and what to do."""

    def __init__(self, zone: str, sentence: str) -> None:
        self.zone = zone
        self._sentence = sentence

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        raise CalendarDown(self._sentence)

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        raise CalendarDown(self._sentence)

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        raise CalendarDown(self._sentence)

    async def release(self, hold: Hold) -> None:
        raise CalendarDown(self._sentence)

    async def cancel(self, booking_id: str) -> None:
        raise CalendarDown(self._sentence)

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        raise CalendarDown(self._sentence)
