"""What a look-up, a hold and a booking at Cal.com take: at its emulator, with and without the delay of a network.

    python bench/calcom.py [rounds]

The delay is an assumption (200 ms for every request); without it the figures are what Leadline itself needs: its own
rows are written before and after (SQLite). A look-up is two weeks of office hours.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.store import Database
from engine.store.migration import migrate
from tests.calendars.calcom_house import DANA, NOW, RULES, House
from tests.emulators.calcom import CalComEmulator, EventType
from tests.emulators.faults import Fault
from tests.emulators.systems import working_hours

T = TypeVar("T")


async def measure(rounds: int, delay_s: float, folder: Path) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Milliseconds of each step, and how many requests it takes."""
    url = f"sqlite+aiosqlite:///{folder / f'{delay_s}.db'}"
    await migrate(url)
    database = Database(url)
    times: dict[str, list[float]] = {}
    requests: dict[str, list[int]] = {}
    async with CalComEmulator(clock=lambda: NOW) as cal:
        cal.add(EventType(10, hosts=tuple(f"Host {number}" for number in range(rounds + 1))), working_hours(NOW))
        house = await House.open(database, cal)

        async def timed(step: str, work: Awaitable[T]) -> T:
            before, began = len(cal.served), time.perf_counter()
            result = await work
            times.setdefault(step, []).append((time.perf_counter() - began) * 1000)
            requests.setdefault(step, []).append(len(cal.served) - before)
            return result

        await house.calendar.openings(RULES, NOW)
        if delay_s:
            cal.faults.set(Fault("delay", seconds=delay_s))
        for number in range(rounds):
            key, who = f"call_{number}:appointment", replace(DANA, email=f"lead{number}@example.com")
            openings = await timed("look-up", house.calendar.openings(RULES, NOW, key))
            opening = openings[number % len(openings)]
            hold = await timed("hold", house.calendar.hold(opening, RULES, key, NOW))
            await timed("booking", house.calendar.confirm(hold, key, who, NOW + timedelta(seconds=20)))
    await database.close()
    return times, {step: statistics.mean(counted) for step, counted in requests.items()}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(f"{platform.platform()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        for name, delay_s in (("Cal.com's emulator", 0.0), ("the same, +200 ms", 0.2)):
            times, requests = asyncio.run(measure(rounds if not delay_s else min(rounds, 20), delay_s, Path(folder)))
            for step, values in times.items():
                p95 = statistics.quantiles(values, n=20)[-1]
                print(
                    f"{name:<20} {step:<8} p50 {statistics.median(values):6.0f} ms   p95 {p95:6.0f} ms   "
                    f"{requests[step]:.1f} requests   n={len(values)}"
                )


main()
