"""The Campaigns page in a real browser: made and switched on, told what is wrong, paused, sources, two people."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.background_house import House, background_house
from tests.support.builder_pages import until
from tests.support.chromium import chromium
from tests.support.drawn import DRAWN_MS, settled
from tests.support.screens import screens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("campaigns")]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with background_house(tmp_path_factory.mktemp("campaigns")) as started:
        yield started


@pytest.fixture(scope="module")
def address(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with screens(house, tmp_path_factory.mktemp("screens") / "streamlit.log") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, chromium(playwright) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1100}, timezone_id="UTC", locale="en-US")
    yield context.new_page()
    context.close()


def client(house: House) -> httpx.Client:
    return httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.token}"})


def made(house: House, **document: Any) -> dict[str, Any]:
    id = f"made_{uuid.uuid4().hex[:10]}"
    new = {"name": f"Spring {id}", "id": id, "document": {"flow_id": "home_services_v1", **document}}
    campaign: dict[str, Any] = client(house).post("/campaigns", json=new).json()
    return campaign


def stored(house: House, id: str) -> dict[str, Any]:
    found: dict[str, Any] = client(house).get(f"/campaigns/{id}").json()
    return found


def opened(page: Page, address: str, campaign: dict[str, Any], section: str) -> None:
    page.goto(f"{address}/campaigns?campaign={campaign['id']}&section={section}")
    expect(page.get_by_role("heading", name=campaign["name"])).to_be_visible(timeout=DRAWN_MS)
    settled(page)


def test_a_campaign_is_made_and_switched_on(page: Page, address: str, house: House) -> None:
    page.goto(f"{address}/campaigns")
    page.get_by_role("button", name="New campaign").click(timeout=DRAWN_MS)
    dialog = page.get_by_role("dialog")
    name = f"Garden offer {uuid.uuid4().hex[:6]}"
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Name").press("Tab")
    settled(page)
    dialog.get_by_role("button", name="Make the campaign").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=DRAWN_MS)
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("button", name="Pause", exact=False).first).to_be_visible(timeout=DRAWN_MS)
    (campaign,) = [each for each in client(house).get("/campaigns").json() if each["name"] == name]
    assert campaign["state"] == "on"


def test_hours_that_nobody_may_be_called_at_are_told_next_to_the_field(page: Page, address: str, house: House) -> None:
    campaign = made(house)
    opened(page, address, campaign, "hours")
    section = page.locator(".st-key-campaign-section-hours")
    for place in range(3):
        section.get_by_role("radio", name="Never").nth(place).click()
        settled(page)
    expect(section.get_by_text("On no day is anybody called.")).to_be_visible(timeout=DRAWN_MS)
    expect(section.get_by_role("img", name="Mon: no calls")).to_be_visible()
    page.get_by_role("button", name="Save", exact=False).first.click()
    until(lambda: stored(house, campaign["id"])["revision"] == 2)
    settled(page)
    expect(page.get_by_role("button", name="Switch on")).to_be_disabled()
    section.get_by_role("radio", name="Own hours").first.click()
    expect(section.get_by_text("On no day is anybody called.")).to_have_count(0, timeout=DRAWN_MS)
    expect(section.get_by_role("img", name="Mon: 09:00-18:00")).to_be_visible(timeout=DRAWN_MS)


def test_a_campaign_is_paused_on_the_list(page: Page, address: str, house: House) -> None:
    campaign = made(house)
    client(house).post(f"/campaigns/{campaign['id']}/resume", json={}).raise_for_status()
    page.goto(f"{address}/campaigns")
    card = page.locator(f".st-key-campaign-card-{campaign['id']}")
    card.get_by_role("button", name="Pause").click(timeout=DRAWN_MS)
    expect(card.get_by_role("button", name="Switch on")).to_be_visible(timeout=DRAWN_MS)
    assert stored(house, campaign["id"])["state"] == "paused"


def test_a_website_source_is_added_and_its_address_is_copied(page: Page, address: str, house: House) -> None:
    campaign = made(house)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, address, campaign, "sources")
    page.get_by_role("button", name="Website form").click()
    shown = page.get_by_test_id("stCode")
    expect(shown).to_contain_text("/in/src_", timeout=DRAWN_MS)
    settled(page)
    shown.hover()
    shown.get_by_role("button").click()
    until(lambda: "/in/src_" in page.evaluate("navigator.clipboard.readText()"))
    copied = page.evaluate("navigator.clipboard.readText()")
    (source,) = client(house).get("/lead-sources", params={"campaign_id": campaign["id"]}).json()
    assert copied == source["address"]


def test_two_people_editing_one_field_are_shown_both_values(page: Page, address: str, house: House) -> None:
    campaign = made(house)
    opened(page, address, campaign, "keep")
    field = page.get_by_label("Days that recordings are kept")
    field.fill("30")
    field.press("Enter")
    expect(page.get_by_text("1 change not saved")).to_be_visible(timeout=DRAWN_MS)
    settled(page)
    theirs = {**campaign["document"], "keep": {**campaign["document"]["keep"], "audio_days": 60}}
    client(house).put(
        f"/campaigns/{campaign['id']}",
        json={"revision": 1, "name": campaign["name"], "document": theirs, "by": "Ana"},
    ).raise_for_status()
    page.locator(".st-key-campaign-save button").click()
    expect(page.get_by_text("Two values for “Days that recordings are kept”")).to_be_visible(timeout=DRAWN_MS)
    expect(page.get_by_text(re.compile("Ana has entered"))).to_be_visible()
    page.get_by_role("button", name="Take mine").click()
    expect(page.get_by_text("Two values for")).to_have_count(0, timeout=DRAWN_MS)
    settled(page)  # the button is drawn anew: it was off while there was something to choose
    expect(page.locator(".st-key-campaign-save button")).to_be_enabled(timeout=DRAWN_MS)
    page.locator(".st-key-campaign-save button").click()
    until(lambda: stored(house, campaign["id"])["document"]["keep"]["audio_days"] == 30)


SAMPLE = """{"event": "form", "data": {"fields": [
  {"label": "Full name", "value": "Zoë Miller"}, {"label": "Phone", "value": "(415) 555-2671"},
  {"label": "Email", "value": "zoe@example.org"}, {"label": "Roof", "value": "slate"},
  {"label": "I agree to be called by an AI assistant of Harborline Home Services LLC", "value": "yes"}]}}"""


def test_a_mapping_is_made_from_a_sample_and_shows_what_it_finds(page: Page, address: str, house: House) -> None:
    campaign = made(house)
    made_source = client(house).post(
        "/lead-sources", json={"kind": "json", "name": "Form builder", "campaign_id": campaign["id"]}
    )
    source = made_source.json()
    opened(page, address, campaign, "sources")
    page.get_by_role("button", name="Settings", exact=False).last.click()
    sample = page.get_by_label("Example", exact=True)
    sample.fill(SAMPLE, timeout=DRAWN_MS)
    sample.press("Control+Enter")
    settled(page)
    page.get_by_role("button", name="Suggest a mapping").click()
    phone = page.get_by_label("Where Phone number stands")
    expect(phone).not_to_have_value("", timeout=DRAWN_MS)
    expect(page.get_by_text("(415) 555-2671").last).to_be_visible(timeout=DRAWN_MS)
    expect(page.get_by_text("Zoë Miller").last).to_be_visible()
    expect(page.get_by_text("What would come in")).to_be_visible()
    page.get_by_role("button", name="Save settings").click()
    until(lambda: client(house).get(f"/lead-sources/{source['id']}").json()["document"].get("mapping"))
    mapping = client(house).get(f"/lead-sources/{source['id']}").json()["document"]["mapping"]
    assert mapping["phone"]["from"] == [phone.input_value()]
