"""What every page of one flow begins with: state, tabs, saving in words that are true, choices, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from engine.supervisor import free_port
from tests.support.page_text import raw, words
from tests.ui.conftest import Shown
from tests.ui.editor.conftest import NewFlow, OpenEditor
from ui.client import Engine
from ui.desk import Desk
from ui.resources import drafts
from ui.resources.drafts import Step

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _name_box(page: AppTest) -> AppTest:
    return next(box for box in page.text_input if box.label == "Name of the card")


def _named(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label)


def _rename(flow_id: str, engine: Engine, desk: Desk, name: str) -> None:
    step: Step = {"do": "put", "path": ["nodes", "qualify", "name"], "value": name, "was": "Find out what is needed"}
    desk.take(engine, "Renamed a card", [step], NOW)


def _stored_name(engine: Engine, flow_id: str) -> str:
    cards = drafts.draft(engine, flow_id).document["nodes"]
    assert isinstance(cards, list)
    return next(str(card["name"]) for card in cards if isinstance(card, dict) and card["id"] == "qualify")


def test_the_head_tells_name_state_and_problems(editor: OpenEditor, new_flow: NewFlow) -> None:
    text = words(editor(new_flow(start="nobody")))
    assert "Roofs" in text
    assert "Draft, not published" in text
    assert "to mend" in text
    assert "Everything is saved" in text


def test_all_pages_of_a_flow_are_tabs_that_keep_the_flow(editor: OpenEditor, new_flow: NewFlow) -> None:
    flow_id = new_flow()
    links = editor(flow_id).get("page_link")
    assert "Editor" in [link.proto.label for link in links]
    assert all(f"flow={flow_id}" in link.proto.query_string for link in links)


def test_without_a_flow_the_page_says_where_to_find_one(show: Shown) -> None:
    page = show("flow")
    assert "Choose a flow under Flows." in page.info[0].value


def test_a_flow_that_does_not_exist_is_told_in_words_with_a_way_back(show: Shown) -> None:
    page = show("flow", flow="nobody")
    assert "nobody" in page.error[0].value
    assert [link.proto.label for link in page.get("page_link")] == ["All flows"]


def test_an_edit_in_a_form_is_saved_and_said_to_be(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    _name_box(page).set_value("Learn the job").run()
    assert _stored_name(engine, flow_id) == "Learn the job"
    assert "Saved at" in words(page)
    assert "Learn the job" in str([radio.options for radio in page.radio]), "the list follows"


def test_undo_and_redo_are_offered_and_say_what_they_take_back(
    editor: OpenEditor, new_flow: NewFlow, engine: Engine
) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    assert _named(page, "Undo").disabled
    _name_box(page).set_value("Learn the job").run()
    page.run()
    assert "Undo: Changed" in _named(page, "Undo").help
    _named(page, "Undo").click().run()
    assert _stored_name(engine, flow_id) == "Find out what is needed"
    assert _name_box(page).value == "Find out what is needed"
    _named(page, "Redo").click().run()
    assert _stored_name(engine, flow_id) == "Learn the job"


def test_an_engine_that_is_gone_says_not_saved_keeps_the_text_and_sends_it_later(
    editor: OpenEditor, new_flow: NewFlow, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    with monkeypatch.context() as gone:
        gone.setenv("LEADLINE_API", f"http://127.0.0.1:{free_port()}")
        _name_box(page).set_value("Typed in the dark").run()
        page.run()
        text = words(page)
        assert "Not saved: 1 change waits here until the engine answers" in text
        assert "Everything is saved" not in text
        assert "Nothing is lost" in text
        assert _name_box(page).value == "Typed in the dark"
        assert "Typed in the dark" in str([radio.options for radio in page.radio])
        assert _stored_name(engine, flow_id) == "Find out what is needed"
    page.run()
    assert _stored_name(engine, flow_id) == "Typed in the dark"
    assert "Not saved" not in words(page)


def test_two_sessions_that_edit_different_cards_keep_both(
    editor: OpenEditor, new_flow: NewFlow, engine: Engine
) -> None:
    flow_id = new_flow()
    one, other = editor(flow_id, card="qualify"), editor(flow_id, card="opening")
    _name_box(one).set_value("One").run()
    _name_box(other).set_value("Other").run()
    one.run()
    options = str([radio.options for radio in one.radio])
    assert "One" in options
    assert "Other" in options
    assert _stored_name(engine, flow_id) == "One"


def test_the_same_field_is_a_choice_with_both_texts_and_their_author(
    editor: OpenEditor, new_flow: NewFlow, engine: Engine, colleague: Callable[[str], Desk]
) -> None:
    flow_id = new_flow()
    page, ben = editor(flow_id, card="qualify"), colleague(flow_id)
    _rename(flow_id, engine, ben, "By Ben")
    _name_box(page).set_value("By me").run()
    page.run()
    text = words(page)
    assert "Two people changed the card “By Ben”" in text
    assert "**Ben**" in text
    assert [each.value for each in page.text][:2] == ["By Ben", "By me"]
    assert "Not saved: choose below" in text
    assert _stored_name(engine, flow_id) == "By Ben"
    _named(page, "Keep both").click().run()
    assert _stored_name(engine, flow_id) == "By Ben By me"
    assert "Two people changed" not in words(page)


def test_colleagues_are_named_and_what_they_did_is_shown_on_request(
    editor: OpenEditor, new_flow: NewFlow, engine: Engine, colleague: Callable[[str], Desk]
) -> None:
    flow_id = new_flow()
    ben = colleague(flow_id)
    _rename(flow_id, engine, ben, "By Ben")
    page = editor(flow_id, card="qualify")
    assert "Ben at work here too" in words(page)
    assert _name_box(page).value == "By Ben"


def test_an_edit_that_the_engine_refuses_is_told_in_its_words(
    editor: OpenEditor, new_flow: NewFlow, engine: Engine
) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    desk: Desk = page.session_state["leadline-desk"][flow_id]
    desk.take(engine, "nonsense", [{"do": "put", "path": ["id"], "value": "x"}], NOW)
    page.run()
    assert "This change was not made." in page.error[0].value
    assert "keeps its id for good" in page.error[0].value


def test_a_flow_of_a_newer_leadline_can_be_looked_at_but_not_changed(editor: OpenEditor, new_flow: NewFlow) -> None:
    page = editor(new_flow(format_version=99), card="qualify")
    assert "newer Leadline" in page.warning[0].value
    assert _name_box(page).disabled
    assert "New card" not in [button.label for button in page.button if not button.disabled]


def test_words_of_the_status_are_announced(editor: OpenEditor, new_flow: NewFlow) -> None:
    assert 'role="status"' in raw(editor(new_flow()))
