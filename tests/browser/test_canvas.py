"""The canvas in a real browser, in front of the real engine."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from engine.supervisor import free_port
from tests.browser.test_screens import browser as browser  # the same chromium
from tests.support.background_house import House, background_house
from tests.support.canvas_board import Board, board, card, flow, middle, way
from tests.support.screens import screens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("canvas"), pytest.mark.slow]

THREE = [card("start", "start"), card("hello"), card("bye", "end", settings={"disposition": "completed"})]
LINES = [way("start", "hello"), way("hello", "bye")]
Open = Callable[..., Board]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """An engine that lets our page in, and the address of that page."""
    folder, port = tmp_path_factory.mktemp("canvas"), free_port()
    with (
        background_house(folder / "data", seeded=False, builder_origins=f"http://127.0.0.1:{port}") as house,
        screens(house, folder / "streamlit.log", script="tests/support/canvas_page.py", port=port) as address,
    ):
        yield house, address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


@pytest.fixture
def open_flow(place: tuple[House, str], context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a new flow; named by the test, because all tests share one engine."""
    house, address = place
    faults: list[str] = []
    count = 0

    def opened(cards: list[dict[str, Any]] = THREE, ways: list[dict[str, Any]] = LINES, **query: str) -> Board:
        nonlocal count
        count += 1
        id = re.sub(r"\W+", "_", request.node.name)[:50].strip("_") + f"_{count}"
        made = board(context, house, flow(id, cards, ways))
        made.page.on("pageerror", lambda error: faults.append(str(error)))
        return made.open(address, len(cards), **query)

    yield opened
    assert not faults


def test_a_card_from_the_palette_stands_behind_the_chosen_one(open_flow: Open) -> None:
    shown = open_flow(THREE[:2], LINES[:1])
    shown.choose("hello")
    shown.page.get_by_role("button", name="End", exact=True).click()
    expect(shown.page.locator(".react-flow__node-card")).to_have_count(3)
    shown.saved()
    added = shown.cards()[-1]
    assert added.startswith("end_")
    assert ("hello", "next", added) in shown.ways()
    assert shown.document()["layout"]["nodes"][added]["y"] > 220


def test_a_card_dragged_from_the_palette_lies_where_it_was_let_go(open_flow: Open) -> None:
    shown = open_flow()
    pane = shown.page.locator(".react-flow__pane")
    shown.page.get_by_role("button", name="Stage", exact=True).drag_to(pane, target_position={"x": 520, "y": 420})
    expect(shown.page.locator(".react-flow__node-card")).to_have_count(4)
    shown.saved()
    box, there = pane.bounding_box(), shown.card(shown.cards()[-1]).bounding_box()
    assert box and there
    assert abs(there["x"] - box["x"] - 520 + 110) < 40
    assert abs(there["y"] - box["y"] - 420 + 24) < 40


def test_a_line_let_go_in_the_open_asks_what_happens_next(open_flow: Open) -> None:
    shown = open_flow(THREE[:2], LINES[:1])
    x, y = middle(shown.exit("hello"))
    shown.pull(shown.exit("hello"), (x + 180, y + 160))
    expect(shown.page.get_by_role("dialog", name="What happens next?")).to_be_visible()
    shown.pick("call back")
    shown.saved()
    assert shown.ways()[-1][:2] == ("hello", "next")
    assert shown.ways()[-1][2].startswith("call_back_later_")


def test_a_line_joins_two_cards_and_a_second_one_asks_when_it_is_taken(open_flow: Open) -> None:
    shown = open_flow([*THREE, card("other", "end", settings={"disposition": "callback"})], [LINES[0]])
    shown.pull(shown.exit("hello"), middle(shown.entry("bye")))
    shown.saved()
    assert ("hello", "next", "bye") in shown.ways()
    shown.pull(shown.exit("hello"), middle(shown.entry("other")))
    expect(shown.page.get_by_role("dialog", name="When is this way taken?")).to_be_visible()
    shown.page.get_by_role("option", name="If the answers say so").click()
    shown.saved()
    edges = shown.document()["edges"]
    assert [(each["to"], each["kind"]) for each in edges if each["from"]["node"] == "hello"] == [
        ("other", "rule"),
        ("bye", "otherwise"),
    ]
    expect(shown.page.get_by_text(f"edges={edges[1]['id']}")).to_be_visible()


def test_a_card_is_put_on_a_line(open_flow: Open) -> None:
    shown = open_flow()
    x, y = middle(shown.exit("hello"))
    shown.page.mouse.move(x, y + 30)
    shown.page.get_by_role("button", name="Put a card here").click()
    shown.pick("stage")
    shown.saved()
    new = shown.cards()[-1]
    assert {("hello", "next", new), (new, "next", "bye")} <= set(shown.ways())


def test_a_hundred_edits_are_undone_and_done_again_by_the_keyboard(open_flow: Open) -> None:
    shown = open_flow()
    before = shown.document()
    shown.choose("hello")
    shown.card("hello").focus()
    for _ in range(100):
        shown.page.keyboard.press("Alt+ArrowRight")
    shown.saved()
    moved = shown.document()
    assert moved["layout"]["nodes"]["hello"]["x"] == 2000
    for _ in range(100):
        shown.page.keyboard.press("Control+z")
    shown.saved()
    assert shown.document() == before
    for _ in range(100):
        shown.page.keyboard.press("Control+y")
    shown.saved()
    assert shown.document() == moved


def test_cards_travel_to_another_flow_with_fresh_ids_and_the_lines_between_them(open_flow: Open) -> None:
    one, two = open_flow(), open_flow(THREE[:1], [])
    one.page.bring_to_front()
    one.choose("hello")
    one.card("bye").locator(".title small").click(modifiers=["Shift"])
    one.page.keyboard.press("Control+c")
    two.page.bring_to_front()
    two.card("start").focus()
    two.page.keyboard.press("Control+v")
    expect(two.page.locator(".react-flow__node-card")).to_have_count(3)
    two.saved()
    _, hello, bye = two.cards()
    assert hello.startswith("hello_")
    assert two.ways() == [(hello, "next", bye)]
    assert two.document()["nodes"][1]["settings"] == {"text": "This is hello."}
    two.page.keyboard.press("Control+z")
    two.saved()
    assert two.cards() == ["start"]


def test_removing_takes_lines_and_places_along_and_never_the_beginning(open_flow: Open) -> None:
    shown = open_flow()
    shown.card("hello").focus()
    shown.page.keyboard.press("Control+a")
    shown.page.keyboard.press("Delete")
    shown.saved()
    document = shown.document()
    assert (shown.cards(), document["edges"], list(document["layout"]["nodes"])) == (["start"], [], ["start"])


def test_a_flow_is_built_with_the_keyboard_alone(open_flow: Open) -> None:
    shown = open_flow(THREE[:1], [])
    shown.card("start").focus()
    shown.page.keyboard.press("a")
    shown.pick("fixed line")
    expect(shown.page.locator(".react-flow__node-card")).to_have_count(2)
    expect(shown.page.locator(".react-flow__node-card:focus")).to_have_attribute("data-id", re.compile("fixed_line_"))
    shown.page.keyboard.press("a")
    shown.pick("end")
    expect(shown.page.locator(".react-flow__node-card")).to_have_count(3)
    expect(shown.page.locator(".react-flow__node-card:focus")).to_have_attribute("data-id", re.compile("end_"))
    shown.page.keyboard.press("ArrowUp")
    expect(shown.page.locator(".react-flow__node-card:focus")).to_have_attribute("data-id", re.compile("fixed_line_"))
    shown.page.keyboard.press("c")
    shown.pick("end")
    shown.saved()
    start, line, end = shown.cards()
    assert shown.ways() == [(start, "next", line), (line, "next", end)]
    shown.page.keyboard.press("Control+k")
    shown.pick("start")
    expect(shown.card("start")).to_be_focused()


def test_typing_a_name_fires_no_shortcut(open_flow: Open) -> None:
    shown = open_flow()
    shown.card("hello").locator(".title b").dblclick()
    shown.page.keyboard.press("Control+a")
    shown.page.keyboard.press("Delete")
    shown.page.keyboard.type("a cap, c?")
    shown.page.keyboard.press("Enter")
    shown.saved()
    assert [each["name"] for each in shown.document()["nodes"]] == ["Start", "a cap, c?", "Bye"]
    assert shown.page.get_by_role("dialog").count() == 0


def test_problems_are_told_in_the_validators_own_words(open_flow: Open) -> None:
    shown = open_flow([*THREE[:2], card("bye", "end")], LINES)
    said = [each["sentence"] for each in shown.draft()["issues"] if each["id"] == "bye"]
    assert said
    shown.card("bye").get_by_role("button", name=re.compile("Problems of")).click()
    for sentence in said:
        expect(shown.page.get_by_role("dialog").get_by_text(sentence).first).to_be_visible()


def test_what_a_form_or_a_colleague_changes_is_seen_without_a_rerun(open_flow: Open) -> None:
    shown = open_flow()
    view = shown.view()
    shown.edit({"do": "put", "path": ["nodes", "hello", "name"], "value": "Renamed by Ben", "was": "Hello"})
    expect(shown.card("hello").get_by_text("Renamed by Ben")).to_be_visible(timeout=6000)
    assert shown.view() == view


def test_two_windows_that_change_different_cards_keep_both(
    open_flow: Open, place: tuple[House, str], browser: Browser
) -> None:
    one = open_flow()
    with window(browser) as page:
        two = Board(page, one.house, one.flow).open(place[1], 3)
        for shown, id in ((one, "hello"), (two, "bye")):
            shown.card(id).locator(".title b").dblclick()
            shown.page.keyboard.type(f"{id} anew")
            shown.page.keyboard.press("Enter")
        for shown in (one, two):
            expect(shown.card("hello").get_by_text("hello anew")).to_be_visible(timeout=8000)
            expect(shown.card("bye").get_by_text("bye anew")).to_be_visible(timeout=8000)
            shown.saved()


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "Mine"), ("Take theirs", "Theirs")])
def test_two_people_who_change_one_name_get_a_choice(open_flow: Open, choice: str, kept: str) -> None:
    shown = open_flow()
    with shown.no_engine():
        shown.card("hello").locator(".title b").dblclick()
        shown.page.keyboard.type("Mine")
        shown.page.keyboard.press("Enter")
        expect(shown.page.get_by_text("Not saved yet")).to_be_visible()
        shown.edit({"do": "put", "path": ["nodes", "hello", "name"], "value": "Theirs", "was": "Hello"})
    question = shown.page.get_by_role("alertdialog")
    expect(question).to_be_visible(timeout=20_000)
    expect(question.get_by_text("Mine", exact=True)).to_be_visible()
    expect(question.get_by_text("Theirs", exact=True)).to_be_visible()
    question.get_by_role("button", name=choice).click()
    shown.saved()
    assert shown.document()["nodes"][1]["name"] == kept


def test_without_the_engine_the_status_says_so_and_nothing_is_lost(open_flow: Open) -> None:
    shown = open_flow()
    with shown.no_engine():
        shown.choose("hello")
        shown.page.keyboard.press("Control+d")
        expect(shown.page.get_by_text("Not saved yet")).to_be_visible()
        assert len(shown.cards()) == 3
    shown.saved()
    assert len(shown.cards()) == 4


def test_what_was_not_saved_survives_a_reload(open_flow: Open, place: tuple[House, str]) -> None:
    shown = open_flow()
    with shown.no_engine():
        shown.choose("hello")
        shown.page.keyboard.press("Control+d")
        expect(shown.page.get_by_text("Not saved yet")).to_be_visible()
        shown.page.reload()
        expect(shown.page.get_by_text("The engine does not answer").first).to_be_visible(timeout=30_000)
    expect(shown.page.locator(".react-flow__node-card")).to_have_count(4, timeout=30_000)
    shown.saved()
    assert len(shown.cards()) == 4


def test_a_canvas_that_comes_back_has_its_history_view_and_selection(open_flow: Open) -> None:
    shown = open_flow()
    shown.choose("hello")
    shown.page.keyboard.press("Control+d")
    shown.saved()
    shown.choose("hello")
    shown.page.get_by_role("button", name="Zoom In").click()
    shown.page.wait_for_timeout(300)
    view = shown.view()
    shown.page.get_by_text("Away").click()
    expect(shown.page.locator(".canvas")).to_have_count(0)
    shown.page.get_by_text("Away").click()
    expect(shown.card("hello").locator(".card.selected")).to_be_visible(timeout=10_000)
    assert shown.view() == view
    shown.card("hello").focus()
    shown.page.keyboard.press("Control+z")
    shown.saved()
    assert shown.cards() == ["start", "hello", "bye"]


def test_a_storm_of_reruns_under_load_moves_nothing_and_mounts_the_canvas_once(open_flow: Open) -> None:
    shown = open_flow()
    shown.choose("hello")
    shown.page.get_by_role("button", name="Zoom In").click()
    shown.page.wait_for_timeout(300)
    view = shown.view()
    shown.page.locator(".canvas").evaluate("element => element.marked = true")
    with busy(2):
        for turn in range(25):
            shown.page.get_by_role("button", name="Run again").dispatch_event("click")
            if turn % 5 == 0:
                shown.card("hello").focus()
                shown.page.keyboard.press("Alt+ArrowRight")
            shown.page.wait_for_timeout(120)
        shown.saved()
    # Streamlit drops clicks while it is busy: what counts is that the script ran many times.
    for _ in range(60):
        if int(shown.page.get_by_text("runs=").inner_text().removeprefix("runs=")) > 12:
            break
        shown.page.get_by_role("button", name="Run again").click()
        shown.page.wait_for_timeout(100)
    else:
        raise AssertionError("the script did not run often enough to prove anything")
    assert shown.page.locator(".canvas").evaluate("element => element.marked === true"), "it was mounted again"
    assert shown.view() == view
    expect(shown.card("hello").locator(".card.selected")).to_be_visible()
    assert shown.document()["layout"]["nodes"]["hello"]["x"] == 100


def test_python_is_told_what_is_chosen_and_what_is_stored(open_flow: Open) -> None:
    shown = open_flow()
    shown.choose("hello")
    expect(shown.page.get_by_text("cards=hello edges= reflex=")).to_be_visible()
    shown.page.keyboard.press("Control+d")
    shown.saved()
    expect(shown.page.get_by_text(f"revision={shown.draft()['revision']}")).to_be_visible(timeout=6000)


def test_a_running_call_lights_its_card_and_a_jump_chooses_one(open_flow: Open) -> None:
    shown = open_flow()
    shown.signal("leadline:lit", cards=["hello"], visited=["start"])
    expect(shown.card("hello").locator(".card.lit")).to_be_visible()
    expect(shown.card("start").locator(".card.visited")).to_be_visible()
    shown.signal("leadline:lit", cards=[], visited=[])
    expect(shown.page.locator(".card.lit")).to_have_count(0)
    shown.signal("leadline:focus", card="bye")
    expect(shown.card("bye").locator(".card.selected")).to_be_visible()


def test_the_lit_card_is_brought_into_view_and_what_was_chosen_stays_chosen(open_flow: Open) -> None:
    shown = open_flow()
    shown.choose("bye")
    pane = shown.page.locator(".react-flow__pane").bounding_box()
    assert pane is not None
    right, low = pane["x"] + pane["width"] - 60, pane["y"] + pane["height"] - 60
    for _ in range(4):
        shown.page.mouse.move(right, low)
        shown.page.mouse.down()
        shown.page.mouse.move(pane["x"] + 20, pane["y"] + 90, steps=4)
        shown.page.mouse.up()
    seen_first = shown.card("hello").bounding_box()
    shown.signal("leadline:lit", cards=["hello"], visited=[])
    expect(shown.card("hello").locator(".card.lit")).to_be_visible()
    expect(shown.card("hello")).to_be_in_viewport()
    box = shown.card("hello").bounding_box()
    assert box is not None and box != seen_first
    assert pane["x"] <= box["x"] <= pane["x"] + pane["width"]
    expect(shown.card("bye").locator(".card.selected")).to_have_count(1)


def test_a_ghost_is_shown_and_kept(open_flow: Open) -> None:
    ghost = card("odd", "acme.credit_check", settings={"limit": 7})
    shown = open_flow([*THREE, ghost], LINES)
    expect(shown.card("odd").locator(".card.ghost")).to_be_visible()
    shown.card("odd").focus()
    shown.page.keyboard.press("Enter")
    shown.page.keyboard.press("Alt+ArrowDown")
    shown.saved()
    assert shown.document()["nodes"][3] == ghost


def test_a_read_only_flow_can_be_looked_at_only(open_flow: Open) -> None:
    shown = open_flow(read_only="yes")
    expect(shown.page.get_by_text("Read-only")).to_be_visible()
    assert shown.page.locator(".palette").count() == 0
    shown.card("hello").focus()
    for keys in ("Enter", "Delete", "Control+d", "Alt+ArrowRight"):
        shown.page.keyboard.press(keys)
    shown.page.wait_for_timeout(400)
    assert shown.draft()["revision"] == 1


@contextmanager
def window(browser: Browser) -> Iterator[Page]:
    """Of somebody else: nothing is shared with the other window."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that use a core each."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()
