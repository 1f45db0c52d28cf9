"""What a call leaves in the database, when the database goes away at the wrong moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.call.ledger import Ledger
from engine.schedule import WorkingHours
from engine.sdk import BookingDetails, BookingRules
from engine.store import Database, DatabaseDown
from engine.store.appointments import CalendarSetup, save_setup
from engine.store.calendar import BuiltInCalendar
from tests.support.database import empty_database

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZONE)
RULES = BookingRules(length_min=60, buffer_min=0, notice_min=0, horizon_days=7)


class AwayAtFirst(Database):
    """Comes back after so many questions."""

    away = 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        if self.away:
            self.away -= 1
            raise DatabaseDown("restarting")
        async with super().read() as tx:
            yield tx


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with empty_database("sqlite", request) as made:
        yield made


async def test_a_booking_that_the_database_took_along_into_its_restart_stands_in_the_record(
    url: str, tmp_path: Path
) -> None:
    """It was committed, and the answer was lost: the calendar alone knows. It is asked until it answers."""
    database = AwayAtFirst(url)
    async with database.begin() as tx:
        await save_setup(tx, CalendarSetup("main", ZONE.key, WorkingHours.read({"wednesday": ["09:00-17:00"]})))
    calendar = await BuiltInCalendar.open(database, "main")
    [opening, *_] = await calendar.openings(RULES, NOW)
    held = await calendar.hold(opening, RULES, "call_1:appointment", NOW)
    booked = await calendar.confirm(held, "call_1:appointment", BookingDetails("visit"), NOW)
    database.away = 2
    found = await Ledger(database, tmp_path, "process_1").booked_in("call_1")
    await database.close()
    assert found is not None
    assert (found[0].id, found[1]) == (booked.id, "main")
