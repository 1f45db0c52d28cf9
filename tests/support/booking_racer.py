"""One of two processes that race for the same times: `python -m tests.support.booking_racer URL NAME`.

It obeys orders, one JSON object a line, and answers each with one word: `hold` a time, `confirm` it, or `book` it,
which is both. LEADLINE_SECRET_KEY opens connections, if there are any.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime, timedelta

from engine.calendars.open_calendar import open_calendar
from engine.sdk import BookingDetails, BookingRules, Calendar, Hold, Opening, OpeningTaken
from engine.store import Database
from engine.store.connections import Vault

RULES = BookingRules(length_min=60, buffer_min=30, notice_min=0, horizon_days=365)


class Racer:
    def __init__(self, calendar: Calendar, name: str) -> None:
        self._calendar = calendar
        self._name = name
        self._held: Hold | None = None

    async def obey(self, order: dict[str, str]) -> str:
        """`start`: of the time. `now`: when, by business time. `need`: makes the key, with the racer's name."""
        start, now = datetime.fromisoformat(order["start"]), datetime.fromisoformat(order["now"])
        key = f"{self._name}:{order['need']}"
        try:
            if order["do"] in ("hold", "book"):
                opening = Opening(start, start + timedelta(minutes=RULES.length_min))
                self._held = await self._calendar.hold(opening, RULES, key, now)
            if order["do"] in ("confirm", "book") and self._held is not None:
                await self._calendar.confirm(self._held, key, BookingDetails(title="race"), now)
                return "booked"
        except OpeningTaken:
            return "taken"
        return "held"


async def main(url: str, name: str) -> None:
    database = Database(url)
    key = os.environ.get("LEADLINE_SECRET_KEY")
    calendar = await open_calendar(database, (lambda: Vault(key)) if key else None, "main")
    racer = Racer(calendar, name)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(await racer.obey(json.loads(line)), flush=True)
    await database.close()


asyncio.run(main(sys.argv[1], sys.argv[2]))
