"""The difference of two documents, as steps that lead from one to the other."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow.diff import diff
from engine.flow.edits import EditRefused, Insert, Move, Put, Remove, apply, wire
from engine.flow.text import equal
from tests.flow.test_edits import ALL_PARTS, SHIPPED

SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "a", "b"])
)
NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
THINGS = st.lists(st.tuples(st.sampled_from("pqrstu"), SCALARS), unique_by=lambda pair: pair[0], max_size=6).map(
    lambda pairs: [{"id": id, "value": value} for id, value in pairs]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(SCALARS, THINGS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=5)


@settings(max_examples=400, deadline=None)
@given(before=DOCUMENTS, after=DOCUMENTS)
def test_the_difference_leads_from_one_document_to_the_other_and_back(before: Any, after: Any) -> None:
    applied = apply(before, diff(before, after))
    assert equal(applied.data, after)
    assert equal(apply(applied.data, applied.inverse).data, before)
    assert diff(before, before) == []


@settings(max_examples=80, deadline=None)
@given(data=st.data(), which=st.integers(0, len(SHIPPED) - 1))
def test_the_difference_of_an_edited_flow_touches_no_more_than_was_edited(data: st.DataObject, which: int) -> None:
    flow = SHIPPED[which]
    path = data.draw(st.sampled_from([path for path in ALL_PARTS[which] if path[-1] != "id"]))
    try:
        edited = apply(flow, [Remove(path=path)]).data
    except EditRefused:
        return
    steps = diff(flow, edited)
    assert equal(apply(flow, steps).data, edited)
    assert len(json.dumps([wire(step) for step in steps])) <= len(json.dumps(flow)) / 2


def test_one_thing_that_moved_is_one_step() -> None:
    before: dict[str, Any] = {"nodes": [{"id": id} for id in "abcdef"]}
    after: dict[str, Any] = {"nodes": [{"id": id} for id in "afbcde"]}
    assert diff(before, after) == [Move(path=("nodes", "f"), before="b")]


def test_new_changed_and_lost_things_are_steps_of_their_own() -> None:
    before: dict[str, Any] = {"nodes": [{"id": "a", "name": "A"}, {"id": "b"}], "x": 1}
    after: dict[str, Any] = {"nodes": [{"id": "n"}, {"id": "a", "name": "B"}], "x": 1}
    assert diff(before, after) == [
        Remove(path=("nodes", "b")),
        Insert(path=("nodes",), value={"id": "n"}, before="a"),
        Put(path=("nodes", "a", "name"), value="B", was="A"),
    ]


def test_two_flows_have_a_difference_however_unlike_they_are() -> None:
    one = SHIPPED[0]
    for other in SHIPPED[1:]:
        wanted = {**other, "id": one["id"]}
        assert equal(apply(one, diff(one, wanted)).data, wanted)
