"""The real application on loopback in a thread of its own, for tests that are not coroutines (AppTest, browsers)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.api.engines import OpenEngines
from engine.supervisor import free_port
from tests.support.api import TOKEN, leadline
from tests.support.seeded_calls import seed

START_S = 60.0


@dataclass(frozen=True)
class House:
    """`builder_port`: where its builder may be served; the engine lets pages from there ask it."""

    address: str
    token: str
    seeded_at: datetime
    builder_port: int


@contextmanager
def background_house(
    folder: Path, *, seeded: bool = True, engines: OpenEngines | None = None, **settings: object
) -> Iterator[House]:
    """Serving when the block begins, stopped when it ends. Whatever went wrong inside is raised here. `engines`,
    `settings`: as `leadline` takes them."""
    made: list[House] = []
    ready, failed = threading.Event(), []
    builder_port = free_port()
    stop: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def live() -> None:
        over = asyncio.Event()
        stop.append((asyncio.get_running_loop(), over))
        chosen = {"builder_origins": f"http://127.0.0.1:{builder_port}", **settings}
        async with leadline(folder, engines=engines, **chosen) as house:
            now = datetime.now(UTC)
            if seeded:
                await seed(house.services.database, house.settings.data_dir / "recordings", now)
            made.append(House(house.settings.public_url, TOKEN, now, builder_port))
            ready.set()
            await over.wait()

    def run() -> None:
        try:
            asyncio.run(live())
        except Exception as problem:
            failed.append(problem)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="house")
    thread.start()
    try:
        assert ready.wait(START_S), "the engine did not start in time"
        if failed:
            raise failed[0]
        yield made[0]
    finally:
        if stop:
            loop, over = stop[0]
            if not loop.is_closed():
                loop.call_soon_threadsafe(over.set)
        thread.join()
    if failed:
        raise failed[0]
