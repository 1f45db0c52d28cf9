"""What the builder costs whoever works on it: `python -m bench.builder [cards ...]` (10, 50 and 200 unless told).

The whole Editor page, canvas and panel, in Debian's chromium: from opening it to the first card and to the form, and
from the last letter of a text to the engine having it. How large each bundle is. And what axe-core finds on every page.
What the canvas alone costs: `bench/canvas.py`; an edit over HTTP: `bench/editing.py`. All runs on loopback, and
chromium paints in software here.
"""

from __future__ import annotations

import gzip
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.test_accessibility import ALL
from tests.browser.test_screens import ARGUMENTS, CHROMIUM
from tests.support.accessibility import findings
from tests.support.background_house import House, background_house
from tests.support.large_flows import large_flow
from tests.support.screens import ROOT, screens

LOADS: Final = 5
EDITS: Final = 15
WAIT_MS: Final = 60_000


def main(sizes: list[int]) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for script in sorted((ROOT / "ui" / "static" / "components").glob("*.js")):
        size = script.read_bytes()
        print(f"{script.name}: {len(size) / 1024:.0f} kB, {len(gzip.compress(size)) / 1024:.0f} kB with gzip")
    with (
        tempfile.TemporaryDirectory(prefix="leadline-bench-") as name,
        background_house(Path(name) / "data") as house,
        screens(house, Path(name) / "log") as address,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = chromium.new_context(viewport={"width": 1440, "height": 1000}, color_scheme="light").new_page()
        for size in sizes:
            editor(page, house, address, size)
        accessibility(page, address)
        chromium.close()


def editor(page: Page, house: House, address: str, size: int) -> None:
    """One flow of so many cards."""
    headers = {"Authorization": f"Bearer {house.token}"}
    made = httpx.post(f"{house.address}/flows", json={"document": large_flow(size)}, headers=headers).json()
    where = f"{address}/flow?flow={made['id']}&card=find_out"
    cards, forms, saved = [], [], []
    for number in range(LOADS + 1):
        began = time.perf_counter()
        page.goto(where)
        page.locator(".react-flow__node-card").first.wait_for(timeout=WAIT_MS)
        first = time.perf_counter() - began
        page.get_by_role("textbox", name="Name of the card").wait_for(timeout=WAIT_MS)
        if number:  # the first fills the browser's cache
            cards.append(first)
            forms.append(time.perf_counter() - began)
    box = page.get_by_role("textbox", name="Name of the card")
    for number in range(EDITS):
        text = f"Find out, {number}"
        box.fill(text)
        began = time.perf_counter()
        while _name(house, headers, made["id"]) != text:
            time.sleep(0.01)
        saved.append(time.perf_counter() - began)
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=WAIT_MS)
    print(
        f"{size:4} cards: first card {figures(cards)}, form {figures(forms)} of {LOADS} loads; "
        f"typed to saved {figures(saved)} of {EDITS} (it waits 0.7 s for the next letter)"
    )


def _name(house: House, headers: dict[str, str], flow_id: str) -> str:
    document = httpx.get(f"{house.address}/flows/{flow_id}/draft", headers=headers).json()["document"]
    return str(next(card["name"] for card in document["nodes"] if card["id"] == "find_out"))


def accessibility(page: Page, address: str) -> None:
    found: Counter[str] = Counter()
    for path, until in ALL.values():
        page.goto(f"{address}/{path}")
        expect(page.get_by_text(until).first).to_be_visible(timeout=WAIT_MS)
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=WAIT_MS)
        found.update(each.impact for each in findings(page))
    told = ", ".join(f"{impact} {found[impact]}" for impact in ("critical", "serious", "moderate", "minor"))
    print(f"axe-core on {len(ALL)} pages, light and dark: {told}")


def figures(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"p50 {statistics.median(ordered):.2f} s, p95 {ordered[int(len(ordered) * 0.95)]:.2f} s"


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [10, 50, 200])
