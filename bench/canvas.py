"""How the canvas feels: `python -m bench.canvas [cards ...]` (10, 50 and 200 unless told).

For each size: from opening the page to the first card; from an edit to "Saved", and to the engine's problems on the
card; frames a second while the view is panned at reading zoom, with everything in view, and while a card is dragged.
And how large the bundle is. Chromium paints in software here: a person's machine is faster. All runs on loopback.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from engine.supervisor import free_port
from tests.support.background_house import House, background_house
from tests.support.canvas_board import Board, board, card, flow, middle
from tests.support.screens import ROOT, screens

CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
EDITS: Final = 20
WATCH_JS: Final = """() => {
  window.stored = new Promise((done) => {
    addEventListener("leadline:saved", () => done(performance.now()), { once: true });
  });
  return performance.now();
}"""
FRAMES_JS: Final = """async (ms) => {
  const times = [];
  const end = performance.now() + ms;
  await new Promise((done) => {
    const tick = (now) => { times.push(now); now < end ? requestAnimationFrame(tick) : done(); };
    requestAnimationFrame(tick);
  });
  return times;
}"""


def main(sizes: list[int]) -> None:
    script = next((ROOT / "ui" / "static" / "components").glob("canvas-*.js")).read_bytes()
    print(f"bundle {len(script) / 1024:.0f} kB, {len(gzip.compress(script)) / 1024:.0f} kB with gzip")
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="leadline-bench-") as name,
        background_house(Path(name) / "data", seeded=False, builder_origins=f"http://127.0.0.1:{port}") as house,
        screens(house, Path(name) / "log", script="tests/support/canvas_page.py", port=port) as address,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for size in sizes:
            context = chromium.new_context(viewport={"width": 1440, "height": 1000})
            measure(context, house, address, size)
            context.close()
        chromium.close()


def measure(context: BrowserContext, house: House, address: str, size: int) -> None:
    shown = board(context, house, made_up(size))
    shown.page.goto(f"{address}/?flow={shown.flow}")  # Streamlit's own files are in the browser's cache from here on
    began = time.perf_counter()
    shown.page.goto(f"{address}/?flow={shown.flow}")
    expect(shown.page.locator(".react-flow__node-card").first).to_be_visible(timeout=60_000)
    opened = time.perf_counter() - began
    shown.saved()
    shown.page.wait_for_timeout(1500)
    saved, marked = edits(shown)
    reading = pan(shown.page)
    shown.page.get_by_role("button", name="Tidy up").click()
    shown.saved()
    dragged = drag(shown)
    shown.page.get_by_role("button", name="Show everything").click()
    shown.page.wait_for_timeout(1200)
    over = pan(shown.page)
    print(
        f"{size:4} cards: open {opened:.2f} s; edit to saved {figures(saved)}, to marked {figures(marked)}; "
        f"frames a second: pan {reading:.0f}, all in view {over:.0f}, drag {dragged:.0f}"
    )


def made_up(size: int) -> dict[str, Any]:
    """A call of so many cards: stages in rows of five, each with a rule to the next row."""
    cards = [card("start", "start"), *(card(f"line_{place}") for place in range(1, size - 1))]
    cards.append(card("bye", "end", settings={"disposition": "completed"}))
    ways = []
    for place, each in enumerate(cards[:-1]):
        for ahead, kind in ((1, "otherwise"), (5, "rule")):
            if place + ahead < len(cards) and (kind == "otherwise" or place > 0):
                rule = {"rule": {"call": "attempt", "is": "at_least", "value": 2}} if kind == "rule" else {}
                to = cards[place + ahead]["id"]
                source = {"node": each["id"], "exit": "next"}
                ways.append({"id": f"w{place}_{ahead}", "from": source, "to": to, "kind": kind, **rule})
    document = flow(f"bench_{size}", cards, ways)
    spots = {each["id"]: {"x": 320 * (place % 5), "y": 230 * (place // 5)} for place, each in enumerate(cards)}
    document["layout"] = {"nodes": spots}
    return document


def edits(shown: Board) -> tuple[list[float], list[float]]:
    """Milliseconds from the last key until the status says Saved, and until a new card wears what is wrong with it."""
    saved, marked = [], []
    shown.card("start").locator(".title small").click()
    for _ in range(EDITS):
        began: float = shown.page.evaluate(WATCH_JS)
        shown.page.keyboard.press("Control+d")
        done: float = shown.page.evaluate("window.stored")
        saved.append(done - began)
        shown.page.locator(".card.selected .problems").first.wait_for(timeout=10_000)
        marked.append(shown.page.evaluate("performance.now()") - began)
        shown.page.evaluate(WATCH_JS)
        shown.page.keyboard.press("Control+z")
        shown.page.evaluate("window.stored")
        shown.page.wait_for_timeout(100)
        shown.card("start").locator(".title small").click()
    return saved, marked


def pan(page: Page) -> float:
    """Frames a second while the view follows the pointer."""
    box = page.locator(".react-flow__pane").bounding_box()
    assert box
    x, y = box["x"] + 30, box["y"] + box["height"] - 150  # nothing lies there but the pane
    return _pulled(page, x, y)


def drag(shown: Board) -> float:
    """Frames a second while a card follows the pointer."""
    return _pulled(shown.page, *middle(shown.card("start").locator(".title small")))


def _pulled(page: Page, x: float, y: float, ms: int = 2500) -> float:
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(f"window.counted = ({FRAMES_JS})({ms})")
    end, turn = time.perf_counter() + ms / 1000, 0
    while time.perf_counter() < end:
        turn += 1
        page.mouse.move(x + (turn % 40) * 4, y + (turn % 40) * 2)
    page.mouse.up()
    times: list[float] = page.evaluate("window.counted")
    return 1000 * (len(times) - 1) / (times[-1] - times[0])


def figures(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):.0f} / {ordered[int(len(ordered) * 0.95) - 1]:.0f} ms"


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [10, 50, 200])
