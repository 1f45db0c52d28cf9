"""How long the built-in calendar takes for openings, hold and confirm, on SQLite and on PostgreSQL.

    python bench/booking.py [rounds]

The calendar is a busy one: two weeks of ten-hour days, half full. PostgreSQL is a throw-away cluster with fsync *on*,
so that the figures are those of a real one; without PostgreSQL installed only SQLite is measured.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.schedule import WorkingHours
from engine.sdk import BookingDetails, BookingRules
from engine.store import Database, appointments
from engine.store.appointments import CalendarSetup
from engine.store.calendar import BuiltInCalendar
from engine.store.migration import migrate
from tests.support.postgres import Cluster

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
RULES = BookingRules(length_min=60, buffer_min=0, notice_min=60, horizon_days=14)
WEEK = WorkingHours.read(
    {day: ["07:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")}
)
DETAILS = BookingDetails(title="Estimate", name="Dana Reyes", phone="+14155550123")


async def measure(url: str, rounds: int) -> dict[str, list[float]]:
    await migrate(url)
    database = Database(url)
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", "America/Los_Angeles", WEEK, step_min=60))
    calendar = await BuiltInCalendar.open(database, "main")
    for number, opening in enumerate((await calendar.openings(RULES, NOW))[::2]):
        await calendar.confirm(
            await calendar.hold(opening, RULES, f"full_{number}", NOW), f"full_{number}", DETAILS, NOW
        )
    times: dict[str, list[float]] = {"openings": [], "hold": [], "confirm": []}
    for number in range(rounds):
        started = time.perf_counter()
        openings = await calendar.openings(RULES, NOW)
        listed = time.perf_counter()
        held = await calendar.hold(openings[number % len(openings)], RULES, f"call_{number}", NOW)
        kept = time.perf_counter()
        booking = await calendar.confirm(held, f"call_{number}", DETAILS, NOW)
        done = time.perf_counter()
        await calendar.cancel(booking.id)
        for name, seconds in (("openings", listed - started), ("hold", kept - listed), ("confirm", done - kept)):
            times[name].append(seconds * 1000)
    await database.close()
    return times


def show(name: str, times: dict[str, list[float]]) -> None:
    for step, values in times.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        print(f"{name:<12} {step:<9} p50 {statistics.median(values):6.1f} ms   p95 {p95:6.1f} ms   n={len(values)}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{platform.platform()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        show("SQLite", asyncio.run(measure(f"sqlite:///{folder}/bench.db", rounds)))
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        print("PostgreSQL is not installed here: not measured.")
        return
    cluster = Cluster(installed[-1].parent, durable=True)
    cluster.start()
    try:
        show("PostgreSQL", asyncio.run(measure(cluster.url(cluster.create_database()), rounds)))
    finally:
        cluster.stop()


main()
