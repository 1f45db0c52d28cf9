"""What a booking adds to a turn: `python -m bench.booking_turns [calls]` (a minute).

Two tables. *Work*: whole talks with the built-in calendar, on SQLite and on PostgreSQL with fsync on; milliseconds from
the caller's words to the first word of the answer, for an ordinary turn, the one that looks for times, the one that
holds, and the one that books. *Waiting*: a calendar elsewhere that takes 0.3, 1 and 3 seconds a request (virtual time);
when the caller hears the first word, and when the answer.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

from engine.call.acts import Act, Say
from engine.call.conversation import FlowConversation
from engine.call.scene import CallTalk
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.schedule import WorkingHours
from engine.sdk import Calendar
from engine.sdk.registry import discover
from engine.simulate.judge import percentile
from engine.simulate.text_call import Notebook, TextOutside
from engine.store import Database, appointments
from engine.store.appointments import CalendarSetup
from engine.store.calendar import BuiltInCalendar
from engine.store.migration import migrate
from tests.support.postgres import Cluster
from tests.support.slow_calendar import SlowCalendar
from tests.support.talk import DANA, START, ZONE
from tests.support.virtual_time import VirtualLoop

TURNS = (
    ("ordinary turn", "Yes."),
    ("looks for times", "My roof leaks, our house, 94110, this week."),
    ("holds the time", "Thursday at ten."),
    ("books", "Yes."),
)
WEEK = WorkingHours.read({day: ["09:00-17:00"] for day in ("tuesday", "wednesday", "thursday", "friday")})
FLOW, MODEL, NODES = shipped.load("home_services").flow, OfflineModel(), discover()


async def first_and_last(acts: AsyncIterator[Act], clock: Callable[[], float]) -> tuple[float, float]:
    """Seconds until the first word, and until the first that is no filler."""
    began, first, answer = clock(), 0.0, 0.0
    async for act in acts:
        if isinstance(act, Say):
            first = first or clock() - began or 1e-9
            if act.kind != "filler":
                answer = answer or clock() - began or 1e-9
    return first, answer


async def talk(call: str, calendar: Calendar, clock: Callable[[], float]) -> dict[str, tuple[float, float]]:
    """The times of one talk, by turn."""
    about = CallTalk(call, FLOW, DANA, lambda at: START + timedelta(seconds=at))
    conversation = FlowConversation(about, NODES, MODEL, TextOutside({"main": calendar}), Notebook())
    await first_and_last(conversation.answered("Hello?", 0.0), clock)
    return {
        name: await first_and_last(conversation.heard(words, 5.0 * place), clock)
        for place, (name, words) in enumerate(TURNS, start=1)
    }


async def measured(url: str, calls: int) -> dict[str, list[float]]:
    await migrate(url)
    database = Database(url)
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", str(ZONE), WEEK, step_min=60))
    calendar = await BuiltInCalendar.open(database, "main")
    times: dict[str, list[float]] = {name: [] for name, _ in TURNS}
    for number in range(calls):
        for name, (first, _) in (await talk(f"call_{number}", calendar, time.perf_counter)).items():
            times[name].append(1000 * first)
        async with database.read() as tx:
            booked = await appointments.appointments(tx, "main", START)
        for each in booked:
            await calendar.cancel(each.booking.id)
    await database.close()
    return times


def show(where: str, times: dict[str, list[float]]) -> None:
    ordinary = statistics.median(times["ordinary turn"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(
            f"{where:<11} {name:<16} p50 {middle:6.1f} ms  p95 {percentile(values, 0.95):6.1f} ms"
            f"  over an ordinary turn {middle - ordinary:+6.1f} ms  n={len(values)}"
        )


def waiting() -> None:
    for delay in (0.3, 1.0, 3.0):
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            loop = runner.get_loop()
            calendar = SlowCalendar(openings=delay, hold=delay, confirm=delay)
            times = runner.run(talk("call_slow", calendar, loop.time))
        for name, (first, answer) in times.items():
            if name != "ordinary turn":
                print(
                    f"{delay:.1f} s a request, {name:<16} first word after {first:.1f} s, answer after {answer:.1f} s"
                )


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{platform.platform()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        show("SQLite", asyncio.run(measured(f"sqlite:///{folder}/bench.db", calls)))
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        cluster = Cluster(installed[-1].parent, durable=True)
        cluster.start()
        try:
            show("PostgreSQL", asyncio.run(measured(cluster.url(cluster.create_database()), calls)))
        finally:
            cluster.stop()
    else:
        print("PostgreSQL is not installed here: not measured.")
    waiting()


if __name__ == "__main__":
    main()
