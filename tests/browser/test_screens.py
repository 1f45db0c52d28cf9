"""The screens in a real browser: every page draws without an error and asks nobody outside; pictures for the docs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from engine.supervisor import free_port
from tests.support.background_house import background_house
from tests.support.drawn import DRAWN_MS, settled
from tests.support.screens import ROOT, screens
from tests.support.seeded_calls import BOOKED, FLOW, LIVE, PUT_THROUGH

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("screens")]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOTS = ROOT / "docs" / "screenshots"


@dataclass(frozen=True)
class Look:
    """A browser's window. `width`: pixels."""

    scheme: Literal["light", "dark"] = "light"
    width: int = 1440

    def __str__(self) -> str:
        """Behind a picture's name: nothing for the plain look, else `-dark`, `-1024`, `-dark-1024`."""
        return ("-dark" if self.scheme == "dark" else "") + (f"-{self.width}" if self.width != PLAIN.width else "")


PLAIN = Look()
DARK = Look("dark")
OTHERS = [DARK, Look(width=1024), Look("dark", 1024)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("screens")
    port = free_port()
    with (
        background_house(folder / "data", builder_origins=f"http://127.0.0.1:{port}") as house,
        screens(house, folder / "streamlit.log", port=port) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium at /usr/bin/chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


@dataclass
class Visit:
    """An open page. `faults`: what the console complained about; `strangers`: hosts asked besides our own."""

    page: Page
    faults: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)

    def open(self, url: str, until: str) -> None:
        """`until`: a text that stands on the finished page."""
        self.page.goto(url)
        expect(self.page.get_by_text(until).first).to_be_visible(timeout=DRAWN_MS)
        self.settled()

    def settled(self) -> None:
        settled(self.page)

    def shoot(self, name: str) -> None:
        """Keep a picture for the docs if SCREENSHOTS is set; the page must draw either way."""
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(700)  # charts and fonts fade in
        picture = self.page.screenshot(full_page=False, animations="disabled")
        assert len(picture) > 20_000, "the page is empty"
        if os.environ.get("SCREENSHOTS"):
            SHOTS.mkdir(parents=True, exist_ok=True)
            (SHOTS / f"{name}.png").write_bytes(picture)


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    look: Look = getattr(request, "param", PLAIN)
    context = browser.new_context(
        viewport={"width": look.width, "height": 1000}, color_scheme=look.scheme, timezone_id="UTC", locale="en-US",
        reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    visit = Visit(page)

    def heard(message: ConsoleMessage) -> None:
        # On a deep link Streamlit first looks for its server below the page's own path, and finds it one step up.
        searched = "/_stcore/" in message.location.get("url", "") and "404" in message.text
        if message.type == "error" and not searched:
            visit.faults.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", heard)
    page.on("pageerror", lambda error: visit.faults.append(str(error)))
    page.on("request", lambda asked: visit.strangers.add(urlsplit(asked.url).hostname or ""))
    yield visit
    context.close()
    assert visit.faults == []
    assert visit.strangers <= {"127.0.0.1", ""}, "a page asked somebody outside"


PAGES = {
    "home": ("", "Latest calls"),
    "leads": ("leads", "Dana Reyes"),
    "campaigns": ("campaigns", "New campaign"),
    "import-leads": ("import-leads", "Import"),
    "do-not-call": ("do-not-call", "Is a number on a list?"),
    "calls": ("calls", "Dana Reyes"),
    "call": (f"call?call={BOOKED}", "Things found out"),
    "call-transfer": (f"call?call={PUT_THROUGH}", "to the front desk"),
    "call-live": (f"call?call={LIVE}", "This call is running"),
    "flows": ("flows", "Solar: book a consultation"),
    "find-out": (f"find-out?flow={FLOW}&show=zip", "Where it is used"),
    "knowledge": (f"knowledge?flow={FLOW}", "What would the agent answer?"),
    "voice": (f"voice?flow={FLOW}", "Hear it say"),
    "qualification": (f"qualification?flow={FLOW}", "How would these answers be judged?"),
    "reflexes": (f"reflexes?flow={FLOW}", "Always there"),
    "business": (f"business?flow={FLOW}", "Your business"),
    "flow": (f"flow?flow={FLOW}&card=qualify", "Name of the card"),
    "outline": (f"flow?flow={FLOW}&view=outline&card=qualify", "When a reflex leads there"),
    "test": (f"test?flow={FLOW}", "Chat"),
    "publish": (f"publish?flow={FLOW}", "Versions"),
    "import": ("import", "Import"),
    "connections": ("connections", "Accounts at other services"),
    "settings": ("settings", "Your name"),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_draws_without_an_error_and_asks_nobody_outside(address: str, visit: Visit, name: str) -> None:
    path, until = PAGES[name]
    visit.open(f"{address}/{path}", until)
    visit.shoot(name)


@pytest.mark.parametrize("visit", [DARK], indirect=True, ids=str)
@pytest.mark.parametrize("name", ["home", "call", "find-out"])
def test_pages_can_be_read_in_the_dark(address: str, visit: Visit, name: str) -> None:
    path, until = PAGES[name]
    visit.open(f"{address}/{path}", until)
    colour = visit.page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 60


@pytest.mark.skipif(not os.environ.get("SCREENSHOTS"), reason="takes pictures for the docs: set SCREENSHOTS=1")
@pytest.mark.parametrize("visit", OTHERS, indirect=True, ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_pictures_of_every_page_dark_and_narrow(
    address: str, visit: Visit, name: str, request: pytest.FixtureRequest
) -> None:
    path, until = PAGES[name]
    visit.open(f"{address}/{path}", until)
    visit.shoot(f"{name}{request.node.callspec.params['visit']}")


def test_from_the_list_to_the_reason_of_a_move(address: str, visit: Visit) -> None:
    visit.open(f"{address}/calls", "Dana Reyes")
    visit.page.get_by_role("link", name=re.compile("Dana Reyes")).click()
    expect(visit.page.get_by_role("heading", name="Call with Dana Reyes")).to_be_visible(timeout=DRAWN_MS)
    visit.page.get_by_role("tab", name="Why each move").click()
    expect(visit.page.get_by_text("From “Opening” to “Find out what is needed”").first).to_be_visible()
    visit.settled()
    visit.page.get_by_role("tab", name="Why each move").scroll_into_view_if_needed()
    visit.page.mouse.wheel(0, 700)
    visit.shoot("call-why")
    visit.page.get_by_role("tab", name="Answer times").click()
    expect(visit.page.get_by_role("tabpanel", name="Answer times").get_by_text("making the voice").first).to_be_visible(
        timeout=DRAWN_MS
    )
    visit.settled()
    visit.page.mouse.move(700, 500)
    visit.page.mouse.wheel(0, 3000)
    visit.shoot("call-times")
    visit.page.get_by_role("tab", name="After the call").click()
    expect(visit.page.get_by_text("Told the CRM in 0.3 s")).to_be_visible()


def test_from_the_list_of_leads_to_ones_whole_story_and_its_rights(address: str, visit: Visit) -> None:
    visit.open(f"{address}/leads", "Speed to lead")
    visit.page.get_by_placeholder("Name, number or e-mail").fill("omar")
    visit.page.get_by_placeholder("Name, number or e-mail").press("Enter")
    expect(visit.page.get_by_role("link", name=re.compile("Dana Reyes"))).to_have_count(0, timeout=DRAWN_MS)
    visit.page.get_by_role("link", name=re.compile("Omar Haddad")).click()
    expect(visit.page.get_by_role("heading", name="What happened")).to_be_visible(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("May be called").first).to_be_visible()  # each decision is a line of the story
    visit.page.get_by_text("Every rule that was asked").first.click()
    visit.page.get_by_text("Personal data").click()
    visit.page.get_by_role("button", name="Place a legal hold").click()
    visit.page.get_by_role("textbox", name="For which matter?").fill("Claim 12")
    visit.page.get_by_role("textbox", name="For which matter?").press("Enter")
    visit.page.get_by_role("button", name="Place the hold").click()
    expect(visit.page.get_by_text("Legal hold: Claim 12")).to_be_visible(timeout=DRAWN_MS)
    expect(visit.page.get_by_role("button", name="Delete this person")).to_be_disabled()
    visit.shoot("lead")


def test_figures_of_leads_open_below_the_first_ones(address: str, visit: Visit) -> None:
    visit.open(f"{address}/leads", "Speed to lead")
    visit.page.get_by_text("Speed by stage, sources, hours").click()
    expect(visit.page.get_by_text("From their hello to our first word")).to_be_visible(timeout=DRAWN_MS)
    expect(visit.page.get_by_role("cell", name="website form")).to_be_visible()
    visit.shoot("leads-figures")


def test_a_lead_typed_in_is_called(address: str, visit: Visit) -> None:
    visit.open(f"{address}/leads", "Try it: call a lead")
    visit.page.get_by_role("textbox", name="First name").fill("Grace")
    visit.page.get_by_role("textbox", name="Last name").fill("Meyer")
    visit.page.get_by_role("textbox", name="Phone number").fill("(415) 555-0142")
    visit.page.get_by_text("This person agreed to be called").click()
    visit.page.get_by_role("button", name="Call now").click()
    expect(visit.page.get_by_text("The lead was taken").first).to_be_visible(timeout=DRAWN_MS)
    visit.page.goto(f"{address}/calls")
    expect(visit.page.get_by_text("Grace Meyer").first).to_be_visible(timeout=DRAWN_MS)
    visit.settled()


def test_a_sentence_leads_to_its_place_in_the_recording_and_lights_up(address: str, visit: Visit) -> None:
    visit.open(f"{address}/call?call={BOOKED}", "Things found out")
    play = visit.page.get_by_role("button", name="Play", exact=True)
    expect(play).to_be_visible(timeout=DRAWN_MS)
    said = visit.page.get_by_role("button", name=re.compile("Shingles came off"))
    said.click()
    expect(visit.page.get_by_role("button", name="Pause")).to_be_visible()
    expect(visit.page.locator("li.now time")).to_have_text("0:23")
    visit.page.get_by_role("button", name="Pause").click()
    where = visit.page.get_by_label("Position in the recording")
    start = float(where.input_value())
    visit.page.get_by_role("button", name="10 seconds ahead").click()
    expect(visit.page.locator("li.now time")).not_to_have_text("0:23")
    assert float(where.input_value()) > start + 8
    visit.settled()
    visit.shoot("call")
