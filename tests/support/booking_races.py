"""Two processes after the same times, again and again: each time exactly one of them may get it.

python -m tests.support.booking_races 1000 200     (races of the built-in calendar; of one at Google's emulator)

In every other race both hold the time (the hold of one has run out when the other asks) and say yes at one moment;
in the rest both ask for it at one moment.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.schedule import Staff, WorkingHours
from engine.schedule.hours import DAYS
from engine.schedule.team import openings
from engine.sdk import BookingRules, Connection
from engine.store import Database, appointments, connections
from engine.store.appointments import CalendarSetup
from engine.store.connections import Vault
from engine.store.migration import migrate
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.emulators.google_calendar.server import CALENDAR
from tests.support.postgres import Cluster, find_binaries

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo("America/Los_Angeles"))
SETUP = CalendarSetup(
    "main", "America/Los_Angeles", WorkingHours.read({day: ["06:00-22:00"] for day in DAYS}), step_min=90
)


@dataclass(frozen=True)
class Tally:
    """`doubled`: times with more than one appointment; `lost`: times that nobody got; `won`: by each of the two.
    `overlaps`: pairs of appointments in the calendar in the end that overlap. `seconds`: of all races together.
    `answers`: that made no sense."""

    races: int
    won: tuple[int, int]
    doubled: int
    lost: int
    overlaps: int
    seconds: float
    answers: tuple[str, ...] = ()

    @property
    def fair(self) -> bool:
        return not (self.doubled or self.lost or self.overlaps or self.answers)

    def __str__(self) -> str:
        return (
            f"{self.races} races in {self.seconds:.0f} s, won {self.won[0]} : {self.won[1]}, doubled {self.doubled}, "
            f"lost {self.lost}, overlapping {self.overlaps}" + "".join(f"\n  {each}" for each in self.answers[:5])
        )


async def race(url: str, races: int, key: str = "", *, setup: CalendarSetup = SETUP) -> Tally:
    """The database must be migrated. `key`: opens its connections, for a calendar at a service."""
    database = Database(url)
    async with database.begin() as tx:
        await appointments.save_setup(tx, setup)
    rules = BookingRules(length_min=60, buffer_min=30, notice_min=0, horizon_days=365)
    starts = [opening.start for opening in openings(setup.team, (), rules, NOW)][:races]
    assert len(starts) == races
    async with _racer(url, "left", key) as left, _racer(url, "right", key) as right:
        began = time.perf_counter()
        ends = [await _one(left, right, number, start) for number, start in enumerate(starts)]
        seconds = time.perf_counter() - began
    async with database.read() as tx:
        booked = await appointments.appointments(tx, "main", NOW)
    await database.close()
    spans = sorted((each.booking.opening.start.astimezone(UTC), each.booking.opening.end) for each in booked)
    return Tally(
        races,
        (sum(end[0] == "booked" for end in ends), sum(end[1] == "booked" for end in ends)),
        sum(end.count("booked") > 1 for end in ends),
        sum("booked" not in end for end in ends) + max(0, races - len(booked)),
        sum(one[1] > other[0] for one, other in itertools.pairwise(spans)),
        seconds,
        tuple(f"{number}: {end}" for number, end in enumerate(ends) if sorted(end) != ["booked", "taken"]),
    )


async def _one(left: Process, right: Process, number: int, start: datetime) -> Sequence[str]:
    if number % 2 == 0:
        return await asyncio.gather(*(_order(each, "book", number, start, NOW) for each in (left, right)))
    later = NOW + timedelta(seconds=91)
    first = await _order(left, "hold", number, start, NOW)
    second = await _order(right, "hold", number, start, later)
    if (first, second) != ("held", "held"):
        return (first, second)
    at = later + timedelta(seconds=91)
    return await asyncio.gather(*(_order(each, "confirm", number, start, at) for each in (left, right)))


async def _order(racer: Process, do: str, number: int, start: datetime, now: datetime) -> str:
    assert racer.stdin is not None
    assert racer.stdout is not None
    order = {"do": do, "need": str(number), "start": start.isoformat(), "now": now.isoformat()}
    racer.stdin.write(f"{json.dumps(order)}\n".encode())
    await racer.stdin.drain()
    return (await racer.stdout.readline()).decode().strip() or "died"


@asynccontextmanager
async def _racer(url: str, name: str, key: str) -> AsyncIterator[Process]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **({"LEADLINE_SECRET_KEY": key} if key else {})}
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.booking_racer", url, name, stdin=PIPE, stdout=PIPE, cwd=ROOT,
        env=environment,
    )  # fmt: skip
    try:
        assert started.stdout is not None
        assert await started.stdout.readline() == b"ready\n"
        yield started
    finally:
        assert started.stdin is not None
        started.stdin.close()
        try:
            await asyncio.wait_for(started.wait(), 10)
        except TimeoutError:
            started.kill()
            await started.wait()


async def race_at_google(url: str, races: int) -> tuple[Tally, int]:
    """The same for a calendar that is kept at Google's emulator; how many entries stand there in the end."""
    key = Vault.new_key()
    async with GoogleCalendarEmulator() as google:
        account = google_account(google)
        database = Database(url)
        async with database.begin() as tx:
            await connections.save(tx, Vault(key), account, datetime.now(UTC))
        await database.close()
        setup = CalendarSetup(
            "main", SETUP.zone, SETUP.hours, 90, connection=account.name, staff=(Staff("Ana", diary=CALENDAR),)
        )
        tally = await race(url, races, key, setup=setup)
        return tally, len(google.events())


def google_account(google: GoogleCalendarEmulator) -> Connection:
    return Connection(
        "office", "google_calendar", {"key_file": google.key_file, "endpoint": google.address, "calendar": CALENDAR}
    )


async def _everything(built_in: int, linked: int) -> bool:
    fair = True
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/races.db"}
        found = find_binaries()
        cluster = Cluster.acquire(found) if found else None
        try:
            if cluster is not None:
                urls["PostgreSQL"] = cluster.url(cluster.create_database())
            for name, url in urls.items():
                await migrate(url)
                tally = await race(url, built_in)
                print(f"{name}: {tally}", flush=True)
                fair &= tally.fair
            for name, url in urls.items():
                other = f"sqlite:///{folder}/linked.db" if name == "SQLite" else url
                if cluster is not None and name != "SQLite":
                    other = cluster.url(cluster.create_database())
                await migrate(other)
                tally, entries = await race_at_google(other, linked)
                print(f"{name} and Google Calendar's emulator: {tally}, {entries} entries there", flush=True)
                fair &= tally.fair and entries == linked
        finally:
            if cluster is not None:
                Cluster.give_back()
    return fair


if __name__ == "__main__":
    counts = [int(each) for each in sys.argv[1:]] or [1000, 200]
    sys.exit(0 if asyncio.run(_everything(counts[0], counts[1] if len(counts) > 1 else counts[0])) else 1)
