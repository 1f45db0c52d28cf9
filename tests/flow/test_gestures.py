"""Gestures of the builder are expanded into primitive steps against the newest draft."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from engine.flow.check import check
from engine.flow.document import FlowDocument
from engine.flow.edits import EditConflict, EditRefused, Insert, Move, Put, Remove, apply
from engine.flow.gestures import AnyWanted, Taken, Wanted, new_id, take
from engine.flow.text import equal
from engine.sdk.registry import discover

TYPES = discover()
SOLAR: dict[str, Any] = json.loads((Path(__file__).parents[2] / "flows" / "solar.json").read_text("utf-8"))
WIRE: TypeAdapter[list[Wanted]] = TypeAdapter(list[AnyWanted])


def do(data: dict[str, Any], *wanted: dict[str, Any]) -> Taken:
    before = copy.deepcopy(data)
    taken = take(data, WIRE.validate_python(list(wanted)), TYPES)
    assert data == before, "what is given stays as it is"
    assert equal(apply(taken.data, taken.inverse).data, data), "every gesture can be undone exactly"
    assert all(isinstance(step, Put | Remove | Insert | Move) for step in taken.steps)
    assert equal(apply(data, taken.steps).data, taken.data)
    FlowDocument.of(taken.data)
    return taken


def edges(data: dict[str, Any], **wanted: str) -> list[dict[str, Any]]:
    return [each for each in data["edges"] if all(_flat(each)[name] == value for name, value in wanted.items())]


def _flat(edge: dict[str, Any]) -> dict[str, Any]:
    return {**edge, "node": edge["from"]["node"], "exit": edge["from"].get("exit", "next")}


def test_a_new_card_gets_an_id_from_its_name_and_its_place() -> None:
    card = {"type": "stage", "name": "Ask for the roof!", "settings": {"goal": "Roof", "slots": []}}
    made = do(SOLAR, {"do": "add_card", "card": card, "position": {"x": 10, "y": 20}})
    assert made.data["nodes"][-1] == {"id": "ask_for_the_roof", **card}  # type: ignore[index, call-overload]  # JSON
    assert made.data["layout"]["nodes"]["ask_for_the_roof"] == {"x": 10, "y": 20}  # type: ignore[index, call-overload]  # JSON


def test_a_new_card_in_a_flow_without_a_layout_gets_its_place_too() -> None:
    bare = {name: value for name, value in SOLAR.items() if name not in ("layout", "after_call")}
    add = {"do": "add_card", "card": {"id": "m", "type": "email", "name": "Mail"}, "after_call": True}
    made = do(bare, {**add, "position": {"x": 1, "y": 2}}).data
    assert (made["layout"], made["after_call"]) == ({"nodes": {"m": {"x": 1, "y": 2}}}, ["m"])
    empty = do({**bare, "layout": {"zoom": 1}}, {**add, "position": {"x": 1, "y": 2}}).data
    assert empty["layout"] == {"zoom": 1, "nodes": {"m": {"x": 1, "y": 2}}}


def test_a_removed_card_takes_its_ways_its_place_and_its_start_of_the_lane_with_it() -> None:
    lane = list(SOLAR["after_call"])
    made = do(SOLAR, {"do": "remove_cards", "ids": [lane[0], "book"]}).data
    left = json.dumps([made["nodes"], made["edges"], made["after_call"], made["layout"]])
    assert f'"{lane[0]}"' not in left
    assert '"to": "book"' not in left and '"node": "book"' not in left and '"book": {' not in left
    assert made["after_call"] == lane[1:]


def test_removing_what_is_gone_is_no_mistake() -> None:
    assert do(SOLAR, {"do": "remove_cards", "ids": ["nobody"]}).steps == ()


def test_an_otherwise_is_led_elsewhere_instead_of_doubled() -> None:
    way = {"from": {"node": "book", "exit": "booked"}, "to": "end_booked"}
    (old,) = edges(SOLAR, node="book", exit="booked")
    made = do(SOLAR, {"do": "connect", "edge": way}).data
    (new,) = edges(made, node="book", exit="booked")
    assert (new["id"], new["to"]) == (old["id"], "end_booked")
    assert do(made, {"do": "connect", "edge": way}).steps == (), "it leads there already"


def test_a_way_with_a_condition_stands_beside_the_others() -> None:
    rule = {"qualification": True, "is": "equals", "value": "qualified"}
    way = {"from": {"node": "book", "exit": "booked"}, "to": "end_booked", "kind": "rule", "rule": rule}
    made = do(SOLAR, {"do": "connect", "edge": way}).data
    assert [each["kind"] for each in edges(made, node="book", exit="booked")] == ["otherwise", "rule"]


def test_behind_the_call_a_second_way_is_not_one_too_many() -> None:
    first, second = SOLAR["after_call"][:2]
    made = do(SOLAR, {"do": "connect", "edge": {"from": {"node": first}, "to": second}}).data
    another = do(made, {"do": "add_card", "card": {"id": "extra", "type": "email", "name": "Extra"}}).data
    both = do(another, {"do": "connect", "edge": {"from": {"node": first}, "to": "extra"}}).data
    assert [each["to"] for each in edges(both, node=first)][-2:] == [second, "extra"]


def test_a_card_is_put_on_a_way() -> None:
    (way,) = edges(SOLAR, node="book", exit="booked")
    card = {"id": "again", "type": "book", "name": "Book again"}
    made = do(SOLAR, {"do": "insert_between", "edge": way["id"], "card": card, "position": {"x": 0, "y": 0}}).data
    (into,) = edges(made, node="book", exit="booked")
    (on,) = edges(made, node="again")
    assert (into["id"], into["to"], on["from"]["exit"], on["to"]) == (way["id"], "again", "booked", way["to"])
    with pytest.raises(EditRefused, match="not there any more"):
        do(SOLAR, {"do": "insert_between", "edge": "nothing", "card": card})
    end = do(SOLAR, {"do": "insert_between", "edge": way["id"], "card": {"id": "x", "type": "end", "name": "X"}}).data
    assert edges(end, node="x") == [], "a call that has ended goes nowhere"


def test_what_is_pasted_keeps_its_ways_under_new_ids() -> None:
    cards = [card for card in SOLAR["nodes"] if card["id"] in ("book", "end_booked")]
    ways = [
        {"id": "w1", "from": {"node": "book", "exit": "booked"}, "to": "end_booked"},
        {"id": SOLAR["edges"][0]["id"], "from": {"node": "book", "exit": "failed"}, "to": "end_booked"},
    ]
    spots = {"book": {"x": 1, "y": 2}}
    made = do(SOLAR, {"do": "paste", "cards": cards, "edges": ways, "positions": spots}).data
    assert [card["id"] for card in made["nodes"][-2:]] == ["book_2", "end_booked_2"]
    assert [(each["from"]["node"], each["to"]) for each in made["edges"][-2:]] == [("book_2", "end_booked_2")] * 2
    assert len({each["id"] for each in made["edges"]}) == len(made["edges"])
    assert made["layout"]["nodes"]["book_2"] == {"x": 1, "y": 2}
    assert made["nodes"][: len(SOLAR["nodes"])] == SOLAR["nodes"]


def test_several_gestures_see_what_the_ones_before_have_made() -> None:
    made = do(
        SOLAR,
        {"do": "add_card", "card": {"id": "new", "type": "decide", "name": "New"}},
        {"do": "connect", "edge": {"from": {"node": "new"}, "to": "book"}},
        {"do": "connect", "edge": {"from": {"node": "new"}, "to": "end_booked"}},
    ).data
    assert [each["to"] for each in edges(made, node="new")] == ["end_booked"]


def test_an_id_that_is_taken_is_refused_for_a_card_and_changed_in_a_paste() -> None:
    with pytest.raises(EditRefused, match="already something"):
        do(SOLAR, {"do": "add_card", "card": {"id": "book", "type": "decide", "name": "X"}})
    with pytest.raises(EditConflict):
        take(SOLAR, WIRE.validate_python([{"do": "put", "path": ["nodes", "nobody", "name"], "value": "x"}]), TYPES)


def test_a_way_that_joins_nothing_is_refused_in_plain_words() -> None:
    with pytest.raises(EditRefused, match="a card that it leaves and a card that it leads to"):
        do(SOLAR, {"do": "connect", "edge": {"to": "book"}})


def test_new_ids_are_words_and_never_taken() -> None:
    assert new_id("Über the Roof?!", {"x"}) == "ber_the_roof"
    assert new_id("…", set()) == "part"
    assert new_id("book", {"book", "book_2"}) == "book_3"
    assert new_id("book_2", {"book_2"}) == "book_3"
    assert len(new_id("a very long name " * 10, set())) <= 48


def test_a_ghost_card_can_be_connected_like_any_other() -> None:
    ghost = {"id": "g", "type": "acme.ghost", "name": "Ghost"}
    (way,) = edges(SOLAR, node="book", exit="booked")
    made = do(SOLAR, {"do": "insert_between", "edge": way["id"], "card": ghost}).data
    assert edges(made, node="g")[0]["from"]["exit"] == "next"
    assert [each.code for each in check(FlowDocument.of(made), TYPES)] == ["unknown_type"]
