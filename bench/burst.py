"""Ten thousand leads at once, and the database goes away in the middle: `python -m bench.burst [leads]`

One in a hundred is sent twice. Senders do what vendors do: whatever is not answered with 200 or 201 is sent again after
a pause, and so is what got no answer. In the middle PostgreSQL is restarted as by a crash; on SQLite, where the server
is the database, the server process is killed with -9 and started again. Printed is what became of the leads; ends with
1 if any was lost, stored twice, due twice or left without an answer.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from bench.lead_house import House, database_at
from bench.lead_load import Connections, request
from engine.store import Database

LEADS = 10_000
SENDERS = 64
PAUSES_S = (0.1, 0.3, 1.0, 2.0)
"""Before the first, second ... repetition; the last one for all that follow."""
GIVE_UP_S = 180.0


@dataclass
class Burst:
    """What the senders saw. `answered`: leads that were taken in the end."""

    leads: int
    answered: set[int] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    begun: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Kept:
    """What stands in the database. `due`: leads that would be called."""

    leads: int
    persons: int
    due: int
    consents: int

    def faults(self, burst: Burst) -> list[str]:
        found = {
            "lost": len(burst.answered) - self.persons,
            "stored twice": self.leads - self.persons,
            "without an answer": burst.leads - len(burst.answered),
            "to be called twice": self.due - self.persons,
            "consents missing or double": self.consents - self.persons,
        }
        return [f"{name}: {count}" for name, count in found.items() if count]


async def send(house: House, leads: int, trouble: Callable[[], Awaitable[None]]) -> Burst:
    """All leads, one in a hundred twice; `trouble` comes when half of them are under way."""
    burst = Burst(leads)
    numbers = [number for each in range(leads) for number in ([each, each] if each % 100 == 0 else [each])]
    waiting = iter(numbers)
    began = time.monotonic()

    async def sender() -> None:
        connections = Connections(house.port)
        for number in waiting:
            burst.begun += 1
            data, tries = request(house.port, house.source_id, number), 0
            while time.monotonic() - began < GIVE_UP_S:
                status = await connections.send(data)
                burst.statuses[status] += 1
                if status in (200, 201):
                    burst.answered.add(number)
                    break
                await asyncio.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
                tries += 1
        connections.close()

    async def in_the_middle() -> None:
        while burst.begun < len(numbers) // 2:  # noqa: ASYNC110  a count of another task, looked at now and then
            await asyncio.sleep(0.005)
        await trouble()

    await asyncio.gather(in_the_middle(), *(sender() for _ in range(SENDERS)))
    burst.seconds = time.monotonic() - began
    return burst


async def kept(database_url: str) -> Kept:
    database = Database(database_url)
    async with database.read() as tx:

        async def count(what: str) -> int:
            return int((await tx.execute(text(f"SELECT {what}"))).scalar_one())

        found = Kept(
            await count("count(*) FROM lead"),
            await count("count(DISTINCT phone) FROM lead"),
            await count("count(*) FROM lead WHERE state = 'waiting' AND next_call_at IS NOT NULL"),
            await count("count(*) FROM consent"),
        )
    await database.close()
    return found


async def burst_on(kind: str, folder: Path, leads: int) -> tuple[Burst, Kept]:
    with database_at(kind, folder) as (url, cluster):
        house = House(folder, url)
        await house.prepare()
        house.start()

        def trouble() -> None:
            if cluster is not None:
                cluster.restart()
            else:
                house.kill()
                house.start()

        try:
            burst = await send(house, leads, lambda: asyncio.to_thread(trouble))
            return burst, await kept(url)
        finally:
            house.kill()


async def main() -> int:
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else LEADS
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    bad = False
    for kind, what in (("sqlite", "server killed with -9"), ("postgresql", "database restarted")):
        with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
            burst, found = await burst_on(kind, Path(folder), leads)
        faults = found.faults(burst)
        bad = bad or bool(faults)
        answers = ", ".join(
            f"{count} × {status or 'no answer'}" for status, count in sorted(burst.statuses.items(), reverse=True)
        )
        print(
            f"{kind}, {what} in the middle: {leads} leads and {leads // 100} sent twice in {burst.seconds:.1f} s "
            f"({leads / burst.seconds:.0f}/s): lost {max(0, len(burst.answered) - found.persons)}, stored twice "
            f"{found.leads - found.persons}, answered {len(burst.answered)}; answers: {answers}"
        )
        for fault in faults:
            print(f"  WRONG {fault}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
