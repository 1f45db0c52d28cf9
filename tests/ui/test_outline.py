"""The outline: a flow as a list in reading order."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow import shipped
from ui.outline import Outline, outline, reading_order
from ui.records import Json
from ui.resources.drafts import CardView, Chip, EdgeView, ExitView, View

NEXT = (ExitView("next", "Then"),)
BOOK = (ExitView("booked", "Booked"), ExitView("no_time_fits", "No time fits"), ExitView("failed", "Failed", True))


def _card(id: str, type: str = "stage", **more: Json) -> dict[str, Json]:
    return {"id": id, "type": type, "name": id.capitalize(), "settings": {}, **more}


def _edge(id: str, from_: str, to: str, kind: str = "otherwise", exit: str = "next") -> dict[str, Json]:
    return {"id": id, "from": {"node": from_, "exit": exit}, "to": to, "kind": kind}


FLOW: dict[str, Json] = {
    "id": "f", "name": "F", "start": "opening", "start_inbound": "hello",
    "nodes": [
        _card("end", "end"), _card("opening"), _card("sorry"), _card("hello"), _card("lost"), _card("book", "book"),
        _card("find"), _card("mail", "email"), _card("crm", "webhook"), _card("person", "transfer"),
        _card("beyond"), _card("unused_mail", "email"),
    ],
    "edges": [
        _edge("e1", "opening", "find"),
        _edge("e3", "find", "book"),
        _edge("e2", "find", "sorry", "rule"),
        _edge("e4", "sorry", "end"),
        _edge("e5", "book", "end", exit="booked"),
        _edge("e6", "book", "find", exit="no_time_fits"),  # a circle
        _edge("e7", "hello", "find"),
        _edge("e8", "crm", "mail"),
        _edge("e9", "person", "end", exit="connected"),
        _edge("e10", "beyond", "lost"),
        _edge("e11", "lost", "nowhere"),
    ],
    "after_call": ["crm"],
    "reflexes": [{"id": "r", "do": {"then": "go", "go": "person"}}, {"id": "r2", "do": {"then": "return"}}],
}  # fmt: skip
VIEW = View(
    cards={
        **{id: CardView(kind="talk", exits=NEXT) for id in ("opening", "sorry", "hello", "lost", "beyond")},
        "find": CardView(kind="talk", type_title="Stage", exits=NEXT, summary="Learn the job",
                         chips=(Chip("zip", "ZIP code"),)),
        "book": CardView(kind="talk", exits=BOOK), "end": CardView(kind="talk", ends_the_call=True),
        "person": CardView(kind="talk", exits=(ExitView("connected", "Put through"),)),
        "mail": CardView(kind="after_call", exits=NEXT), "crm": CardView(kind="after_call", exits=NEXT),
        "unused_mail": CardView(kind="after_call", exits=NEXT),
    },
    edges={"e2": EdgeView("if the lead is not qualified"), "e3": EdgeView("otherwise")},
)  # fmt: skip


def _made() -> Outline:
    return outline(FLOW, VIEW)


def _ids(outline: Outline, group: str) -> list[str]:
    return [row.id for row in outline.rows if row.group == group]


def test_cards_stand_behind_those_that_lead_to_them() -> None:
    made = _made()
    assert _ids(made, "call") == ["opening", "hello", "find", "sorry", "book", "end"]
    assert [row.number for row in made.rows] == list(range(1, len(made.rows) + 1))


def test_lanes_reflexes_and_cards_that_nothing_leads_to_stand_apart() -> None:
    made = _made()
    assert _ids(made, "reflex") == ["person"]
    assert _ids(made, "after") == ["crm", "mail"]
    assert _ids(made, "unreached") == ["beyond", "lost", "unused_mail"]


def test_ways_are_in_the_order_in_which_they_are_considered_and_say_when_they_are_taken() -> None:
    find = _made().row("find")
    assert find is not None
    assert [(way.edge, way.kind, way.sentence) for way in find.ways] == [
        ("e2", "rule", "if the lead is not qualified"),
        ("e3", "otherwise", "otherwise"),
    ]


def test_an_exit_that_leads_nowhere_is_shown_as_such() -> None:
    book = _made().row("book")
    assert book is not None
    assert [(way.exit, way.label, way.to) for way in book.ways] == [
        ("booked", "Booked", "end"),
        ("no_time_fits", "No time fits", "find"),
        ("failed", "Failed", ""),
    ]


def test_a_way_to_a_card_that_is_gone_stays_visible() -> None:
    lost = _made().row("lost")
    assert lost is not None
    assert [way.to for way in lost.ways] == ["nowhere"]
    assert _made().called("nowhere") == "nowhere"


def test_ways_lead_to_cards_that_run_at_the_same_time() -> None:
    made = _made()
    assert {row.id for row in made.targets("crm")} == {"crm", "mail", "unused_mail"}
    assert {row.id for row in made.targets("unused_mail")} == {"crm", "mail", "unused_mail"}
    assert "mail" not in {row.id for row in made.targets("find")}
    assert "lost" in {row.id for row in made.targets("find")}


def test_what_leads_to_a_card_is_told() -> None:
    assert [(row.id, way.edge) for row, way in _made().coming("find")] == [
        ("opening", "e1"),
        ("hello", "e7"),
        ("book", "e6"),
    ]


@pytest.mark.parametrize(
    ("words", "ids"),
    [("zip", ["find"]), ("LEARN job", ["find"]), ("stage", ["find"]), ("12", ["unused_mail"]), ("zeppelin", [])],
)
def test_any_card_is_found_by_number_name_kind_summary_or_what_it_finds_out(words: str, ids: list[str]) -> None:
    assert [row.id for row in _made().found(words)] == ids


def test_ways_of_one_kind_know_where_their_turn_begins_and_ends() -> None:
    flow = {**FLOW, "edges": [_edge("a", "opening", "find", "rule"), _edge("b", "opening", "end", "rule"),
                              _edge("c", "opening", "sorry")]}  # fmt: skip
    row = outline(flow, VIEW).row("opening")
    assert row is not None
    assert [(way.edge, way.first, way.last) for way in row.ways] == [
        ("a", True, False), ("b", False, True), ("c", True, True),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["home_services", "dental", "solar"])
def test_every_card_of_a_shipped_flow_stands_in_it_once_with_all_its_ways(name: str) -> None:
    document = json.loads(shipped.load(name).save())
    made = outline(document, View())
    assert sorted(row.id for row in made.rows) == sorted(card["id"] for card in document["nodes"])
    assert sorted(way.edge for row in made.rows for way in row.ways if way.edge) == sorted(
        edge["id"] for edge in document["edges"]
    )
    assert made.rows[0].id == document["start"]
    assert not made.group("unreached")


@pytest.mark.parametrize(
    "document", [{}, {"nodes": None, "edges": 3}, {"nodes": [3, {"id": 4}], "start": 7, "after_call": "x"}]
)
def test_a_damaged_document_gives_an_empty_list_and_no_error(document: dict[str, Json]) -> None:
    assert outline(document, View()).rows == ()


GRAPHS = st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=4), max_size=8)


@given(GRAPHS, st.lists(st.sampled_from("abcdefgh"), max_size=3))
def test_reading_order_names_everything_that_is_reached_once(ways: dict[str, list[str]], roots: list[str]) -> None:
    order = reading_order(roots, ways, set())
    reached = set(roots)
    while more := {to for id in reached for to in ways.get(id, ())} - reached:
        reached |= more
    assert sorted(order) == sorted(reached)


def test_a_flow_of_many_cards_in_a_row_is_no_trouble() -> None:
    ways = {str(n): [str(n + 1)] for n in range(5000)}
    assert reading_order(["0"], ways, set()) == [str(n) for n in range(5001)]
