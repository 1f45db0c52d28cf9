"""The outline with nothing but a keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.flow import shipped
from tests.browser.test_screens import browser as browser  # the same chromium
from tests.support.background_house import House, background_house
from tests.support.builder_pages import new_flow, stored, tab_to, until
from tests.support.drawn import DRAWN_MS, settled
from tests.support.screens import screens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("outline"), pytest.mark.slow]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    folder = tmp_path_factory.mktemp("outline")
    with background_house(folder / "data", seeded=False) as house, screens(house, folder / "log") as address:
        yield house, address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []


def _hardly_anything() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(shipped.load("home_services").save())
    card = {"id": "start", "type": "start", "v": 1, "name": "Start", "settings": {}}
    empty: dict[str, Any] = {
        "slots": [],
        "knowledge": [],
        "criteria": [],
        "reflexes": [],
        "edges": [],
        "after_call": [],
    }
    document |= {"nodes": [card], "start": "start", "layout": {}, "lists": {}, **empty}
    document.pop("start_inbound", None)
    return document


def _new_card(page: Page, opener: str, kind: str, name: str) -> None:
    """Opens the form of a new card, picks its kind, names it and adds it."""
    tab_to(page, opener)
    page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    tab_to(page, "What kind of card", most=8)
    page.keyboard.type(kind)
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    settled(page)
    tab_to(page, "Its name", most=8)
    page.keyboard.type(name)
    page.wait_for_timeout(1200)  # it reports by itself while somebody types
    settled(page)
    tab_to(page, "Add it", most=8)
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Name of the card")).to_have_value(name, timeout=DRAWN_MS)
    settled(page)


def test_a_small_flow_is_built_with_the_keyboard_alone(place: tuple[House, str], page: Page) -> None:
    house, address = place
    flow_id = new_flow(house, _hardly_anything())
    page.goto(f"{address}/flow?flow={flow_id}&view=outline")
    expect(page.get_by_role("radio", name="1. Start")).to_be_visible(timeout=DRAWN_MS)
    settled(page)

    _new_card(page, "New card", "Fixed line", "Greeting")
    nodes = {each["name"]: each["id"] for each in stored(house, flow_id)["nodes"]}
    assert set(nodes) == {"Start", "Greeting"}

    # The greeting's own words.
    expect(page.get_by_role("textbox", name="What to say")).to_be_visible(timeout=DRAWN_MS)  # comes after the rest
    tab_to(page, "Name of the card")
    tab_to(page, "What to say", most=12)
    page.keyboard.type("Hello, this is Robin.")
    until(lambda: "Hello, this is Robin." in json.dumps(stored(house, flow_id)["nodes"]))

    # Back in the list, the start is chosen with the keyboard, and led to the greeting.
    tab_to(page, "Start", back=True)
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    settled(page)
    expect(page.get_by_role("textbox", name="Name of the card")).to_have_value("Start", timeout=DRAWN_MS)
    settled(page)
    tab_to(page, "goes to")
    page.keyboard.type("Greeting")
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    until(lambda: len(stored(house, flow_id)["edges"]) == 1)
    settled(page)

    # The arrow keys walk to the greeting; the end comes after it.
    tab_to(page, "1. Start", back=True)
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(500)
    settled(page)
    expect(page.get_by_role("textbox", name="Name of the card")).to_have_value("Greeting", timeout=DRAWN_MS)
    settled(page)
    _new_card(page, "Add a card after this", "End", "Goodbye")
    until(lambda: len(stored(house, flow_id)["edges"]) == 2)
    document = stored(house, flow_id)
    ids = {each["name"]: each["id"] for each in document["nodes"]}
    assert [(edge["from"]["node"], edge["to"]) for edge in document["edges"]] == [
        ("start", ids["Greeting"]),
        (ids["Greeting"], ids["Goodbye"]),
    ]
    expect(page.get_by_role("radio", name="3. Goodbye")).to_be_checked()

    # And taken back again.
    tab_to(page, "Undo", back=True)
    page.keyboard.press("Enter")
    until(lambda: len(stored(house, flow_id)["nodes"]) == 2)


def test_a_card_that_the_address_names_is_brought_into_view(place: tuple[House, str], page: Page) -> None:
    house, address = place
    page.goto(f"{address}/flow?flow={new_flow(house)}&view=outline&card=mail_lead")
    expect(page.get_by_role("textbox", name="Name of the card")).to_be_visible(timeout=DRAWN_MS)
    expect(page.get_by_role("radio", name="Invitation to the lead")).to_be_checked()
    expect(page.locator(".st-key-outline-list label:has(input:checked)")).to_be_in_viewport(ratio=1, timeout=DRAWN_MS)
