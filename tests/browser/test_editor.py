"""The editor in a real browser: canvas and panel together, typing, a killed server, two windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_screens import browser as browser  # the same chromium
from tests.support.background_house import House, background_house
from tests.support.builder_pages import card, new_flow, stored, until
from tests.support.drawn import DRAWN_MS, settled
from tests.support.screens import Screens, running_screens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("editor"), pytest.mark.slow]

Open = Callable[..., Page]
IN_VIEW = """(but) => {
  const holders = [...document.querySelectorAll("*")];
  const root = holders.find((each) => each.shadowRoot?.querySelector(".react-flow")).shadowRoot;
  const cards = [...root.querySelectorAll(".react-flow__node-card")];
  const seen = cards.find((each) => {
    const head = each.querySelector("header").getBoundingClientRect();
    const [x, y] = [head.x + head.width / 2, head.y + head.height / 2];
    return each.dataset.id !== but && each.contains(root.elementFromPoint(x, y));
  });
  return seen.dataset.id;
}"""
"""A card that can be clicked as the canvas stands."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with background_house(tmp_path_factory.mktemp("house"), seeded=False) as started:
        yield started


@pytest.fixture(scope="module")
def server(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screens]:
    with running_screens(house, tmp_path_factory.mktemp("log") / "streamlit") as started:
        yield started


@pytest.fixture
def open_editor(server: Screens, browser: Browser) -> Iterator[Open]:
    contexts = []
    faults: list[str] = []

    def opened(flow_id: str, query: str = "", until: str = "Name of the card") -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{server.address}/flow?flow={flow_id}{query}")
        expect(page.get_by_text(until).first).to_be_visible(timeout=DRAWN_MS)
        settled(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def test_a_card_chosen_on_the_canvas_opens_its_form_and_its_address(house: House, open_editor: Open) -> None:
    page = open_editor(new_flow(house), until="Choose a card")
    page.locator('.react-flow__node-card[data-id="opening"]').click()
    expect(page.get_by_role("textbox", name="Name of the card")).to_have_value("Opening", timeout=DRAWN_MS)
    assert "card=opening" in page.url


def test_a_deep_link_opens_canvas_and_form_on_that_card(house: House, open_editor: Open) -> None:
    page = open_editor(new_flow(house), "&card=book")
    expect(page.get_by_role("textbox", name="Name of the card")).to_have_value("Offer times and book")
    expect(page.locator('.react-flow__node-card[data-id="book"]')).to_be_in_viewport(timeout=DRAWN_MS)


def test_what_is_changed_in_the_form_is_seen_on_the_canvas_and_undone_there(house: House, open_editor: Open) -> None:
    flow_id = new_flow(house)
    page = open_editor(flow_id, "&card=qualify")
    box = page.get_by_role("textbox", name="Name of the card")
    box.fill("Learn the job")
    shown = page.locator('.react-flow__node-card[data-id="qualify"]')
    expect(shown).to_contain_text("Learn the job", timeout=DRAWN_MS)
    page.get_by_role("button", name="Undo").first.click()
    until(lambda: card(house, flow_id, "qualify")["name"] == "Find out what is needed")
    expect(shown).to_contain_text("Find out what is needed")
    expect(box).to_have_value("Find out what is needed", timeout=DRAWN_MS)


def test_text_is_saved_while_it_is_typed_and_nothing_typed_meanwhile_is_lost(house: House, open_editor: Open) -> None:
    """Saving never replaces what is newer in the box."""
    flow_id = new_flow(house)
    page = open_editor(flow_id, "&view=outline&card=qualify")
    box = page.get_by_role("textbox", name="Name of the card")
    box.fill("")
    words = "Learn what needs doing and how soon it has to be done"
    box.press_sequentially(words, delay=110)  # about six seconds, and several saves on the way
    saved_on_the_way = card(house, flow_id, "qualify")["name"]
    assert words.startswith(saved_on_the_way)
    assert len(saved_on_the_way) > len(words) - 19  # 2 s of typing
    expect(box).to_have_value(words)
    until(lambda: card(house, flow_id, "qualify")["name"] == words)
    expect(box).to_be_focused()


def test_typing_then_clicking_another_card_on_the_canvas_loses_nothing(house: House, open_editor: Open) -> None:
    flow_id = new_flow(house)
    page = open_editor(flow_id, "&card=qualify")
    expect(page.locator('.react-flow__node.selected[data-id="qualify"]')).to_be_visible(timeout=DRAWN_MS)
    page.get_by_role("textbox", name="Name of the card").fill("Learn the job")
    other = page.evaluate(IN_VIEW, "qualify")
    before = card(house, flow_id, other)["name"]
    page.locator(f'.react-flow__node-card[data-id="{other}"] header').click()
    until(lambda: card(house, flow_id, "qualify")["name"] == "Learn the job")
    expect(page.get_by_role("textbox", name="Name of the card")).to_have_value(before, timeout=DRAWN_MS)
    assert card(house, flow_id, other)["name"] == before


def test_a_server_killed_while_typing_loses_at_most_two_seconds_of_one_box(
    house: House, server: Screens, open_editor: Open
) -> None:
    flow_id = new_flow(house)
    page = open_editor(flow_id, "&view=outline&card=qualify")
    page.get_by_role("textbox", name="Goal").fill("Friendly and brief")
    until(lambda: card(house, flow_id, "qualify")["settings"]["goal"] == "Friendly and brief")
    box = page.get_by_role("textbox", name="Name of the card")
    box.fill("")
    words = "This was typed before the machine stopped working at all"
    box.press_sequentially(words, delay=100)
    server.kill()
    kept = card(house, flow_id, "qualify")["name"]
    typed_in_two_seconds = 20  # letters, one each 0.1 s
    assert words.startswith(kept)
    assert len(words) - len(kept) <= typed_in_two_seconds + 1
    assert card(house, flow_id, "qualify")["settings"]["goal"] == "Friendly and brief"
    server.start()
    again = open_editor(flow_id, "&view=outline&card=qualify")
    expect(again.get_by_role("textbox", name="Name of the card")).to_have_value(kept)


def test_two_windows_on_different_cards_keep_both_and_the_same_field_is_a_choice(
    house: House, open_editor: Open
) -> None:
    flow_id = new_flow(house)
    one = open_editor(flow_id, "&view=outline&card=qualify")
    other = open_editor(flow_id, "&view=outline&card=opening")
    one.get_by_role("textbox", name="Name of the card").fill("One")
    one.keyboard.press("Tab")
    other.get_by_role("textbox", name="Name of the card").fill("Other")
    other.keyboard.press("Tab")
    until(
        lambda: card(house, flow_id, "qualify")["name"] == "One" and card(house, flow_id, "opening")["name"] == "Other"
    )

    third = open_editor(flow_id, "&view=outline&card=qualify")
    one.get_by_role("textbox", name="Name of the card").fill("Mine")
    one.keyboard.press("Tab")
    until(lambda: card(house, flow_id, "qualify")["name"] == "Mine")
    third.get_by_role("textbox", name="Name of the card").fill("Yours")
    third.keyboard.press("Tab")
    expect(third.get_by_role("button", name="Keep both")).to_be_visible(timeout=DRAWN_MS)
    expect(third.get_by_text("Not saved: choose below")).to_be_visible()
    third.get_by_role("button", name="Keep mine").click()
    until(lambda: card(house, flow_id, "qualify")["name"] == "Yours")


def test_a_problem_leads_to_its_card_and_the_cursor_into_its_field(house: House, open_editor: Open) -> None:
    flow_id = new_flow(house)
    broken = stored(house, flow_id)
    broken.pop("issues")
    opening = next(each for each in broken["nodes"] if each["id"] == "opening")
    opening["settings"]["text"] += " {nonsense}"
    page = open_editor(new_flow(house, broken), "&view=outline", until="Choose a card")
    page.get_by_role("radio", name="Problems (1)").click()
    page.get_by_role("button", name="Show the card").click()
    expect(page.get_by_role("textbox", name="Name of the card")).to_have_value("Opening", timeout=DRAWN_MS)
    settled(page)
    until(lambda: "{nonsense}" in page.evaluate("document.activeElement.value ?? ''"))
