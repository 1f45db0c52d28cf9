"""The call from the browser in a real browser, with a fake microphone that hears a file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright

from engine.api.engines import open_engines
from engine.speech import models
from engine.speech.stack import caller_voice, load_local
from tests.support.background_house import House, background_house
from tests.support.chromium import EARS, chromium
from tests.support.drawn import DRAWN_MS
from tests.support.fake_microphone import Line, record
from tests.support.screens import screens

pytestmark = [
    pytest.mark.browser, pytest.mark.sound, pytest.mark.slow, pytest.mark.timeout(240),
    pytest.mark.xdist_group("spoken"),
]  # fmt: skip


OPENING = (
    "Hi, this is Robin, an AI assistant calling for Harborline Home Services. To stop these calls, say “stop calling” "
    "or press 9. This call is recorded. You just asked us about your request: is this Dana, and is now okay?"
)
TALK = [
    Line("Yes, and sure. There's a leak in the roof of my house, and I need it this week.", OPENING),
    Line("Nine four one one zero.", "Got it, roof repair. And what's the ZIP code there?"),
    Line(
        "The first one.", "Okay. I have tomorrow at 2 p.m., Thursday at 10 a.m., or Friday at 3 p.m. Which works best?"
    ),
    Line(
        "Yes, please.", "So: roof repair at your home in 94110, Wednesday, September 16th, at 2 p.m. Shall I book that?"
    ),
]


@dataclass(frozen=True)
class Place:
    """Where the builder's pages are, and the engine behind them."""

    house: House
    address: str

    def calls(self) -> list[dict[str, object]]:
        headers = {"Authorization": f"Bearer {self.house.token}"}
        answer = httpx.get(f"{self.house.address}/calls?test=true", headers=headers, trust_env=False)
        found: list[dict[str, object]] = answer.raise_for_status().json()["calls"]
        return found

    def call(self, call_id: object) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.house.token}"}
        answer = httpx.get(f"{self.house.address}/calls/{call_id}", headers=headers, trust_env=False)
        found: dict[str, object] = answer.raise_for_status().json()
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if problems := models.check():
        pytest.skip(f"speech models are missing: {problems[0]}")
    folder = tmp_path_factory.mktemp("calls")
    with (
        background_house(folder / "data", seeded=False, engines=open_engines) as house,
        screens(house, folder / "streamlit.log", script="tests/support/call_page.py") as address,
    ):
        yield Place(house, address)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def visit(browser: Browser, place: Place, query: str = "") -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(EARS)
    page.add_init_script(
        "window.lit = []; window.addEventListener('leadline:lit', (event) => window.lit.push(event.detail));"
    )
    page.goto(f"{place.address}/{query}")
    expect(start(page)).to_be_visible(timeout=DRAWN_MS)
    return page


def start(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("Call from the browser|Call again"))


def talking(page: Page) -> None:
    start(page).click()
    expect(page.get_by_text("Talking", exact=True)).to_be_visible(timeout=DRAWN_MS)


def heard_something(page: Page) -> None:
    page.wait_for_function("window.ears.some(([, level]) => level > 0.02)", timeout=DRAWN_MS)


def made(folder: Path, lines: list[Line]) -> Path:
    file = folder / "microphone.wav"

    async def write() -> None:
        await record(file, lines, await caller_voice(), (await load_local()).tts)

    # Playwright has a loop of its own running in this thread.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, write()).result()
    return file


def test_a_call_with_a_microphone_file_reaches_a_booking(place: Place, playwright: Playwright, tmp_path: Path) -> None:
    with chromium(playwright, sound=made(tmp_path, TALK)) as browser:
        page = visit(browser, place)
        talking(page)
        words = page.get_by_role("log")
        expect(words).to_contain_text("This call is recorded", timeout=DRAWN_MS)
        expect(words.get_by_text("You're booked", exact=False)).to_be_visible(timeout=100_000)
        found = page.get_by_role("region", name="Found out")
        expect(found).to_contain_text("Roof repair")
        expect(found).to_contain_text("94110")
        expect(found).to_contain_text("within 7 days")
        lit = page.evaluate("window.lit")
        cards = [each["cards"][0] for each in lit if each["cards"]]
        assert "book" in cards, "each card is lit while the talk stands on it"
        assert {"start", "opening", "book"} <= set(lit[-1]["visited"])
        page.get_by_role("button", name="Hang up").click()
        expect(page.get_by_text("You hung up.", exact=False)).to_be_visible()
        expect(page.get_by_text("Booked", exact=True)).to_be_visible(timeout=DRAWN_MS)
        link = page.get_by_role("link", name="Open this call's page")
        call = place.call(str(link.get_attribute("href")).rpartition("=")[2])
    assert (call["disposition"], call["direction"], call["test"]) == ("booked", "browser", True)
    assert call["result"]["appointment"] is not None  # type: ignore[index]


def test_the_agent_falls_silent_when_the_caller_cuts_in(place: Place, playwright: Playwright, tmp_path: Path) -> None:
    early = [Line("Wait, wait, sorry, who are you and why do you call me?", "Hi, this is Robin, an AI assistant.")]
    with chromium(playwright, sound=made(tmp_path, early)) as browser:
        page = visit(browser, place)
        talking(page)
        expect(page.get_by_text("interrupted here")).to_be_visible(timeout=DRAWN_MS)
        page.wait_for_timeout(700)
        heard: list[tuple[float, float]] = page.evaluate("window.ears")
    spoke = [at for at, level in heard if level > 0.02]
    assert spoke[-1] - spoke[0] < 9_000, "the opening takes twelve seconds; the caller cut in after four"
    assert heard[-1][0] - spoke[-1] > 500, "and while the caller speaks on, the agent is silent"


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as started:
        yield started


def test_drawing_the_page_again_and_again_keeps_the_call(place: Place, browser: Browser) -> None:
    page = visit(browser, place, "?slow=0.3")
    talking(page)
    heard_something(page)
    before = len(place.calls())
    for tab in ("Chat", "Problems", "Card") * 3:
        page.get_by_text(tab, exact=True).click()
        page.get_by_role("button", name="Draw the page again").click()
        page.wait_for_timeout(150)
    expect(page.get_by_text("Talking", exact=True)).to_be_visible()
    assert len(place.calls()) == before
    [live] = [each for each in place.calls() if each["state"] == "answered"]
    journal = place.call(live["id"])["journal"]
    assert [each for each in journal if each["kind"] in ("line_lost", "line_closed")] == []  # type: ignore[attr-defined]
    heard = len(page.evaluate("window.ears"))
    page.wait_for_timeout(300)
    assert len(page.evaluate("window.ears")) > heard
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("You hung up.", exact=False)).to_be_visible()


def test_two_calls_at_the_same_time_each_have_their_own_words(place: Place, browser: Browser) -> None:
    pages = [visit(browser, place), visit(browser, place, "?flow=solar_v1")]
    for page in pages:
        talking(page)
    for page, name in zip(pages, ("Robin", "Juno"), strict=True):
        heard_something(page)
        expect(page.get_by_role("log")).to_contain_text(name, timeout=DRAWN_MS)
    assert len([each for each in place.calls() if each["state"] == "answered"]) == 2
    for page in pages:
        page.get_by_role("button", name="Hang up").click()
        expect(page.get_by_text("You hung up.", exact=False)).to_be_visible()


def test_a_refused_microphone_is_said_plainly_and_leaves_no_call(place: Place, playwright: Playwright) -> None:
    before = len(place.calls())
    with chromium(playwright, microphone="refused") as browser:
        page = visit(browser, place)
        start(page).click()
        expect(page.get_by_role("alert")).to_contain_text("The microphone is not allowed", timeout=DRAWN_MS)
        expect(page.get_by_role("button", name="Call again")).to_be_enabled()
    assert len(place.calls()) == before


def test_a_computer_without_a_microphone_is_told_of_the_chat(place: Place, playwright: Playwright) -> None:
    with chromium(playwright, microphone="none") as browser:
        page = visit(browser, place)
        page.context.grant_permissions(["microphone"])
        start(page).click()
        expect(page.get_by_role("alert")).to_contain_text("no microphone", timeout=DRAWN_MS)


def test_the_keyboard_alone_holds_a_call(place: Place, browser: Browser) -> None:
    page = visit(browser, place)
    start(page).focus()
    page.keyboard.press("Enter")
    heard_something(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Mute the microphone")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Mute the microphone")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="9", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("9")
    page.get_by_role("button", name="Hang up").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You hung up.", exact=False)).to_be_visible()
