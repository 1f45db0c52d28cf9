"""One open canvas in a browser: what a person does with it, and what the engine has of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.support.background_house import House
from tests.support.drawn import DRAWN_MS

SAVED_MS = 15_000


def card(id: str, kind: str = "fixed_line", **more: object) -> dict[str, Any]:
    settings = {"text": f"This is {id}."} if kind == "fixed_line" else {}
    return {"id": id, "type": kind, "name": id.capitalize(), "settings": settings, **more}


def way(source: str, target: str, exit: str = "next") -> dict[str, Any]:
    return {"id": f"{source}_to_{target}", "from": {"node": source, "exit": exit}, "to": target, "kind": "otherwise"}


def flow(id: str, cards: list[dict[str, Any]], ways: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    """A document with its cards one below the other."""
    spots = {each["id"]: {"x": 0, "y": 220 * place} for place, each in enumerate(cards)}
    return {
        "format": "leadline.flow", "format_version": 1, "id": id, "version": 1, "name": id, "language": "en-US",
        "seller": {"legal_name": "Clear View LLC", "say_as": "Clear View", "phone": "+14155550142",
                   "zone": "America/Los_Angeles"},
        "assistant": {"name": "Robin"}, "start": cards[0]["id"], "nodes": cards, "edges": ways,
        "layout": {"nodes": spots}, **more,
    }  # fmt: skip


@dataclass
class Board:
    page: Page
    house: House
    flow: str

    # What the engine has.

    def draft(self) -> dict[str, Any]:
        answer = httpx.get(f"{self.house.address}/flows/{self.flow}/draft", headers=self._token, trust_env=False)
        answer.raise_for_status()
        drawn: dict[str, Any] = answer.json()
        return drawn

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = self.draft()["document"]
        return document

    def cards(self) -> list[str]:
        return [each["id"] for each in self.document()["nodes"]]

    def ways(self) -> list[tuple[str, str, str]]:
        """Card, exit, and where it leads."""
        return [
            (each["from"]["node"], each["from"].get("exit", "next"), each["to"]) for each in self.document()["edges"]
        ]

    def edit(self, *steps: dict[str, Any], client: str = "colleague", by: str = "Ben") -> None:
        """An edit by somebody else, or by a form of this window if `client` says so."""
        body = {
            "base_revision": self.draft()["revision"], "client": client, "by": by,
            "edits": [{"id": f"edit-{client}-{self.draft()['revision']}", "label": "elsewhere", "steps": list(steps)}],
        }  # fmt: skip
        url = f"{self.house.address}/flows/{self.flow}/edits"
        httpx.post(url, headers=self._token, json=body, trust_env=False).raise_for_status()

    @property
    def _token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.house.token}"}

    # What the person sees and does.

    def open(self, address: str, cards: int | None = None, **query: str) -> Board:
        asked = "&".join(f"{name}={value}" for name, value in {"flow": self.flow, **query}.items())
        self.page.goto(f"{address}/?{asked}")
        expect(self.page.locator(".react-flow__node-card").first).to_be_visible(timeout=DRAWN_MS)
        if cards is not None:
            expect(self.page.locator(".react-flow__node-card")).to_have_count(cards)
        expect(self.page.locator(".status")).to_have_text(re.compile("Saved|Read-only"), timeout=SAVED_MS)
        self.page.wait_for_timeout(300)
        return self

    def card(self, id: str) -> Locator:
        return self.page.locator(f'.react-flow__node[data-id="{id}"]')

    def exit(self, id: str, name: str = "next") -> Locator:
        return self.page.locator(f'.react-flow__handle.source[data-nodeid="{id}"][data-handleid="{name}"]')

    def entry(self, id: str) -> Locator:
        return self.page.locator(f'.react-flow__handle.target[data-nodeid="{id}"]')

    def saved(self) -> None:
        expect(self.page.locator(".status.saved")).to_be_visible(timeout=SAVED_MS)

    def choose(self, id: str) -> None:
        self.card(id).locator(".title small").click()
        expect(self.card(id).locator(".card.selected")).to_be_visible()

    def pull(self, handle: Locator, to: tuple[float, float]) -> None:
        """A line from a handle to a point of the page."""
        x, y = middle(handle)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + 10, y + 20, steps=3)
        self.page.mouse.move(*to, steps=8)
        self.page.mouse.up()

    def pick(self, words: str) -> None:
        """In the open menu, by typing."""
        expect(self.page.get_by_role("combobox")).to_be_focused()
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")

    def view(self) -> str:
        """How the canvas is moved and zoomed."""
        style = self.page.locator(".react-flow__viewport").get_attribute("style")
        return style or ""

    def told(self) -> str:
        """What Python knows of the selection."""
        return self.page.get_by_text("cards=").inner_text()

    def signal(self, name: str, **detail: object) -> None:
        detail = {"flow": self.flow, **detail}
        self.page.evaluate(
            "([name, detail]) => window.dispatchEvent(new CustomEvent(name, {detail}))",
            [name, json.loads(json.dumps(detail))],
        )

    @contextmanager
    def no_engine(self) -> Iterator[None]:
        """The engine cannot be reached from the browser for a while."""

        def refuse(route: Route) -> None:
            route.abort("connectionrefused")

        self.page.route(f"{self.house.address}/**", refuse)
        yield
        self.page.unroute(f"{self.house.address}/**", refuse)


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def board(context: BrowserContext, house: House, document: dict[str, Any]) -> Board:
    """A new flow, and a page that will show it."""
    url = f"{house.address}/flows/{document['id']}/draft"
    headers = {"Authorization": f"Bearer {house.token}"}
    httpx.put(url, headers=headers, json={"revision": 0, "document": document}, trust_env=False).raise_for_status()
    return Board(context.new_page(), house, document["id"])
