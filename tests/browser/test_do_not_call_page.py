"""The page of numbers that must not be called, in a real browser: added, found, loaded, stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.test_screens import OTHERS, PLAIN, Look, Visit
from tests.browser.test_screens import browser as browser  # the same chromium
from tests.browser.test_screens import visit as visit
from tests.support.background_house import House, background_house
from tests.support.drawn import DRAWN_MS
from tests.support.screens import screens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("screens")]

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    folder = tmp_path_factory.mktemp("do-not-call")
    with background_house(folder / "data") as house, screens(house, folder / "streamlit.log") as started:
        yield house, started


def api(house: House) -> httpx.Client:
    return httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.token}"})


def fill_up(house: House) -> None:
    """What a business has after a while."""
    with api(house) as ask:
        for number, reason in (("4155550142", "asked us to stop"), ("2125550188", "Asked by e-mail")):
            ask.post("/do-not-call", json={"number": number, "reason": reason, "source": "HubSpot"})
        ask.post("/do-not-call/numbers", params={"name": "old-crm.csv"}, content=b"3125550177\n7025550166\n")
        content = "\n".join(f"415{line:07}" for line in range(2_000_000, 2_002_000)).encode() + b"\n415,5550142\n"
        for state, days in (("", 2), ("TX", 27)):
            day = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
            ask.post("/do-not-call/lists", params={"state": state, "listed_on": day}, content=content)
        until = datetime.now(UTC) + timedelta(days=3)
        ask.put("/do-not-call/states/LA", json={"until": until.isoformat(), "why": "Storm emergency of the governor"})


@pytest.mark.parametrize("visit", [PLAIN, *OTHERS], indirect=True, ids=lambda look: f"look{look}")
def test_the_page_shows_what_is_on_which_list(
    places: tuple[House, str], visit: Visit, request: pytest.FixtureRequest
) -> None:
    house, address = places
    look: Look = request.node.callspec.params["visit"]
    fill_up(house)
    visit.open(f"{address}/do-not-call", "Storm emergency of the governor")
    expect(visit.page.get_by_text("National registry").first).to_be_visible(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("Get the next one").first).to_be_visible(timeout=DRAWN_MS)
    visit.page.get_by_label("Phone number").first.fill("(415) 555-0142")
    visit.page.get_by_role("button", name="Look it up").click()
    expect(visit.page.get_by_text("+1 415 555 0142 must not be called")).to_be_visible(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("On the list “National registry”")).to_be_visible(timeout=DRAWN_MS)
    visit.settled()
    visit.shoot(f"do-not-call{look}")


def test_a_number_that_is_added_on_the_page_is_on_the_list(places: tuple[House, str], visit: Visit) -> None:
    house, address = places
    visit.open(f"{address}/do-not-call", "Is a number on a list?")
    form = visit.page.get_by_role("tabpanel").first
    form.get_by_label("Phone number").fill("646 555 0199")
    form.get_by_label("Why (may stay empty)").fill("Wrote a letter")
    form.get_by_role("button", name="Never call again").click()
    expect(visit.page.get_by_text("Nobody calls this number any more.")).to_be_visible(timeout=DRAWN_MS)
    with api(house) as ask:
        own = ask.post("/do-not-call/look-up", json={"number": "6465550199"}).json()["own"]
    assert own["reason"] == "Wrote a letter"
    visit.page.get_by_label("Phone number").first.fill("call me")
    visit.page.get_by_role("button", name="Look it up").click()
    expect(visit.page.get_by_text("This is not a phone number.").first).to_be_visible(timeout=DRAWN_MS)
    visit.settled()


def test_files_are_uploaded_on_the_page(places: tuple[House, str], visit: Visit) -> None:
    house, address = places
    visit.open(f"{address}/do-not-call", "Is a number on a list?")
    visit.page.get_by_role("tab", name="A file").click()
    numbers = {"name": "mine.csv", "mimeType": "text/csv", "buffer": b"Phone\n(917) 555-0101\nnobody\n9175550102\n"}
    visit.page.locator("input[type=file]").first.set_input_files(numbers)  # type: ignore[arg-type]
    visit.page.get_by_role("button", name="Put them on the list").click()
    expect(visit.page.get_by_text("2 numbers read, 2 of them new.")).to_be_visible(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("Lines without a phone number: 1 (3).")).to_be_visible(timeout=DRAWN_MS)
    visit.page.get_by_text("Upload a list", exact=True).click()
    # The field is one of parts, which are typed one after the other.
    visit.page.get_by_test_id("stDateInputField").first.get_by_role("spinbutton").first.click()
    visit.page.keyboard.type(f"{YESTERDAY:%Y%m%d}")
    visit.page.keyboard.press("Tab")
    registry = {"name": "fl.txt", "mimeType": "text/plain", "buffer": b"305,5550100\n305,5550101\n"}
    visit.page.locator("input[type=file]").nth(1).set_input_files(registry)  # type: ignore[arg-type]
    visit.page.get_by_text("It may be much shorter than the list before").click()
    visit.page.get_by_role("button", name="Load it").click()
    expect(visit.page.get_by_text("Numbers: 2. Area codes: 1.").first).to_be_visible(timeout=DRAWN_MS)
    with api(house) as ask:
        found = ask.post("/do-not-call/look-up", json={"number": "3055550101"}).json()
    assert [each["name"] for each in found["lists"]] == ["National registry"]
    visit.settled()
