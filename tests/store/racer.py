"""One of two processes that race for the same openings: `racer.py URL NAME RACES`. Prints the starts it has won."""

import asyncio
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.sdk import BookingDetails, BookingRules, OpeningTaken
from engine.store import Database
from engine.store.calendar import BuiltInCalendar

NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo("America/Los_Angeles"))
RULES = BookingRules(length_min=60, buffer_min=30, notice_min=0, horizon_days=14)


async def race(url: str, name: str, races: int) -> None:
    database = Database(url)
    calendar = await BuiltInCalendar.open(database, "main")
    openings = (await calendar.openings(RULES, NOW))[:races]
    assert len(openings) == races
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for number, opening in enumerate(openings):
        key = f"{name}_{number}"
        try:
            held = await calendar.hold(opening, RULES, key, NOW)
            await calendar.confirm(held, key, BookingDetails(title="race"), NOW)
        except OpeningTaken:
            continue
        print(opening.start.isoformat())
    await database.close()


asyncio.run(race(sys.argv[1], sys.argv[2], int(sys.argv[3])))
