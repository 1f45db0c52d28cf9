"""How long after hanging up the customer's systems know, and how many calls a minute: `python -m bench.aftercall`.

    python -m bench.aftercall embedded [calls] [waiting]    one process and SQLite, as `leadline up` does
    python -m bench.aftercall pool [calls] [waiting]        PostgreSQL, a dispatcher and two workers of a work pool

Starts real Prefect servers and processes, and a receiver on loopback. First `calls` calls end one by one, then
`waiting` at once. Each lane has a signed webhook and an e-mail. Prints seconds from the commit of the finished call to
the webhook at the receiver, runs a minute, and memory in use.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from engine.aftercall.server import PrefectServer, default_cache
from engine.simulate.receiver import Receiver
from engine.store import Database, outbox
from engine.store.migration import migrate
from tests.support.aftercall import arrow, card, flow, hang_up, result
from tests.support.postgres import Cluster, find_binaries

Setting = Literal["embedded", "pool"]
SHAPES: dict[Setting, tuple[str, ...]] = {"embedded": ("all",), "pool": ("dispatcher", "worker", "worker")}
ROOT = Path(__file__).resolve().parents[1]
LANE = flow(("tell",), (card("tell"), card("mail", "email", to="office@example.com")), (arrow("tell", "mail"),))


@dataclass
class Installation:
    server: PrefectServer
    database: Database
    crm: Receiver
    processes: list[asyncio.subprocess.Process]

    async def end_calls(self, ids: Sequence[str]) -> dict[str, float]:
        """Ends calls as fast as it goes. The moments at which each was committed, on the event loop's clock."""
        committed = {}
        for id in ids:
            await hang_up(self.database, LANE, result(id), datetime.now(UTC))
            committed[id] = asyncio.get_running_loop().time()
        return committed

    async def done(self, ids: Sequence[str]) -> None:
        left = list(ids)
        while left:
            async with self.database.read() as tx:
                entries = [await outbox.find(tx, id) for id in left]
            left = [entry.call_id for entry in entries if entry and entry.state != "done"]
            await asyncio.sleep(0.2)

    def waits(self, committed: dict[str, float]) -> list[float]:
        arrived = {delivery.id.partition(":")[0]: delivery.arrived for delivery in self.crm.deliveries}
        return sorted(arrived[id] - at for id, at in committed.items())


@asynccontextmanager
async def installation(setting: Setting, folder: Path) -> AsyncIterator[Installation]:
    async with AsyncExitStack() as stack:
        if setting == "pool":
            binaries = find_binaries()
            if binaries is None:
                raise SystemExit("This setting needs PostgreSQL (Debian: apt-get install postgresql).")
            cluster = Cluster(binaries, durable=True)
            await asyncio.to_thread(cluster.start)
            stack.callback(cluster.stop)
            url, prefect_url = (cluster.url(cluster.create_database()) for _ in range(2))
            server = PrefectServer(folder / "prefect", 0, None, 240, database_url=prefect_url)
        else:
            url = f"sqlite:///{folder}/app.db"
            server = PrefectServer(folder / "prefect", 0, default_cache())
        await migrate(url)
        await stack.enter_async_context(server)
        crm = await stack.enter_async_context(Receiver())
        database = Database(url)
        stack.push_async_callback(database.close)
        order = {
            "api_url": server.api_url, "home": str(folder / "home"), "url": crm.url, "secret": crm.secret,
            "database": url, "folder": str(folder / "outbox"), "limit": "4", "terms": "production",
            "pool": "calls" if setting == "pool" else "",
        }  # fmt: skip
        processes = []
        for role in SHAPES[setting]:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.support.aftercall_worker", json.dumps(order | {"role": role}), cwd=ROOT,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, env=dict(os.environ),
            )  # fmt: skip
            stack.push_async_callback(process.wait)
            stack.callback(process.kill)
            processes.append(process)
        yield Installation(server, database, crm, processes)


async def main(setting: Setting, calls: int, waiting: int) -> None:
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as name:
        async with installation(setting, Path(name)) as house:
            print(f"server start          {house.server.started_in_s:6.2f} s")
            await house.done(list(await house.end_calls(["warm_1", "warm_2"])))
            one_by_one: list[float] = []
            for each in range(calls):
                committed = await house.end_calls([f"idle_{each}"])
                await house.done(list(committed))
                one_by_one += house.waits(committed)
                await asyncio.sleep(0.5)
            print(f"idle                  {spread(one_by_one)}, {calls} calls")
            began = time.monotonic()
            committed = await house.end_calls([f"burst_{each}" for each in range(waiting)])
            await house.done(list(committed))
            took = time.monotonic() - began
            print(f"all at once           {spread(house.waits(committed))}, {waiting} calls")
            print(f"runs a minute         {waiting * 60 / took:6.1f}")
            print(f"memory of Prefect     {resident_mb(house.server.pid):6.0f} MB")
            for role, process in zip(SHAPES[setting], house.processes, strict=True):
                print(f"memory of {role:11} {resident_mb(process.pid):6.0f} MB")
            print(f"doubles at receiver   {house.crm.repeats:6}")


def spread(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    p50, p95 = (ordered[min(int(len(ordered) * part), len(ordered) - 1)] for part in (0.5, 0.95))
    return f"{p50:6.2f} s p50, {p95:.2f} s p95"


def resident_mb(pid: int | None) -> float:
    """What the process keeps in memory (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


if __name__ == "__main__":
    given = dict(enumerate(sys.argv[1:]))
    chosen: Setting = "pool" if given.get(0) == "pool" else "embedded"
    asyncio.run(main(chosen, int(given.get(1, "12")), int(given.get(2, "200"))))
