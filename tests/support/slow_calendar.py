"""A calendar that takes its time: in virtual time, so that nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from engine.schedule.memory import MemoryCalendar
from engine.sdk import Attendee, Booking, BookingDetails, BookingRules, Hold, Opening
from tests.support.talk import FREE

NEVER = 1e9


class SlowCalendar(MemoryCalendar):
    """`delay`: seconds until an answer to each request; `of`: other delays by the request's name. The work itself is
    done when the answer comes."""

    def __init__(self, delay: float = 0.0, **of: float) -> None:
        super().__init__(FREE)
        self.delay = delay
        self.of = dict(of)
        self.confirms = 0
        self.requests: list[str] = []

    async def _take_time(self, request: str) -> None:
        self.requests.append(request)
        if (delay := self.of.get(request, self.delay)) > 0:
            await asyncio.sleep(delay)

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        await self._take_time("openings")
        return await super().openings(rules, now, key)

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        await self._take_time("hold")
        return await super().hold(opening, rules, key, now)

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        self.confirms += 1
        await self._take_time("confirm")
        return await super().confirm(hold, key, details, now, moves)

    async def release(self, hold: Hold) -> None:
        await self._take_time("release")
        await super().release(hold)

    async def cancel(self, booking_id: str) -> None:
        await self._take_time("cancel")
        await super().cancel(booking_id)

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        await self._take_time("upcoming")
        return await super().upcoming(attendee, now)
