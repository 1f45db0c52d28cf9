"""The command layer of the builder: every step has an inverse that brings back the very document."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from engine.flow.edits import (
    AnyStep,
    EditConflict,
    EditRefused,
    Insert,
    Move,
    Place,
    Put,
    Remove,
    Step,
    apply,
    at,
    wire,
)
from engine.flow.text import equal

ROOT = Path(__file__).resolve().parents[2]
VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "edit_vectors.json").read_text("utf-8"))
STEPS: TypeAdapter[tuple[Step, ...]] = TypeAdapter(tuple[AnyStep, ...])
SHIPPED = [json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "flows").glob("*.json"))]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["name"]))
def test_steps_do_what_the_vectors_say(case: dict[str, Any]) -> None:
    before = copy.deepcopy(VECTORS["document"])
    steps = STEPS.validate_python(case["steps"])
    if "conflict" in case:
        with pytest.raises(EditConflict) as conflict:
            apply(before, steps)
        assert (conflict.value.kind, conflict.value.current) == (case["conflict"], case["current"])
    elif "refused" in case:
        with pytest.raises(EditRefused):
            apply(before, steps)
    else:
        applied = apply(before, steps)
        assert equal(applied.data, case["after"])
        assert [wire(step) for step in applied.inverse] == case["inverse"]
        assert equal(apply(applied.data, applied.inverse).data, VECTORS["document"])
    assert before == VECTORS["document"], "what is given stays as it is"


def parts(value: Any, path: tuple[Place, ...] = ()) -> Iterator[tuple[tuple[Place, ...], Any]]:
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from parts(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            address = inner["id"] if isinstance(inner, dict) and "id" in inner else place
            yield from parts(inner, (*path, address))


ALL_PARTS = [[path for path, _ in parts(flow) if path] for flow in SHIPPED]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), which=st.integers(0, len(SHIPPED) - 1))
def test_every_edit_of_a_shipped_flow_can_be_undone_and_redone_exactly(data: st.DataObject, which: int) -> None:
    flow, taken = SHIPPED[which], []
    now = flow
    for _ in range(data.draw(st.integers(1, 5))):
        path = data.draw(st.sampled_from(ALL_PARTS[which]))
        before = data.draw(st.one_of(st.none(), st.integers(0, 6)))
        value = data.draw(st.sampled_from([1, "x", [1, 2], {"a": None}, {"id": "new", "a": 1}, None]))
        step = data.draw(
            st.sampled_from(
                [Put(path=path, value=value), Put(path=(*path, "extra"), value=value), Remove(path=path),
                 Insert(path=path, value=value, before=before),
                 *([Move(path=path, before=before)] if len(path) > 1 else [])]
            )
        )  # fmt: skip
        try:
            now = apply(now, [step]).data
        except (EditRefused, EditConflict):
            continue
        taken.append(step)
    done = apply(flow, taken)
    undone = apply(done.data, done.inverse)
    assert equal(undone.data, flow)
    assert equal(apply(undone.data, undone.inverse).data, done.data)


def test_a_step_that_is_not_known_is_no_step() -> None:
    with pytest.raises(ValidationError):
        STEPS.validate_python([{"do": "explode", "path": ["name"]}])
    with pytest.raises(ValidationError):
        STEPS.validate_python([{"do": "put", "path": ["name"], "value": 1, "force": True}])


def test_a_setting_called_id_may_change_for_it_is_no_address() -> None:
    flow = copy.deepcopy(VECTORS["document"])
    flow["nodes"][0]["settings"]["id"] = "their own"
    changed = apply(flow, [Put(path=("nodes", "a", "settings", "id"), value="other")]).data
    assert at(changed, ("nodes", "a", "settings", "id")) == "other"
