"""The outline: a whole flow is built and changed by plain widgets."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.support.page_text import words
from tests.ui.editor.conftest import NewFlow, OpenEditor
from ui.client import Engine
from ui.components import CanvasState
from ui.editor.canvas_place import chosen_of
from ui.editor.chosen import Chosen
from ui.outline import things
from ui.records import Json
from ui.resources import drafts
from ui.resources.drafts import Draft, Step


def _list(page: AppTest, group: str) -> list[str]:
    return next((list(radio.options) for radio in page.radio if radio.label == group), [])


def _address(page: AppTest, name: str) -> str:
    found = page.query_params.get(name, "")
    return found[0] if isinstance(found, list) else found


def _press(page: AppTest, label: str, nth: int = 0) -> None:
    [button for button in page.button if button.label == label][nth].click().run()


def _pick(page: AppTest, label: str, beginning: str, nth: int = 0) -> None:
    box = [box for box in page.selectbox if box.label == label][nth]
    box.set_value(next(option for option in box.options if option.startswith(beginning))).run()


def _open_section(page: AppTest, name: str) -> None:
    page.session_state[f"editor-section-{_address(page, 'flow')}"] = name
    page.run()


def _edges(draft: Draft, **wanted: str) -> list[dict[str, Json]]:
    edges = draft.document["edges"]
    assert isinstance(edges, list)
    found = [edge for edge in edges if isinstance(edge, dict)]
    return [
        edge for edge in found
        if edge["to"] == wanted.get("to", edge["to"]) and edge["from"]["node"] == wanted.get("of", edge["from"]["node"])  # type: ignore[index, call-overload]
    ]  # fmt: skip


def test_cards_stand_in_reading_order_with_lanes_apart(editor: OpenEditor, new_flow: NewFlow) -> None:
    page = editor(new_flow())
    call = _list(page, "During the call")
    assert call[0].startswith("1. **Start**")
    assert "calls begin here" in call[0]
    assert any("Put through" in each for each in _list(page, "When a reflex leads there"))
    assert any("Tell the CRM" in each for each in _list(page, "After the call"))


def test_a_chosen_card_opens_its_form_and_stands_in_the_address(editor: OpenEditor, new_flow: NewFlow) -> None:
    page = editor(new_flow())
    assert "Choose a card" in page.info[0].value
    next(radio for radio in page.radio if radio.label == "During the call").set_value("qualify").run()
    assert _address(page, "card") == "qualify"
    assert any(box.label == "Name of the card" and box.value == "Find out what is needed" for box in page.text_input)


def test_no_card_looks_chosen_before_one_is_so_that_the_first_of_each_list_can_be_chosen(
    editor: OpenEditor, new_flow: NewFlow
) -> None:
    page = editor(new_flow())
    lists = [radio.proto for radio in page.radio if radio.proto.captions]
    assert len(lists) > 2
    assert [proto.label for proto in lists if proto.HasField("default")] == []


def test_choosing_in_another_lane_leaves_one_choice(editor: OpenEditor, new_flow: NewFlow) -> None:
    page = editor(new_flow(), card="qualify")
    next(radio for radio in page.radio if radio.label == "After the call").set_value("mail_office").run()
    assert {
        radio.label: radio.value for radio in page.radio if radio.label in ("During the call", "After the call")
    } == {
        "During the call": None,
        "After the call": "mail_office",
    }


def test_any_card_is_found_by_typing(editor: OpenEditor, new_flow: NewFlow) -> None:
    page = editor(new_flow())
    search = next(box for box in page.text_input if box.label == "Find a card")
    search.set_value("offer times").run()
    assert [each.split("**")[1] for each in _list(page, "During the call")] == ["Offer times and book"]
    next(box for box in page.text_input if box.label == "Find a card").set_value("zeppelin").run()
    assert "No card fits “zeppelin”." in page.info[0].value


def test_a_card_is_added_between_two(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    assert "It will stand between “Find out what is needed” and “" in words(page)
    _pick(page, "What kind of card", "Fixed line", 1)
    [box for box in page.text_input if box.label == "Its name"][1].set_value("A word of thanks").run()
    _press(page, "Add it", 1)
    draft = drafts.draft(engine, flow_id)
    assert [edge["to"] for edge in _edges(draft, of="a_word_of_thanks")] == ["ready"]
    assert _edges(draft, of="qualify", to="a_word_of_thanks")
    assert _address(page, "card") == "a_word_of_thanks", "its form is open"
    assert any("A word of thanks" in each for each in _list(page, "During the call"))


def test_a_card_that_nothing_leads_to_stands_apart_and_can_begin_calls(
    editor: OpenEditor, new_flow: NewFlow, engine: Engine
) -> None:
    flow_id = new_flow()
    page = editor(flow_id)
    _pick(page, "What kind of card", "Fixed line")
    _press(page, "Add it")
    assert len(_list(page, "Nothing leads here yet")) == 1
    next(box for box in page.checkbox if box.label == "Calls that come in begin here").check().run()
    assert drafts.draft(engine, flow_id).document["start_inbound"] == "fixed_line"
    next(box for box in page.checkbox if box.label == "Calls begin here").check().run()
    assert drafts.draft(engine, flow_id).document["start"] == "fixed_line"


def test_a_card_is_duplicated_with_all_its_settings(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    _press(page, "Duplicate")
    cards = {str(card["id"]): card for card in things(drafts.draft(engine, flow_id).document, "nodes")}
    twin = _address(page, "card")
    assert twin != "qualify", "the copy's form is open"
    assert cards[str(twin)]["settings"] == cards["qualify"]["settings"]
    assert cards[str(twin)]["name"] == f"{cards['qualify']['name']} (copy)"


def test_a_card_is_removed_and_the_gap_closed(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="inbound_opening")
    before = len(_edges(drafts.draft(engine, flow_id)))
    label = next(button.label for button in page.button if button.label.startswith("Remove"))
    _press(page, label)
    draft = drafts.draft(engine, flow_id)
    assert len(_edges(draft)) == before - 1
    assert "inbound_opening" not in draft.view.cards
    assert "Choose a card" in page.info[0].value, "its form is closed"


def test_what_led_to_a_removed_card_leads_on(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    card: Json = {"id": "thanks", "type": "fixed_line", "name": "Thanks", "v": 1, "settings": {"text": "Thanks."}}
    step: Step = {"do": "insert_between", "edge": "qualify_to_ready", "card": card}
    drafts.send_edits(engine, flow_id, 1, "window_x", "Ben", [drafts.NewEdit("e1", "Added", (step,))])
    page = editor(flow_id, card="thanks")
    label = next(button.label for button in page.button if button.label.startswith("Remove, and lead on"))
    assert "Ready to book?" in label
    _press(page, label)
    draft = drafts.draft(engine, flow_id)
    assert _edges(draft, of="qualify", to="ready")
    assert "thanks" not in draft.view.cards
    assert draft.issues == ()


def test_a_card_behind_the_call_can_begin_the_lane(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="mail_lead")
    box = next(box for box in page.checkbox if box.label == "Begins when the call is over")
    assert not box.value
    box.check().run()
    assert drafts.draft(engine, flow_id).document["after_call"] == ["tell_crm", "mail_office", "mail_lead"]
    next(box for box in page.checkbox if box.label == "Begins when the call is over").uncheck().run()
    assert drafts.draft(engine, flow_id).document["after_call"] == ["tell_crm", "mail_office"]


def test_renaming_a_card_keeps_every_way(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    before = _edges(drafts.draft(engine, flow_id))
    page = editor(flow_id, card="qualify")
    next(box for box in page.text_input if box.label == "Name of the card").set_value("Learn the job").run()
    draft = drafts.draft(engine, flow_id)
    assert _edges(draft) == before
    assert draft.issues == ()


def test_a_card_that_a_colleague_removes_closes_its_form(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    step: Step = {"do": "remove_cards", "ids": ["qualify"]}
    drafts.send_edits(engine, flow_id, 1, "window_x", "Ben", [drafts.NewEdit("e1", "Removed a card", (step,))])
    page.run()
    assert "Choose a card" in page.info[0].value
    assert "card" not in page.query_params


def test_problems_lead_to_their_card(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow()
    step: Step = {"do": "remove", "path": ["edges", "book_to_callback_no_time_2"]}
    drafts.send_edits(engine, flow_id, 1, "window_x", "Ben", [drafts.NewEdit("e1", "Removed", (step,))])
    page = editor(flow_id)
    _open_section(page, "problems")
    text = words(page)
    assert "The card “Offer times and book”" in text
    assert "to mend" in text
    _press(page, "Show the card")
    assert _address(page, "card") == "book"
    assert any(box.label == "Name of the card" and box.value == "Offer times and book" for box in page.text_input)


def test_a_flow_without_problems_says_that_it_can_be_published(editor: OpenEditor, new_flow: NewFlow) -> None:
    page = editor(new_flow())
    _open_section(page, "problems")
    assert page.success[0].value == "No problems. This flow can be published."


def test_typing_then_choosing_another_card_loses_nothing(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    """The browser reports both at once: the box that is left, and the card that is chosen."""
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    next(box for box in page.text_input if box.label == "Name of the card").set_value("Learn the job")
    next(radio for radio in page.radio if radio.label == "During the call").set_value("book")
    page.run()
    cards = drafts.draft(engine, flow_id).view.cards
    assert cards["qualify"].title == "Learn the job"
    assert cards["book"].title == "Offer times and book"
    assert _address(page, "card") == "book"


def test_a_ghost_says_what_to_install(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    flow_id = new_flow(needs=[{"package": "leadline", "range": ">=0.1"}, {"package": "roof-vision", "range": ">=1"}])
    card: Json = {"id": "see", "type": "roof_vision", "name": "Look at the roof", "v": 1, "settings": {"angle": 3}}
    step: Step = {"do": "add_card", "card": card}
    drafts.send_edits(engine, flow_id, 1, "window_x", "Ben", [drafts.NewEdit("e1", "Added", (step,))])
    page = editor(flow_id, card="see")
    assert any("pip install roof-vision" in code.value for code in page.code)
    assert "roof_vision" in words(page)


def test_a_chosen_reflex_tells_what_it_does_and_leads_to_its_place(editor: OpenEditor, new_flow: NewFlow) -> None:
    flow_id = new_flow()
    page = editor(flow_id, reflex="person")
    assert not page.exception
    assert _address(page, "reflex") == "person"
    link = next(each.proto for each in page.get("page_link") if each.proto.label == "Change it on the page Reflexes")
    assert link.page == "reflexes"
    assert f"flow={flow_id}" in link.query_string and "show=person" in link.query_string


def test_what_is_chosen_on_the_canvas_is_one_card_one_way_or_a_reflex() -> None:
    assert chosen_of(CanvasState(reflex="person")) == Chosen("reflex", "person")
    assert chosen_of(CanvasState(cards=("a",), reflex="person")) == Chosen("card", "a")
    assert chosen_of(CanvasState(edges=("e",))) == Chosen("edge", "e")
    assert chosen_of(CanvasState(cards=("a", "b"))) is None


def test_words_of_yesterday_in_a_box_change_nothing(editor: OpenEditor, new_flow: NewFlow, engine: Engine) -> None:
    """Streamlit knows an option by its words, and reports the old ones when a card was renamed a moment ago."""
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    boxes = [box.label for box in page.selectbox if "oes to" in box.label or "Things to find out" in box.label]
    assert len(boxes) >= 2
    for label in boxes:
        box = next(box for box in page.selectbox if box.label == label)
        box.options.append("Words of yesterday")
        box.set_value("Words of yesterday").run()
    radio = next(radio for radio in page.radio if radio.label == "During the call")
    radio.options.append("7. **Yesterday** · Stage")
    radio.set_value("7. **Yesterday** · Stage").run()
    assert _address(page, "card") == "qualify"
    assert drafts.draft(engine, flow_id).revision == 1, "nothing was changed"


def test_the_chosen_card_stays_chosen_while_its_name_is_typed(
    editor: OpenEditor, new_flow: NewFlow, engine: Engine
) -> None:
    flow_id = new_flow()
    page = editor(flow_id, card="qualify")
    for name in ("Lea", "Learn wh", "Learn what is ne"):
        next(box for box in page.text_input if box.label == "Name of the card").set_value(name).run()
        assert _address(page, "card") == "qualify"
    assert drafts.draft(engine, flow_id).view.cards["qualify"].title == "Learn what is ne"
    assert drafts.draft(engine, flow_id).document["start_inbound"] == "inbound_opening"
