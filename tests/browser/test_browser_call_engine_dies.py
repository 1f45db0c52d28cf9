"""kill -9 of the engine in the middle of a call from the browser: the page says so, and the call goes on by itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from engine.supervisor import free_port
from tests.support.api import TOKEN
from tests.support.background_house import House
from tests.support.chromium import chromium
from tests.support.screens import screens
from tests.support.servers import Servers, servers

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.xdist_group("screens")]

DRAWN_MS = 40_000


@dataclass(frozen=True)
class Background:
    here: Servers
    loop: asyncio.AbstractEventLoop

    def do(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


@contextmanager
def in_background(folder: Path, **settings: str) -> Iterator[Background]:
    """One web server that can be killed, beside a thread that is busy with a browser."""
    made: list[Background] = []
    ready, over = threading.Event(), threading.Event()

    async def live() -> None:
        url = f"sqlite+aiosqlite:///{folder / 'calls.db'}"
        async with servers(folder, url, {}, count=1, **settings) as here:
            made.append(Background(here, asyncio.get_running_loop()))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    try:
        assert ready.wait(60)
        yield made[0]
    finally:
        over.set()
        thread.join()


def test_the_engine_is_killed_and_the_call_comes_back_when_it_runs_again(tmp_path: Path) -> None:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with in_background(tmp_path, LEADLINE_BUILDER_ORIGINS=origin) as background:
        house = House(background.here.address, TOKEN, datetime.now(UTC), port)
        with (
            screens(house, tmp_path / "streamlit.log", script="tests/support/call_page.py") as address,
            sync_playwright() as playwright,
            chromium(playwright) as browser,
        ):
            page = browser.new_page()
            page.goto(address)
            page.get_by_role("button", name="Call from the browser").click(timeout=DRAWN_MS)
            expect(page.get_by_role("log")).to_contain_text("Robin", timeout=DRAWN_MS)
            [server] = background.here.processes
            background.do(server.kill())
            expect(page.get_by_role("alert")).to_contain_text("The call is still there")
            background.do(server.start())
            expect(page.get_by_text("Talking", exact=True)).to_be_visible(timeout=DRAWN_MS)
            expect(page.get_by_role("log")).to_contain_text("the line dropped", timeout=DRAWN_MS)
            page.get_by_role("button", name="Hang up").click()
            expect(page.get_by_text("You hung up.", exact=False)).to_be_visible()
