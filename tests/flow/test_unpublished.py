"""What a draft has that the live version has not, sorted into what can be published on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.flow import shipped
from engine.flow.changes import changes, meaning
from engine.flow.edits import EditConflict, EditRefused
from engine.flow.gestures import AnyWanted, Wanted, take
from engine.flow.unpublished import LoggedEdit, NeedsLeftOut, Unpublished, unpublished, without
from engine.sdk.registry import discover

TYPES = discover()
LIVE: dict[str, Any] = shipped.load("home_services").data
WIRE: TypeAdapter[list[Wanted]] = TypeAdapter(list[AnyWanted])
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


class Log:
    def __init__(self) -> None:
        self.data = LIVE
        self.edits: list[LoggedEdit] = []
        self.inverses: list[Any] = []

    def edit(self, by: str, *wanted: dict[str, Any], label: str = "") -> str:
        taken = take(self.data, WIRE.validate_python(list(wanted)), TYPES)
        return self.add(by, taken.data, taken.steps, taken.inverse, label)

    def add(self, by: str, data: Any, steps: Any, inverse: Any, label: str = "") -> str:
        id = f"e{len(self.edits)}"
        self.data = data
        self.edits.append(LoggedEdit(id, by, NOW + timedelta(minutes=len(self.edits)), label, tuple(steps)))
        self.inverses.append(inverse)
        return id

    def undo(self, place: int, by: str) -> str:
        taken = take(self.data, self.inverses[place], TYPES)
        return self.add(by, taken.data, taken.steps, taken.inverse)

    def found(self) -> Unpublished:
        return unpublished(LIVE, self.data, self.edits, TYPES)


def put(path: str, value: Any) -> dict[str, Any]:
    return {"do": "put", "path": path.split("/"), "value": value}


def test_different_people_and_things_are_rows_of_their_own() -> None:
    log = Log()
    log.edit("Ana", put("nodes/book/name", "Book it"))
    log.edit("Ben", put("slots/zip/label", "Postcode"))
    log.edit("Ana", put("nodes/wrap_up/name", "More?"))
    rows = log.found().rows
    assert [(row.by, row.needs) for row in rows] == [(("Ana",), ()), (("Ben",), ()), (("Ana",), ())]
    assert [row.changes[0].id for row in rows] == ["book", "zip", "wrap_up"]
    assert not log.found().whole_only


def test_a_sentence_that_was_corrected_five_times_is_one_row_that_says_what_came_of_it() -> None:
    log = Log()
    for number in range(5):
        log.edit("Ana", put("nodes/wrap_up/settings/text", f"Anything else? {number}"))
    (row,) = log.found().rows
    assert (len(row.edits), row.last_at - row.first_at) == (5, timedelta(minutes=4))
    assert (row.changes[0].before, row.changes[0].after) == ("Is there anything else?", "Anything else? 4")


def test_what_was_taken_back_is_a_row_without_changes() -> None:
    log = Log()
    log.edit("Ana", put("nodes/book/name", "Book it"))
    log.undo(0, "Ana")
    (row,) = log.found().rows
    assert row.changes == ()
    assert log.found().changes == ()


def test_a_way_to_a_new_card_of_somebody_else_needs_that_card() -> None:
    log = Log()
    card = log.edit("Ana", {"do": "add_card", "card": {"id": "new", "type": "decide", "name": "New"}})
    log.edit("Ben", put("slots/zip/label", "Postcode"))
    way = log.edit("Ben", {"do": "connect", "edge": {"from": {"node": "wrap_up"}, "to": "new"}})
    found = log.found()
    by_id = {row.id: row for row in found.rows}
    assert by_id[way].needs == (card,)
    with pytest.raises(NeedsLeftOut) as clash:
        without(LIVE, log.edits, found.rows, [card])
    assert [(one.id, other.id) for one, other in clash.value.pairs] == [(way, card)]
    both_out = without(LIVE, log.edits, found.rows, [card, way])
    assert [each.sentence for each in changes(LIVE, both_out, TYPES)] == [
        "The thing to find out “ZIP” is called “Postcode” now."
    ]


def test_a_placeholder_of_a_new_thing_needs_that_thing() -> None:
    log = Log()
    slot = {"id": "pet", "label": "Pet", "type": "text", "ask": ["Any pets?"]}
    made = log.edit("Ana", {"do": "insert", "path": ["slots"], "value": slot})
    used = log.edit("Ben", put("nodes/wrap_up/settings/text", "How is {slot:pet}?"))
    assert {row.id: row.needs for row in log.found().rows}[used] == (made,)


def test_people_who_worked_on_one_field_by_turns_have_done_it_together() -> None:
    log = Log()
    for by in ("Ana", "Ben", "Ana"):
        log.edit(by, put("nodes/book/name", f"{by}'s name"))
    (row,) = log.found().rows
    assert row.by == ("Ana", "Ben")


def test_who_changes_what_somebody_else_has_changed_needs_that() -> None:
    log = Log()
    first = log.edit("Ana", put("nodes/book/name", "Ana's"))
    second = log.edit("Ben", put("nodes/book/name", "Ben's"))
    rows = {row.id: row for row in log.found().rows}
    assert rows[second].needs == (first,)
    assert (rows[second].changes[0].before, rows[second].changes[0].after) == ("Ana's", "Ben's")


def test_moved_cards_are_rows_that_change_no_meaning() -> None:
    log = Log()
    log.edit("Ana", put("layout/nodes/book", {"x": 1, "y": 2}))
    (row,) = log.found().rows
    assert [each.kind for each in row.changes] == ["moved"]


def test_a_draft_that_its_log_does_not_explain_can_only_be_published_whole() -> None:
    log = Log()
    log.edit("Ana", put("nodes/book/name", "Ana's"))
    foreign = {**log.data, "description": "written behind the log's back"}
    assert unpublished(LIVE, foreign, log.edits, TYPES).whole_only
    lost = [*log.edits, LoggedEdit("x", "Ana", NOW, "", tuple(WIRE.validate_python([put("nodes/no/name", "x")])))]
    torn = unpublished(LIVE, log.data, lost, TYPES)
    assert torn.whole_only and torn.rows == () and len(torn.changes) == 1


PEOPLE = ("Ana", "Ben", "Cleo")
GESTURES = st.one_of(
    st.tuples(st.sampled_from(["book", "wrap_up", "details", "ready"]), st.integers(0, 3)).map(
        lambda pair: put(f"nodes/{pair[0]}/name", f"Name {pair[1]}")
    ),
    st.sampled_from(["book", "wrap_up", "details", "off_list"]).map(lambda card: {"do": "remove_cards", "ids": [card]}),
    st.integers(0, 2).map(lambda n: {"do": "paste", "cards": [{"id": f"n{n}", "type": "decide", "name": f"N{n}"}]}),
    st.tuples(st.sampled_from(["n0", "n1", "book", "wrap_up"]), st.sampled_from(["n0", "n1", "n2", "end_booked"])).map(
        lambda pair: {"do": "connect", "edge": {"from": {"node": pair[0]}, "to": pair[1]}}
    ),
    st.integers(0, 3).map(lambda n: put("lists/service_area", ["94103", str(n)])),
)


@settings(max_examples=60, deadline=None)
@given(made=st.lists(st.tuples(st.sampled_from(PEOPLE), GESTURES), min_size=1, max_size=8), data=st.data())
def test_whatever_is_left_out_the_rest_can_be_published_and_nothing_is_lost(made: Any, data: st.DataObject) -> None:
    log = Log()
    for by, wanted in made:
        try:
            log.edit(by, wanted)
        except (EditConflict, EditRefused):
            continue
    found = log.found()
    assert not found.whole_only
    assert sorted(id for row in found.rows for id in row.edits) == sorted(each.id for each in log.edits)
    out = set(data.draw(st.lists(st.sampled_from([row.id for row in found.rows] or ["none"]), unique=True)))
    while more := {row.id for row in found.rows if set(row.needs) & out} - out:
        out |= more
    part = without(LIVE, log.edits, found.rows, out)
    rest = [each for each in log.edits if any(each.id in row.edits for row in found.rows if row.id in out)]
    later = unpublished(part, log.data, rest, TYPES)
    assert not later.whole_only, "a later publish takes the rest"
    assert {id for row in later.rows for id in row.edits} == {each.id for each in rest}
    assert meaning(changes(without(part, rest, later.rows, []), log.data, TYPES)) == []
