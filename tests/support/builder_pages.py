"""Pages of one flow in a real browser: fresh flows, what the engine has of them, and the keyboard."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Page

from engine.flow import shipped
from tests.support.background_house import House

FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body) return "";
  const labels = [...(at.labels ?? [])].map((each) => each.innerText);
  const ids = (at.getAttribute("aria-labelledby") ?? "").split(" ");
  const named = ids.map((id) => document.getElementById(id)?.innerText);
  const own = at.matches("a, button, summary, [role]") ? at.innerText : "";
  return [at.getAttribute("aria-label"), ...labels, ...named, own].filter(Boolean).join(" | ");
}"""


def new_flow(house: House, document: dict[str, Any] | None = None, **changes: Any) -> str:
    """The id of a new draft: of `document`, or of a shipped flow."""
    id = f"drawn_{uuid.uuid4().hex[:12]}"
    whole = (document or json.loads(shipped.load("home_services").save())) | {"id": id, "name": "Roofs"} | changes
    httpx.put(
        f"{house.address}/flows/{id}/draft", json={"revision": 0, "document": whole}, headers=_token(house)
    ).raise_for_status()
    return id


def stored(house: House, flow_id: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{house.address}/flows/{flow_id}/draft", headers=_token(house)).json()
    return found["document"] | {"issues": found["issues"]}


def card(house: House, flow_id: str, id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in stored(house, flow_id)["nodes"] if each["id"] == id)
    return found


def until(check: Callable[[], object], seconds: float = 15.0) -> None:
    """What happens on the other side of a network takes a moment."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def focused(page: Page) -> str:
    """What a screen reader would say of the place where the keyboard is."""
    found: str = page.evaluate(FOCUSED)
    return found


def tab_to(page: Page, name: str, *, back: bool = False, most: int = 120) -> None:
    """Press Tab until the keyboard is at something called `name`. Nothing else moves it there."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        here = focused(page)
        if name in here:
            return
        passed.append(here[:40])
    raise AssertionError(f"Tab never came to “{name}”, but to {passed}")


def _token(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token}"}
