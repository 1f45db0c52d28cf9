"""What the outline does to a flow, as steps."""

from __future__ import annotations

from ui.outline import Outline, Row, Way
from ui.outline_edits import add_after, begin_lane, begin_with, new_card, new_id, passes_on, remove_and_close
from ui.records import CardType, Json
from ui.resources.drafts import CardView

LINE = CardType("fixed_line", "Fixed line", "talk", "talk", 2, "", "leadline")


def _row(number: int, id: str, *ways: Way) -> Row:
    return Row(number, id, id.capitalize(), "call", CardView(), ways)


def _way(edge: str, to: str, kind: str = "otherwise", exit: str = "next") -> Way:
    return Way(edge, exit, exit, kind, to)


A = _row(1, "a", _way("e0", "c", "rule"), _way("e1", "b"))
B = _row(2, "b", _way("e2", "c"))
C = _row(3, "c", _way("", "", exit="booked"))
FLOW = Outline((A, B, C))


def test_ids_are_words_and_nobody_has_them_twice() -> None:
    assert new_id("Offer times!", []) == "offer_times"
    assert new_id("Offer times", ["offer_times", "offer_times_2"]) == "offer_times_3"
    assert new_id("¡¿", []) == "card"


def test_a_new_card_is_called_after_its_type_unless_it_has_a_name() -> None:
    document: dict[str, Json] = {"nodes": [{"id": "fixed_line"}]}
    assert new_card(document, LINE, " ") == {
        "id": "fixed_line_2", "type": "fixed_line", "v": 2, "name": "Fixed line", "settings": {},
    }  # fmt: skip


def test_a_card_after_an_exit_stands_on_the_way_that_is_taken_otherwise() -> None:
    card = new_card({}, LINE, "Thanks")
    assert add_after(A, "next", card) == ({"do": "insert_between", "edge": "e1", "card": card},)


def test_a_card_after_an_exit_that_leads_nowhere_gets_a_way_of_its_own() -> None:
    card = new_card({}, LINE, "Thanks")
    first, second = add_after(C, "booked", card)
    assert first["do"] == "add_card"
    assert second["edge"] == {"from": {"node": "c", "exit": "booked"}, "to": "thanks", "kind": "otherwise"}


def test_closing_the_gap_leads_every_way_on_before_the_card_goes() -> None:
    assert remove_and_close(FLOW, B) == (
        {"do": "put", "path": ["edges", "e1", "to"], "value": "c", "was": "b"},
        {"do": "remove_cards", "ids": ["b"]},
    )


def test_a_card_with_two_targets_or_none_leaves_a_gap() -> None:
    assert passes_on(A) == ""
    assert passes_on(C) == ""
    assert remove_and_close(FLOW, A) == ()


def test_what_begins_with_a_card() -> None:
    document: dict[str, Json] = {"start": "b", "after_call": ["x"]}
    assert begin_with(document, A, inbound=False, on=True) == (
        {"do": "put", "path": ["start"], "value": "a", "was": "b"},
    )
    assert begin_with(document, A, inbound=True, on=True)[0]["was"] is None
    assert begin_with(document, A, inbound=True, on=False) == ({"do": "remove", "path": ["start_inbound"]},)
    assert begin_with(document, A, inbound=False, on=False) == (), "calls must begin somewhere"
    assert begin_lane(document, A, on=False) == ()
    assert begin_lane({"after_call": ["a", "x"]}, A, on=False)[0]["value"] == ["x"]
