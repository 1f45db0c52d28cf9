"""Keeps our memory of appointments at Cal.com true: what became of bookings that no answer came to, because a process
died or Cal.com was away, and what people have moved or cancelled there.

A booking that no answer came to stays if it stands: Cal.com has written to the attendee itself. Any number of processes
may run it: each appointment is looked at by one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from engine.calendars.calcom import CalComCalendar
from engine.calendars.open_calendar import open_calendar
from engine.sdk import CalendarDown
from engine.store import Database, DatabaseDown, remote_bookings
from engine.store.connections import Vault

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0


class CalComKeeper:
    def __init__(self, database: Database, vault: Callable[[], Vault] | None) -> None:
        self._database, self._vault = database, vault

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep(datetime.now(UTC))
            except DatabaseDown as down:
                log.warning("Bookings at Cal.com are looked at later. %s", down)
            await asyncio.sleep(EVERY_S)

    async def sweep(self, now: datetime) -> None:
        """`now`: real time. Raises `DatabaseDown`."""
        async with self._database.read() as tx:
            names = await remote_bookings.calendars_due(tx, now)
        for name in names:
            try:
                calendar = await open_calendar(self._database, self._vault, name)
                if isinstance(calendar, CalComCalendar):
                    await calendar.settle(now)
            except CalendarDown as down:
                log.warning("Bookings of the calendar '%s' are looked at later. %s", name, down)
            except DatabaseDown:
                raise
            except Exception as problem:  # one calendar holds up none of the others
                log.warning("Bookings of '%s' are looked at later: unexpected %s", name, type(problem).__name__)
