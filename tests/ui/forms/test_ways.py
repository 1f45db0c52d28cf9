"""Ways out of a card: what leads where, and what each change does to the document."""

from __future__ import annotations

from engine.flow import shipped
from tests.support.memory_draft import MemoryDraft
from ui.forms.binding import at
from ui.forms.ways import change_kind, direct, new_edge, reorder, way_of, ways_from


def draft() -> MemoryDraft:
    return MemoryDraft(dict(shipped.load("home_services").data))


def test_an_exit_that_leads_nowhere_gets_an_edge_and_one_that_leads_somewhere_is_redirected() -> None:
    flow = draft()
    count = len(ways_from(flow.document, "book"))
    (plain,) = [way for way in ways_from(flow.document, "book", "no_time_fits") if way.kind == "otherwise"]
    flow.edit("redirect", *direct(flow.document, "book", "no_time_fits", "end_no_booking"))
    assert at(flow.document, ("edges", plain.id, "to")) == "end_no_booking"
    flow.edit("cut", *direct(flow.document, "book", "no_time_fits", ""))
    assert len(ways_from(flow.document, "book")) == count - 1
    assert any(issue.code == "exit_unwired" for issue in flow.issues)
    flow.edit("join", *direct(flow.document, "book", "no_time_fits", "end_no_booking"))
    assert [way.to for way in ways_from(flow.document, "book", "no_time_fits")] == ["end_no_booking"]
    assert direct(flow.document, "book", "strange", "") == ()


def test_a_rule_goes_with_its_kind_in_one_edit_and_the_other_fields_stay() -> None:
    flow = draft()
    edge = next(way for way in ways_from(flow.document, "why_not") if way.kind == "rule")
    flow.edit("kind", *change_kind(flow.document, edge, "intent"))
    after = at(flow.document, ("edges", edge.id))
    assert isinstance(after, dict)
    assert (after["kind"], after["intent"], "rule" in after) == ("intent", {"says": ""}, False)
    assert {name: after[name] for name in ("id", "from", "to")} == {
        name: edge.data[name] for name in ("id", "from", "to")
    }


def test_the_order_of_rules_is_changed_among_rules_alone() -> None:
    flow = draft()
    ways = [way for way in ways_from(flow.document, "why_not") if way.kind == "rule"]
    names = [way.id for way in ways]
    step = reorder(ways_from(flow.document, "why_not"), ways[0], up=False)
    assert step is not None
    flow.edit("down", step)
    assert [way.id for way in ways_from(flow.document, "why_not") if way.kind == "rule"][:2] == [names[1], names[0]]
    assert reorder(ways, ways[0], up=True) is None
    assert reorder(ways, ways[-1], up=False) is None


def test_a_new_edge_says_no_more_than_it_must() -> None:
    edge = new_edge("opening", "next", "qualify")
    assert {name: value for name, value in edge.items() if name != "id"} == {
        "from": {"node": "opening"},
        "to": "qualify",
    }
    assert edge["id"] != new_edge("opening", "next", "qualify")["id"]
    assert new_edge("book", "booked", "x", "rule")["from"] == {"node": "book", "exit": "booked"}


def test_edges_are_found_by_id_and_broken_ones_are_passed_over() -> None:
    document = {"edges": [{"id": "e"}, "odd", {"id": "f", "from": {"node": "a"}, "to": "b"}]}
    assert way_of(document, "e") is None
    found = way_of(document, "f")
    assert found is not None and (found[0], found[1].exit, found[1].kind) == ("a", "next", "otherwise")
    assert ways_from({"edges": None}, "a") == ()
