"""How fast a registry's list is loaded and asked, and in how much memory: `python -m bench.do_not_call [numbers]`.

A file of `numbers` (a million, if not said otherwise) is loaded into SQLite and, where its programs are found, into
PostgreSQL, as the API does it; then a list of the same size takes its place. Meanwhile somebody else writes a row every
few milliseconds, as a dialer does. Prints lines a second, how long the others waited, look-ups a second, the size of
the database, and how much this process grew.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from engine.clock import Clock
from engine.leads.list_loading import ListLoading
from engine.store import Database, stopped_states
from engine.store import do_not_call_lists as lists
from engine.store.migration import migrate
from tests.support.postgres import Cluster, find_binaries

NOW = datetime.now(UTC)
LOOKS = 2000
TARGET = 20_000
"""Lines a second: the national list, a quarter of a billion numbers, within four hours."""


def write_file(path: Path, numbers: int) -> None:
    first = 2_002_000_000
    with path.open("w") as file:
        for number in range(numbers):
            digits = first + number * 7919 % 7_990_000_000
            file.write(f"{str(digits)[:3]},{2 + number % 8}{str(digits)[4:]}\n")


async def others(database: Database, waits: list[float], over: asyncio.Event) -> None:
    while not over.is_set():
        began = time.perf_counter()
        async with database.begin() as tx:
            await stopped_states.stop(tx, "LA", NOW + timedelta(days=1), "bench", "bench", NOW)
        waits.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(0.005)


async def load(database: Database, path: Path, days_old: int) -> tuple[float, lists.NumberList, list[float]]:
    """Seconds until the list counts."""
    loading = ListLoading(database, Clock())
    async with database.begin() as tx:
        list_id = await lists.begin(tx, "", "National", NOW - timedelta(days=days_old), "bench", NOW)
    waits: list[float] = []
    over = asyncio.Event()
    writer = asyncio.create_task(others(database, waits, over))
    began = time.perf_counter()
    await loading.load(list_id, path.open("rb"), "")
    seconds = time.perf_counter() - began
    over.set()
    await writer
    async with database.read() as tx:
        made = await lists.read(tx, list_id)
    assert made is not None and made.status == "complete", made
    return seconds, made, waits


async def look(database: Database) -> float:
    """Look-ups a second, each as the dialer makes it."""
    began = time.perf_counter()
    async with database.read() as tx:
        for _ in range(LOOKS):
            await lists.lookup(tx, f"+1{random.randrange(2_002_000_000, 9_999_999_999)}")
    return LOOKS / (time.perf_counter() - began)


async def measure(name: str, address: str, path: Path) -> None:
    await migrate(address)
    database = Database(address)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for turn, days_old in (("first list", 2), ("takes its place", 1)):
        seconds, made, waits = await load(database, path, days_old)
        waits.sort()
        rate = made.numbers / seconds
        print(
            f"{name}, {turn}: {made.numbers:,} numbers in {seconds:.1f} s, {rate:,.0f} a second "
            f"({rate / TARGET:.1f} of the target); others wrote meanwhile within {waits[len(waits) // 2]:.0f} ms "
            f"(p50), {waits[int(len(waits) * 0.99)]:.0f} ms (p99)"
        )
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if database.is_sqlite:
        size = sum(each.stat().st_size for each in path.parent.glob("leadline.db*")) / 1e6
    else:
        async with database.read() as tx:
            size = (await tx.execute(text("SELECT pg_total_relation_size('listed_number')"))).scalar_one() / 1e6
    looks = await look(database)
    print(f"{name}: {looks:,.0f} look-ups a second; {size:,.0f} MB on disk; this process grew {grown:.0f} MB")
    await database.close()


async def main(numbers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "national.txt"
        write_file(path, numbers)
        await measure("SQLite", f"sqlite:///{folder}/leadline.db", path)
        binaries = find_binaries()
        if binaries is None:
            print("PostgreSQL's programs are not here.")
            return
        cluster = Cluster(binaries, durable=True)
        await asyncio.to_thread(cluster.start)
        try:
            await measure("PostgreSQL", cluster.url(await asyncio.to_thread(cluster.create_database)), path)
        finally:
            await asyncio.to_thread(cluster.stop)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
