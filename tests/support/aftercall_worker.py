"""An after-call worker in a process of its own, to be killed: `python -m tests.support.aftercall_worker <json>`."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path


async def main(order: dict[str, str]) -> None:
    from engine.aftercall.server import client_environment

    os.environ.update(client_environment(order["api_url"], Path(order["home"])))
    from engine.aftercall.verdict import Terms
    from engine.aftercall.worker import AfterCallWorker, WorkerOptions
    from engine.sdk.registry import discover
    from engine.store import Database
    from tests.support.aftercall import Book, lane

    book = Book()
    book.add("webhook", "webhook", {"url": order["url"], "secret": order["secret"]})
    database = Database(order["database"])
    terms = Terms(lease_s=3, pending_s=3, longest_step_s=2.5, step_margin_s=0.5)
    work = lane(database, discover(), Path(order["folder"]), book, terms=terms)
    print("ready", datetime.now(UTC).isoformat(), flush=True)
    await AfterCallWorker(work, WorkerOptions(reconcile_s=0.5)).run()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
