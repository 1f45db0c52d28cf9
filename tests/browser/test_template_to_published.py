"""From a template to a published flow of one's own, in clicks, as somebody does it who never programmed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from engine.supervisor import free_port
from tests.browser.test_screens import browser as browser  # the same chromium
from tests.support.background_house import House, background_house
from tests.support.drawn import DRAWN_MS, settled
from tests.support.screens import screens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("screens")]

COUNT_CLICKS = "document.addEventListener('click', event => event.isTrusted && window.countedClick(), true)"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    folder, port = tmp_path_factory.mktemp("shelf"), free_port()
    with (
        background_house(folder / "data", seeded=False, builder_origins=f"http://127.0.0.1:{port}") as house,
        screens(house, folder / "streamlit.log", port=port) as address,
    ):
        yield house, address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, timezone_id="America/Chicago", reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def live(house: House, flow_id: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {house.token}"}
    found: dict[str, object] = httpx.get(f"{house.address}/flows/{flow_id}/versions/1", headers=headers).json()
    return found


def test_a_template_is_ones_own_and_live_after_a_handful_of_clicks(place: tuple[House, str], page: Page) -> None:
    house, address = place
    clicks: list[float] = []
    page.expose_function("countedClick", lambda: clicks.append(time.monotonic()))
    page.add_init_script(COUNT_CLICKS)
    begun = time.monotonic()
    page.goto(f"{address}/flows")
    page.get_by_role("button", name="Use this template").first.click(timeout=DRAWN_MS)
    page.get_by_role("textbox", name="Name of your business").click(timeout=DRAWN_MS)
    page.keyboard.type("Bright Roofing")
    page.get_by_role("textbox", name="Your phone number").click()
    page.keyboard.type("(312) 233-0142")
    page.get_by_role("button", name="Create the flow").click()
    heading = page.get_by_role("heading", name="Home services for Bright Roofing")
    expect(heading).to_be_visible(timeout=DRAWN_MS)
    made = time.monotonic()
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("textbox", name="What changed?").click(timeout=DRAWN_MS)
    page.keyboard.type("Our first flow")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 1 is live").first).to_be_visible(timeout=DRAWN_MS)
    done = time.monotonic()
    print(
        f"\ntemplate to published: {len(clicks)} clicks, {done - begun:.1f} s "
        f"(to the editor {made - begun:.1f} s, from there {done - made:.1f} s)"
    )
    assert 0 < len(clicks) <= 8
    flow_id = page.evaluate("new URL(location.href).searchParams.get('flow')")
    document = live(house, flow_id)
    assert document["seller"] == {
        "legal_name": "Bright Roofing", "say_as": "Bright Roofing", "phone": "+13122330142",
        "opt_out_phone": "+13122330142", "zone": "America/Chicago",
    }  # fmt: skip


def test_what_is_typed_into_the_window_survives_a_click_beside_it(place: tuple[House, str], page: Page) -> None:
    """The window stays open across reruns of the page behind it."""
    _, address = place
    page.goto(f"{address}/flows")
    page.get_by_role("button", name="Use this template").nth(1).click(timeout=DRAWN_MS)
    field = page.get_by_role("textbox", name="Name of your business")
    field.click(timeout=DRAWN_MS)
    page.keyboard.type("Sunny Side")
    page.get_by_role("textbox", name="Name of the flow").click()
    suggested = page.get_by_role("textbox", name="Name of the flow")
    expect(suggested).to_have_attribute("placeholder", "Solar for Sunny Side", timeout=DRAWN_MS)
    expect(field).to_have_value("Sunny Side")


def test_the_whole_way_can_be_gone_by_keyboard(place: tuple[House, str], page: Page) -> None:
    _, address = place
    page.goto(f"{address}/flows")
    page.get_by_role("button", name="Use this template").first.focus(timeout=DRAWN_MS)
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Name of your business").focus(timeout=DRAWN_MS)
    page.keyboard.type("Keys Only")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Create the flow").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home services for Keys Only")).to_be_visible(timeout=DRAWN_MS)
    # On a busy machine the page may still be drawn anew, and a key pressed in that moment goes nowhere.
    settled(page)
    page.get_by_role("link", name="Publish").press("Enter")
    page.wait_for_url("**/publish?**", timeout=DRAWN_MS)
    page.get_by_role("button", name="Publish", exact=True).focus(timeout=DRAWN_MS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Version 1 is live").first).to_be_visible(timeout=DRAWN_MS)
