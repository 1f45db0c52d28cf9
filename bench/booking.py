"""How long the built-in calendar takes for openings, hold and confirm, on SQLite and on PostgreSQL; alone and with five
members of staff; and how many races for one time two processes decide in a second.

    python bench/booking.py [rounds] [races]

The calendar is a busy one: two weeks of ten-hour days, half full. PostgreSQL is a throw-away cluster with fsync *on*,
so that the figures are those of a real one; without PostgreSQL installed only SQLite is measured.
"""

from __future__ import annotations

import asyncio
import itertools
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.schedule import Staff, WorkingHours
from engine.sdk import BookingDetails, BookingRules
from engine.store import Database, appointments
from engine.store.appointments import CalendarSetup
from engine.store.calendar import BuiltInCalendar
from engine.store.migration import migrate
from tests.support.booking_races import race
from tests.support.postgres import Cluster, find_binaries

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
RULES = BookingRules(length_min=60, buffer_min=0, notice_min=60, horizon_days=14, place="94110")
WEEK = WorkingHours.read(
    {day: ["07:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")}
)
DETAILS = BookingDetails(title="Estimate", name="Dana Reyes", phone="+14155550123")


STAFF = tuple(
    Staff(name, areas=areas) for name, areas in zip("ABCDE", [(), ("941*",), (), ("94110",), ()], strict=True)
)
"""Two of five go to a part of town only; all serve the place of `RULES`."""


async def measure(url: str, rounds: int, staff: tuple[Staff, ...] = ()) -> dict[str, list[float]]:
    await migrate(url)
    database = Database(url)
    setup = CalendarSetup("main", "America/Los_Angeles", WEEK, step_min=60, staff=staff)
    async with database.begin() as tx:
        await appointments.save_setup(tx, setup)
    calendar = await BuiltInCalendar.open(database, "main")
    for number, opening in enumerate((await calendar.openings(RULES, NOW))[::2]):
        for place in range(max(1, len(staff))):
            key = f"full_{number}_{place}"
            await calendar.confirm(await calendar.hold(opening, RULES, key, NOW), key, DETAILS, NOW)
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
        print(f"{name:<21} {step:<9} p50 {statistics.median(values):6.1f} ms   p95 {p95:6.1f} ms   n={len(values)}")


async def races(url: str, count: int) -> str:
    await migrate(url)
    tally = await race(url, count)
    return f"{count / tally.seconds:.0f} races a second: {tally}"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    print(f"{platform.platform()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        urls = (f"sqlite:///{folder}/{number}.db" for number in itertools.count())
        everything("SQLite", urls, rounds, count)
    found = find_binaries()
    if found is None:
        print("PostgreSQL is not installed here: not measured.")
        return
    cluster = Cluster(found, durable=True)
    cluster.start()
    try:
        everything("PostgreSQL", (cluster.url(cluster.create_database()) for _ in itertools.count()), rounds, count)
    finally:
        cluster.stop()


def everything(name: str, urls: Iterator[str], rounds: int, count: int) -> None:
    show(name, asyncio.run(measure(next(urls), rounds)))
    show(f"{name}, 5 staff", asyncio.run(measure(next(urls), rounds, STAFF)))
    print(f"{name:<21} {asyncio.run(races(next(urls), count))}")


main()
