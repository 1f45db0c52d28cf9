"""How long after hanging up the customer's system knows: `python -m bench.aftercall [calls]`.

Starts a Prefect server in a fresh folder, a receiver on loopback and a worker, ends calls one by one, and prints
seconds: server start, and from the commit of the finished call to the signed webhook at the receiver.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from engine.aftercall.server import PrefectServer, client_environment, default_cache


async def main(calls: int) -> None:
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as name:
        folder = Path(name)
        async with PrefectServer(folder / "prefect", 0, default_cache()) as server:
            print(f"server start          {server.started_in_s:6.2f} s")
            os.environ.update(client_environment(server.api_url, folder / "client"))
            waits = await measure(folder, calls)
    ordered = sorted(waits)
    print(
        f"hang-up to webhook    {statistics.median(ordered):6.2f} s median, {ordered[-1]:.2f} s longest, {calls} calls"
    )


async def measure(folder: Path, calls: int) -> list[float]:
    from engine.aftercall.worker import AfterCallWorker
    from engine.sdk.registry import discover
    from engine.simulate.receiver import Receiver
    from engine.store import Database
    from engine.store.migration import migrate
    from tests.support.aftercall import Book, arrow, card, flow, hang_up, lane, result

    database = Database(f"sqlite:///{folder}/app.db")
    await migrate(f"sqlite:///{folder}/app.db")
    drawn = flow(("tell",), (card("tell"), card("mail", "email", to="office@example.com")), (arrow("tell", "mail"),))
    waits: list[float] = []
    async with Receiver() as crm:
        book = Book()
        book.add("webhook", "webhook", {"url": crm.url, "secret": crm.secret})
        worker = asyncio.create_task(AfterCallWorker(lane(database, discover(), folder / "outbox", book)).run())
        for each in range(calls):
            began = time.monotonic()
            await hang_up(database, drawn, result(f"call_{each}"), datetime.now(UTC))
            await crm.arrived(each + 1)
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.5)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    await database.close()
    return waits


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 12))
