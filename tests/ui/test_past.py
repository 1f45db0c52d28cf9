"""Undo and redo of one window's own edits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ui.past import DEPTH, TOGETHER, Past, guarded
from ui.records import Json
from ui.resources.drafts import Step

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _put(value: Json, path: str = "name", **more: Json) -> Step:
    return {"do": "put", "path": [path], "value": value, **more}


def _typed(past: Past, old: str, new: str, at: datetime = T0, path: str = "name") -> None:
    steps = (_put(new, path),)
    past.made("new", f"Changed {path}", steps, guarded(steps, (_put(old, path),)), at)


def test_a_hundred_and_more_edits_can_be_taken_back() -> None:
    past = Past()
    for number in range(DEPTH + 20):
        _typed(past, str(number), str(number + 1), path=f"field{number}")
    assert len(past) == DEPTH >= 100


def test_undo_sets_a_field_back_only_if_nobody_else_changed_it_meanwhile() -> None:
    steps = (_put("b"), {"do": "remove", "path": ["note"]}, {"do": "insert", "path": ["nodes"], "value": {"id": "x"}})
    inverse: tuple[Step, ...] = ({"do": "remove", "path": ["nodes", "x"]}, _put("n", "note"), _put("a"))
    assert guarded(steps, inverse) == (inverse[0], _put("n", "note", was=None), _put("a", was="b"))


def test_a_field_that_was_set_twice_in_one_edit_goes_back_step_by_step() -> None:
    assert guarded((_put("b"), _put("c")), (_put("b"), _put("a"))) == (_put("b", was="c"), _put("a", was="b"))


def test_saves_of_one_piece_of_typing_are_taken_back_at_once() -> None:
    past = Past()
    _typed(past, "", "Ro")
    _typed(past, "Ro", "Roofs", T0 + timedelta(seconds=2))
    assert len(past) == 1
    done = past.undo()
    assert done is not None
    assert done.back == (_put("", was="Roofs"),)


def test_typing_again_after_a_while_or_elsewhere_is_an_edit_of_its_own() -> None:
    past = Past()
    _typed(past, "", "Ro")
    _typed(past, "Ro", "Roofs", T0 + TOGETHER + timedelta(seconds=1))
    _typed(past, "", "Hi", T0 + TOGETHER + timedelta(seconds=2), path="greeting")
    assert len(past) == 3


def test_what_was_undone_can_be_done_again_until_something_new_is_done() -> None:
    past = Past()
    _typed(past, "a", "b")
    undone = past.undo()
    assert undone is not None
    past.made("undo", undone.label, undone.back, guarded(undone.back, (_put("b"),)), T0)
    assert past.undoable is None
    assert past.redoable is not None
    assert past.redoable.back == (_put("b", was="a"),)
    again = past.redo()
    assert again is not None
    past.made("redo", again.label, again.back, guarded(again.back, (_put("a"),)), T0)
    assert past.undoable is not None
    _typed(past, "b", "c", T0 + TOGETHER * 2)
    assert past.redoable is None


def test_an_edit_that_changed_nothing_is_nothing_to_take_back() -> None:
    past = Past()
    past.made("new", "Changed name", (_put("a"),), (), T0)
    assert len(past) == 0
