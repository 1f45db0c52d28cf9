"""Every page, and what opens on it, has no serious finding of axe-core, in the light and in the dark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from engine.flow import shipped
from tests.browser.test_screens import PAGES, ROOT
from tests.browser.test_screens import browser as browser  # the same chromium
from tests.support.accessibility import findings
from tests.support.background_house import House, background_house
from tests.support.drawn import DRAWN_MS, settled
from tests.support.screens import screens
from tests.support.seeded_calls import FLOW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("accessibility"), pytest.mark.slow]

ALL = {
    **PAGES,
    "test": (f"test?flow={FLOW}", "Talk with the draft"),
    "publish": (f"publish?flow={FLOW}", "Version 1 is live"),
    "versions": (f"publish?flow={FLOW}", "Version 1 is live"),
    "import": ("import", "From a file"),
    "way": (f"flow?flow={FLOW}&view=outline&edge=e9", "When"),
    "unknown-flow": ("flow?flow=nobody", "There is no flow"),
}


class Looked:
    """An open page. `state` notes what is wrong with how the page stands now; the test fails at its end."""

    def __init__(self, page: Page, house: House, address: str) -> None:
        self.page, self.house, self.address = page, house, address
        self.wrong: list[str] = []

    def open(self, path: str, until: str) -> Looked:
        self.page.goto(f"{self.address}/{path}")
        expect(self.page.get_by_text(until).first).to_be_visible(timeout=DRAWN_MS)
        return self.settled()

    def settled(self) -> Looked:
        settled(self.page)
        return self

    def press(self, name: str, role: str = "button", exact: bool = True) -> Looked:
        self.page.get_by_role(role, name=name, exact=exact).first.click(timeout=DRAWN_MS)  # type: ignore[arg-type]
        return self.settled()

    def state(self, name: str, until: str = "", within: str = "") -> Looked:
        if until:
            expect(self.page.get_by_text(until).first).to_be_visible(timeout=DRAWN_MS)
            self.settled()
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(250)  # what opens fades in
        self.wrong += [f"{name}: {each}" for each in findings(self.page, within) if each.serious]
        return self

    def ask(self, method: str, path: str, **json: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.house.token}"}
        answer = httpx.request(method, f"{self.house.address}{path}", headers=headers, json=json or None)
        answer.raise_for_status()
        return answer.json()

    def flow(self, id: str, **changes: Any) -> str:
        document = json.loads(shipped.load("home_services").save()) | {"id": id, "name": "Roofs"} | changes
        self.ask("PUT", f"/flows/{id}/draft", revision=0, document=document)
        return id


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    folder = tmp_path_factory.mktemp("accessibility")
    with background_house(folder / "data") as house, screens(house, folder / "streamlit.log") as address:
        yield house, address


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, timezone_id="UTC", locale="en-US", reduced_motion="reduce",
        color_scheme="light",
    )  # fmt: skip
    yield context.new_page()
    context.close()


@pytest.fixture
def look(place: tuple[House, str], window: Page) -> Iterator[Looked]:
    looked = Looked(window, *place)
    yield looked
    assert not looked.wrong, "\n".join(looked.wrong)


def test_every_page_is_looked_at() -> None:
    files = {file.stem.replace("_", "-") for file in (ROOT / "ui" / "app_pages").glob("*.py")}
    looked_at = {re.split(r"[?&]", path)[0] or "home" for path, _ in ALL.values()}
    assert {name.removesuffix("-flow") for name in files} == looked_at


@pytest.mark.parametrize("name", ALL)
def test_a_page_has_no_serious_finding(look: Looked, name: str) -> None:
    look.open(*ALL[name])
    if name == "versions":
        look.press("Versions (1)", "radio")
    look.state(name)


def test_tabs_and_folded_parts(look: Looked) -> None:
    look.open(*ALL["settings"]).press("People", "tab").state("people")
    look.press("This installation", "tab").state("installation").press("Cards", "tab").state("cards")
    look.open(*ALL["connections"]).press("Calendars", "tab").state("calendars")
    look.open(*ALL["call"]).press("Why each move", "tab").state("why")
    look.press("After the call", "tab").state("after the call")


def test_windows_and_menus_on_the_shelf(look: Looked) -> None:
    look.open(*ALL["flows"]).press("Use this template").state("new flow", "Name of your business")
    look.open(*ALL["flows"]).press("More").state("menu of a flow", "Duplicate")


def test_the_report_of_an_import(look: Looked) -> None:
    broken = '{"format": "leadline.flow",\n "name": }'
    ghosts = json.loads(shipped.load("home_services").save())
    ghosts["nodes"].append({"id": "fax", "type": "acme.fax", "v": 3, "name": "Send a fax", "settings": {}})
    for name, text in (("refused", broken), ("ghosts", json.dumps(ghosts))):
        look.open(*ALL["import"])
        look.page.get_by_role("textbox").first.fill(text)
        look.press("Look at it").state(name, "cannot be opened" if name == "refused" else "acme.fax")


def test_the_canvas_and_what_opens_on_it(look: Looked) -> None:
    odd = {"id": "odd", "type": "acme.credit_check", "name": "Odd", "settings": {}}
    nodes = json.loads(shipped.load("home_services").save())["nodes"]
    page = look.page
    look.open(f"flow?flow={look.flow('drawn', nodes=[*nodes, odd])}", "Choose a card")
    expect(page.locator(".react-flow__node-card").first).to_be_visible(timeout=DRAWN_MS)
    look.state("canvas")
    page.locator('.react-flow__node-card[data-id="qualify"]').focus()
    for key, name in (("a", "next card"), ("c", "connect"), ("Control+k", "find"), ("?", "keys")):
        page.keyboard.press(key)
        expect(page.locator(".canvas [role=dialog]")).to_be_visible()
        look.state(name, within="[role=dialog]")
        page.keyboard.press("Escape")
        expect(page.locator(".canvas [role=dialog]")).to_have_count(0)
        page.locator('.react-flow__node-card[data-id="qualify"]').focus()
    page.locator(".canvas .count, .canvas .problems").first.click()
    expect(page.locator(".canvas [role=dialog]")).to_be_visible()
    look.state("problems on the canvas", within="[role=dialog]")


def test_the_outline_and_what_opens_on_it(look: Looked) -> None:
    flow = look.flow("listed", start="nobody")
    look.open(f"flow?flow={flow}&view=outline", "Choose a card")
    look.page.locator("summary", has_text="New card").first.click()
    look.settled().state("new card", "Its name")
    look.press("Problems", "radio", exact=False).state("problems", "to mend")


def test_windows_of_a_flows_contents(look: Looked) -> None:
    look.open(*ALL["find-out"]).press("Add a thing").state("new thing to find out", "What kind of answer is it?")
    look.open(*ALL["knowledge"]).press("Bring in a table").state("table", "Bring in a table")


def test_what_is_to_be_published(look: Looked) -> None:
    edit = {"id": "mine", "label": "Renamed", "steps": [{"do": "put", "path": ["name"], "value": "Roofs and gutters"}]}
    revision = look.ask("GET", f"/flows/{FLOW}/draft")["revision"]
    look.ask("POST", f"/flows/{FLOW}/edits", base_revision=revision, client="ben", by="Ben", edits=[edit])
    look.open(f"publish?flow={FLOW}", "Changed since version 1").state("changes")
    look.press("Compare", "radio").state("compare", "From")


def test_a_talk_with_the_draft(look: Looked) -> None:
    look.open(*ALL["test"])
    look.press("Talk with the draft").state("talk", "AI assistant")
    look.page.get_by_text("Why?").last.click()
    look.state("why")
    look.press("Phone call", "tab").state("phone", "Call this phone")


def test_logging_in(look: Looked) -> None:
    """Last: from here on everybody is asked."""
    look.open(*ALL["settings"]).press("People", "tab")
    for field, value in (("Name to log in with", "dana"), ("Name on the screens", "Dana")):
        look.page.get_by_role("textbox", name=field).fill(value)
    look.page.get_by_role("textbox", name="First password").fill("correct horse battery")
    look.press("Enter")
    expect(look.page.get_by_text("Forgotten?")).to_be_visible(timeout=DRAWN_MS)
    look.open("", "Forgotten?").state("log-in")
