"""A part of the lane in a process of its own, to be killed: `python -m tests.support.aftercall_worker <json>`.

`role`: `all` (the default) does everything; `dispatcher` and `worker` are the two sides of the work pool `pool`.
`terms` `production`: leases and pauses as they are outside of tests.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from engine.with_parent import end_with_parent


async def main(order: dict[str, str]) -> None:
    from engine.aftercall.server import client_environment

    os.environ.update(client_environment(order["api_url"], Path(order["home"])))
    from engine.aftercall.roles import keep_working
    from engine.aftercall.verdict import Terms
    from engine.aftercall.worker import AfterCallWorker, WorkerOptions
    from engine.sdk.registry import discover
    from engine.store import Database
    from tests.support.aftercall import Book, lane

    book = Book()
    book.add("webhook", "webhook", {"url": order["url"], "secret": order["secret"]})
    database = Database(order["database"])
    pool = order.get("pool", "")
    terms = Terms(lease_s=3, pending_s=3, longest_step_s=2.5, step_margin_s=0.5)
    if pool:  # a run of a pool has first to be fetched by a worker
        terms = Terms(lease_s=6, pending_s=15, longest_step_s=5, step_margin_s=1)
    if order.get("terms") == "production":
        terms = Terms()
    work = lane(database, discover(), Path(order["folder"]), book, terms=terms)
    print("ready", datetime.now(UTC).isoformat(), flush=True)
    if order.get("role") == "worker":
        await keep_working(work, pool, int(order.get("limit", "2")))
    await AfterCallWorker(work, WorkerOptions(at_once=8 if pool else 4, reconcile_s=0.5), pool).run()


if __name__ == "__main__":
    end_with_parent()
    asyncio.run(main(json.loads(sys.argv[1])))
