"""How long an edit takes until it is saved, and until the problems it makes are marked, over HTTP.

    python bench/editing.py [rounds]

The server runs in a process of its own, as in production; the client opens a flow of 10, 50 and 200 cards, types into
a card, breaks something and mends it. *Saved*: the edit is in the database and the answer has begun to arrive.
*Marked*: the answer with all issues and everything that the canvas shows has been read. *Nothing new*: what an open
editor asks every two seconds. PostgreSQL is a throw-away cluster with fsync on; without PostgreSQL installed only
SQLite is measured.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import platform
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx
import uvloop

from engine.api.server import keep_for_good
from engine.sdk import Json
from tests.support.api import TOKEN, leadline
from tests.support.large_flows import large_flow
from tests.support.postgres import Cluster

SIZES = (10, 50, 200)
HEAD = {"Authorization": f"Bearer {TOKEN}"}


async def serve(folder: Path, database_url: str | None, ready: Connection) -> None:
    settings: dict[str, object] = {"database_url": database_url} if database_url else {}
    async with leadline(folder, **settings) as house:
        keep_for_good()
        ready.send(house.settings.public_url)
        await asyncio.to_thread(ready.recv)


def run(folder: Path, database_url: str | None, ready: Connection) -> None:
    uvloop.run(serve(folder, database_url, ready))


@contextmanager
def server(folder: Path, database_url: str | None) -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run, args=(folder, database_url, theirs))
    process.start()
    try:
        if not ours.poll(60):
            raise SystemExit("The server did not start.")
        yield ours.recv()
    finally:
        ours.send("stop")
        process.join(30)
        process.kill()


class Editor:
    """A window in which somebody edits one flow."""

    def __init__(self, client: httpx.Client, flow: str, revision: int) -> None:
        self.client, self.flow, self.revision = client, flow, revision
        self.saved: list[float] = []
        self.marked: list[float] = []
        self.bytes = 0

    def edit(self, *steps: dict[str, Json]) -> dict[str, Json]:
        body = {
            "base_revision": self.revision, "client": "bench", "by": "Ana",
            "edits": [{"id": uuid.uuid4().hex, "label": "Edit", "steps": list(steps)}],
        }  # fmt: skip
        begun = time.perf_counter()
        with self.client.stream("POST", f"/flows/{self.flow}/edits", json=body) as answer:
            if answer.status_code != 200:
                raise SystemExit(answer.read().decode())
            self.saved.append((time.perf_counter() - begun) * 1000)
            content = answer.read()
        given: dict[str, Json] = json.loads(content)
        self.marked.append((time.perf_counter() - begun) * 1000)
        self.bytes = len(content)
        self.revision = int(str(given["revision"]))
        return given


def measure(address: str, cards: int, rounds: int) -> tuple[Editor, list[float], float]:
    with httpx.Client(base_url=address, headers=HEAD, timeout=30) as client:
        made = client.post("/flows", json={"document": large_flow(cards)}).json()
        begun = time.perf_counter()
        client.get(f"/flows/{made['id']}/draft").json()
        opened = (time.perf_counter() - begun) * 1000
        editor = Editor(client, made["id"], made["revision"])
        way = made["document"]["edges"][-1]
        editor.edit({"do": "put", "path": ["name"], "value": "Warm"})
        editor.saved.clear()
        editor.marked.clear()
        for number in range(rounds):
            match number % 3:
                case 0:
                    card = ["nodes", "find_out", "settings", "goal"]
                    editor.edit({"do": "put", "path": card, "value": f"Learn what the caller needs, {number}."})
                case 1:
                    broken = editor.edit({"do": "remove", "path": ["edges", way["id"]]})
                    if not broken["issues"]:
                        raise SystemExit("The broken way was not marked.")
                case _:
                    editor.edit({"do": "insert", "path": ["edges"], "value": way})
        polls = []
        for _ in range(rounds):
            begun = time.perf_counter()
            client.get(f"/flows/{made['id']}/edits", params={"since": editor.revision}).json()
            polls.append((time.perf_counter() - begun) * 1000)
        return editor, polls, opened


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def show(name: str, database_url: str | None, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), database_url) as address:
        for cards in SIZES:
            editor, polls, opened = measure(address, cards, rounds)
            for what, values in (("saved", editor.saved), ("marked", editor.marked), ("nothing new", polls)):
                print(
                    f"{name:<11} {cards:>4} cards  {what:<12} p50 {statistics.median(values):6.1f} ms   "
                    f"p95 {p95(values):6.1f} ms   n={len(values)}"
                )
            size = f"an answer has {editor.bytes / 1000:.0f} kB"
            print(f"{name:<11} {cards:>4} cards  draft opened {opened:5.1f} ms, {size}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    print(f"{platform.platform()}, Python {platform.python_version()}")
    show("SQLite", None, rounds)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        print("PostgreSQL is not installed here: not measured.")
        return
    cluster = Cluster(installed[-1].parent, durable=True)
    cluster.start()
    try:
        show("PostgreSQL", cluster.url(cluster.create_database()), rounds)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
