"""The Test page in a real browser: a talk with its reasons folded, callers that call; light, dark, wide, narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_screens import OTHERS, PLAIN, Look, Visit
from tests.browser.test_screens import address as address  # the same engine and pages
from tests.browser.test_screens import browser as browser
from tests.browser.test_screens import visit as visit
from tests.support.drawn import DRAWN_MS
from tests.support.seeded_calls import FLOW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("screens")]

TALK = ("Yes, speaking. What does it cost?", "It's a house in 94110.", "I own it, and it should be done this week.")


def _say(open_page: Visit, words: str) -> None:
    field = open_page.page.get_by_test_id("stChatInputTextArea")
    field.fill(words)
    field.press("Enter")
    expect(open_page.page.get_by_text(words).first).to_be_visible(timeout=DRAWN_MS)
    open_page.settled()


LOOKS = [PLAIN, *OTHERS]


@pytest.mark.parametrize(("visit", "look"), zip(LOOKS, LOOKS, strict=True), indirect=["visit"], ids=repr)
def test_a_talk_and_its_callers_can_be_read(address: str, visit: Visit, look: Look) -> None:
    visit.open(f"{address}/test?flow={FLOW}", "Talk with the draft")
    visit.page.evaluate("window.lit = []; addEventListener('leadline:lit', (event) => lit.push(event.detail))")
    visit.page.get_by_role("button", name="Talk with the draft").click()
    expect(visit.page.get_by_text("AI assistant").first).to_be_visible(timeout=DRAWN_MS)
    visit.settled()
    for words in TALK:
        _say(visit, words)
    lit = visit.page.evaluate("window.lit")
    assert lit[-1]["flow"] == FLOW
    assert lit[-1]["cards"] == ["book"]
    assert lit[-1]["visited"][:3] == ["start", "opening", "qualify"]
    why = visit.page.get_by_text("Why?").last
    why.click()
    expect(visit.page.get_by_text("Noted: Who decides").first).to_be_visible()
    # A move redraws the talk; what was unfolded to be read stays so.
    visit.page.get_by_role("button", name="Say nothing").click()
    expect(visit.page.get_by_text("The caller says nothing.").first).to_be_visible(timeout=DRAWN_MS)
    visit.settled()
    expect(visit.page.get_by_text("Noted: Who decides").first).to_be_attached()
    visit.shoot(f"test-chat{look}")
    visit.page.get_by_role("tab", name="Callers").click()
    expect(visit.page.get_by_role("button", name="Let all callers call").first).to_be_visible(timeout=DRAWN_MS)
    visit.page.get_by_role("button", name="Let all callers call").first.click()
    stop = visit.page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_visible(timeout=DRAWN_MS)  # the run before this one is not what we look at
    expect(stop).to_have_count(0, timeout=90_000)
    expect(visit.page.get_by_text("28 served as expected").first).to_be_visible(timeout=DRAWN_MS)
    visit.settled()
    visit.shoot(f"test-callers{look}")
    visit.page.get_by_role("tab", name="Phone call").click()
    expect(visit.page.get_by_role("button", name="Call this phone")).to_be_visible(timeout=DRAWN_MS)
    visit.shoot(f"test-phone{look}")
