"""After-call work that failed, in a real browser: seen, understood and tried again, from the call and from the list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.test_screens import OTHERS, PLAIN, Look, Visit
from tests.browser.test_screens import browser as browser  # the same chromium
from tests.browser.test_screens import visit as visit
from tests.support.background_house import background_house
from tests.support.drawn import DRAWN_MS
from tests.support.screens import screens
from tests.support.seeded_calls import FAILED_AFTERWARDS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("screens")]


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house for each test: here things change."""
    folder = tmp_path_factory.mktemp("failed-work")
    with background_house(folder / "data") as house, screens(house, folder / "streamlit.log") as started:
        yield started


def test_a_card_that_failed_is_tried_again_from_the_page_of_its_call(address: str, visit: Visit) -> None:
    visit.open(f"{address}/call?call={FAILED_AFTERWARDS}", "Things found out")
    visit.page.get_by_role("tab", name="After the call").click()
    expect(visit.page.get_by_text("Correct it in the card.").first).to_be_visible(timeout=DRAWN_MS)
    visit.page.get_by_role("button", name="Try again", exact=True).click()
    expect(visit.page.get_by_text("Being tried again: Mail to the office")).to_be_visible(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("Waiting for its turn")).to_be_visible(timeout=DRAWN_MS)
    visit.settled()


@pytest.mark.parametrize("visit", [PLAIN, *OTHERS], indirect=True, ids=lambda look: f"look{look}")
def test_all_that_failed_is_tried_again_from_the_list(
    address: str, visit: Visit, request: pytest.FixtureRequest
) -> None:
    look: Look = request.node.callspec.params["visit"]
    visit.open(f"{address}/call?call={FAILED_AFTERWARDS}", "Things found out")
    visit.page.get_by_role("tab", name="After the call").click()
    button = visit.page.get_by_role("button", name="Try all of it again")
    button.scroll_into_view_if_needed(timeout=DRAWN_MS)
    visit.shoot(f"call-after{look}")
    visit.open(f"{address}/calls?outcome=Booked", "Dana Reyes")
    visit.page.get_by_text("After-call work that failed").click()
    expect(visit.page.get_by_text("One card needs a person")).to_be_visible(timeout=DRAWN_MS)
    visit.open(f"{visit.page.url}", "One card needs a person")  # what is shown stands in the address
    visit.settled()
    visit.shoot(f"calls-failed{look}")
    visit.page.get_by_role("button", name="Try all again").click()
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.get_by_text("Try the after-call work of 1 call again?")).to_be_visible(timeout=DRAWN_MS)
    dialog.get_by_role("button", name="Try all again").click()
    expect(visit.page.get_by_text("Nothing has failed")).to_be_visible(timeout=DRAWN_MS)
