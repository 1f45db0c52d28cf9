"""What a look-up and a booking in a diary at another service take: at Google Calendar's emulator, with and without the
delay of a network, and on real CalDAV servers of this machine.

    python bench/calendars.py [rounds]

A look-up is two weeks of busy times; a booking is one entry written; checked is a booking with a look at its hour
before and after. The delay is an assumption (200 ms for every request); without it the figures are what Leadline and
the server need themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.calendars.opening import open_diary
from engine.schedule.diary import Diary, DiaryEntry
from engine.sdk import BookingDetails, Connection, Opening
from tests.emulators.faults import Fault
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.support.caldav_servers import CalDavServer, running_radicale, running_xandikos

START = datetime(2026, 11, 30, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
DETAILS = BookingDetails("Estimate", "Dana Reyes", "+14155550123", notes="Asphalt shingles, leaks at the back.")
ENTRIES = 60
AT_ONCE = 5


def entry(number: int) -> DiaryEntry:
    start = START + timedelta(days=number // 8, hours=number % 8)
    return DiaryEntry(f"call_{number}:visit", Opening(start, start + HOUR), "America/Los_Angeles", DETAILS)


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


async def measure(diary: Diary, rounds: int) -> dict[str, list[float]]:
    async def look() -> object:
        return await diary.busy(START, START + timedelta(days=14))

    async def checked(number: int) -> None:
        hour = entry(number).opening
        await diary.busy(hour.start, hour.end)
        await diary.write(entry(number))
        await diary.busy(hour.start, hour.end)

    for number in range(ENTRIES):
        await diary.write(entry(number))
    await look()
    times: dict[str, list[float]] = {"look-up": [], "booking": [], "checked": []}
    for number in range(1000, 1000 + rounds):
        times["look-up"].append(await timed(look))
        times["booking"].append(await timed(lambda number=number: diary.write(entry(number))))  # type: ignore[misc]
        await diary.remove(entry(number).key)
        other = number + rounds
        times["checked"].append(await timed(lambda number=other: checked(number)))  # type: ignore[misc]
        await diary.remove(entry(other).key)
    times[f"look-up, {AT_ONCE} at once"] = list(await asyncio.gather(*(timed(look) for _ in range(AT_ONCE))))
    return times


def show(name: str, times: dict[str, list[float]]) -> None:
    for step, values in times.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        print(f"{name:<26} {step:<20} p50 {statistics.median(values):6.0f} ms   p95 {p95:6.0f} ms   n={len(values)}")


async def google(rounds: int, delay_s: float) -> dict[str, list[float]]:
    async with GoogleCalendarEmulator() as emulator:
        settings = {"key_file": emulator.key_file, "calendar": emulator.calendar.id, "endpoint": emulator.address}
        if delay_s:
            emulator.faults.set(Fault("delay", seconds=delay_s))
        return await measure(await open_diary(Connection("bench", "google_calendar", settings), ""), rounds)


async def caldav(server: CalDavServer, rounds: int) -> dict[str, list[float]]:
    return await measure(await open_diary(server.connection(server.make_calendar()), ""), rounds)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(f"{platform.platform()}, Python {platform.python_version()}; {ENTRIES} entries in the calendar")
    show("Google emulator", asyncio.run(google(rounds, 0.0)))
    show("Google emulator +200 ms", asyncio.run(google(min(rounds, 20), 0.2)))
    with contextlib.ExitStack() as stack:
        show("Radicale", asyncio.run(caldav(stack.enter_context(running_radicale()), rounds)))
        show("Xandikos", asyncio.run(caldav(stack.enter_context(running_xandikos()), rounds)))


main()
