"""Steps that forms write: what they set, what they leave alone, what they say they saw."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.flow.edits import AnyStep, EditConflict, apply
from engine.sdk import Json
from ui.forms.binding import MISSING, Path, Step, at, clear, issues_at, path_of, same, write
from ui.records import Issue

ONE = TypeAdapter[AnyStep](AnyStep)
FLOW: dict[str, Json] = {
    "id": "f",
    "seller": {"zone": "UTC"},
    "nodes": [
        {"id": "a", "settings": {"goal": "Find out", "rows": [{"name": "one", "kept": 1}, {"name": "two"}]}},
        {"id": "b", "settings": {}},
    ],
}
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
)
paths = st.sampled_from(
    [
        ("seller", "zone"),
        ("seller", "new"),
        ("limits", "silence_first_s"),
        ("providers", "ear", "use"),
        ("nodes", "a", "settings", "goal"),
        ("nodes", "b", "settings", "deep", "er"),
        ("nodes", "a", "settings", "rows"),
        ("nodes", "a", "settings", "rows", 1, "name"),
        ("nodes", "a", "settings", "rows", 0, "more", "yet"),
        ("nodes", "a", "settings", "rows", 2, "name"),
    ]
)


def taken(document: dict[str, Json], step: Step) -> dict[str, Json]:
    return apply(document, [ONE.validate_python(step)]).data


@given(paths, values)
def test_what_is_written_stands_there_and_the_rest_is_as_it_was(path: Path, value: Json) -> None:
    after = taken(FLOW, write(FLOW, path, value))
    assert same(at(after, path), value)
    for other in (("seller", "zone"), ("nodes", "a", "settings", "rows", 0, "kept"), ("nodes", "b", "id")):
        if other[: len(path)] != path:
            assert at(after, other) == at(FLOW, other)


@given(paths)
def test_what_is_cleared_is_gone_and_clearing_nothing_does_nothing(path: Path) -> None:
    after = taken(FLOW, clear(FLOW, path))
    assert at(after, path) is MISSING
    assert at(FLOW, path) is not MISSING or after == FLOW


def test_a_field_is_put_alone_with_what_was_seen() -> None:
    assert write(FLOW, ("nodes", "a", "settings", "goal"), "Ask", seen="Find out") == {
        "do": "put",
        "path": ["nodes", "a", "settings", "goal"],
        "value": "Ask",
        "was": "Find out",
    }


def test_a_row_without_id_is_put_with_its_whole_list_so_that_two_people_never_mix_rows_up() -> None:
    step = write(FLOW, ("nodes", "a", "settings", "rows", 1, "name"), "three")
    assert step["path"] == ["nodes", "a", "settings", "rows"]
    assert step["value"] == [{"name": "one", "kept": 1}, {"name": "three"}]
    assert step["was"] == [{"name": "one", "kept": 1}, {"name": "two"}]


def test_a_card_that_is_gone_is_a_conflict_and_no_list_is_overwritten() -> None:
    step = write(FLOW, ("nodes", "gone", "settings", "goal"), "Ask")
    try:
        taken(FLOW, step)
    except EditConflict as conflict:
        assert conflict.kind == "gone"
    else:
        raise AssertionError("the edit was taken")


def issue(place: str, id: str, field: str) -> Issue:
    return Issue("code", "error", place, id, field, "sentence", "fix")


def test_issues_are_found_at_their_field_and_those_inside_after_those_of_the_field() -> None:
    inside = issue("node", "a", "settings.rows.1.name")
    itself = issue("node", "a", "settings.rows")
    found = issues_at([inside, issue("node", "b", "settings.rows"), itself], ("nodes", "a", "settings", "rows"))
    assert [(each.issue, each.inside) for each in found] == [(itself, ()), (inside, (1, "name"))]
    assert path_of(issue("seller", "", "zone")) == ("seller", "zone")
    assert path_of(issue("flow", "", "name")) == ("name",)


def test_numbers_are_compared_as_numbers_and_yes_is_not_one() -> None:
    assert same(1, 1.0) and same([{"a": 2}], [{"a": 2.0}])
    assert not same(True, 1) and not same({"a": 1}, {"a": 1, "b": 2}) and not same(None, MISSING)
