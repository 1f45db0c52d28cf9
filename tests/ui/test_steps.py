"""What was typed is shown before it is saved, the way the engine will make it: the same vectors hold both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ui.steps import ahead, primitive

VECTORS = json.loads((Path(__file__).parents[1] / "flow" / "edit_vectors.json").read_text(encoding="utf-8"))
MADE = [case for case in VECTORS["cases"] if "after" in case]


@pytest.mark.parametrize("case", MADE, ids=lambda case: case["name"])
def test_looking_ahead_agrees_with_the_engine(case: dict) -> None:
    document = case.get("document", VECTORS["document"])
    before = json.dumps(document)
    after = ahead(document, case["steps"])
    assert json.dumps(after) == json.dumps(case["after"])
    assert json.dumps(document) == before, "the document itself stays as it is"


@pytest.mark.parametrize(
    "step",
    [
        {"do": "put", "path": ["nodes", "nobody", "name"], "value": "x"},
        {"do": "put", "path": ["name", "deeper"], "value": "x"},
        {"do": "put", "path": [3], "value": "x"},
        {"do": "remove", "path": ["nodes", "nobody"]},
        {"do": "insert", "path": ["name"], "value": "x"},
        {"do": "move", "path": ["nodes", "nobody"], "before": None},
        {"do": "put", "path": [], "value": "no document"},
        {"do": "add_card", "card": {"id": "x"}},
    ],
)
def test_a_step_that_fits_nowhere_is_passed_over_and_left_to_the_engine(step: dict) -> None:
    assert ahead(VECTORS["document"], [step]) == VECTORS["document"]


def test_gestures_are_left_to_the_engine() -> None:
    assert primitive([{"do": "put"}, {"do": "move"}])
    assert not primitive([{"do": "put"}, {"do": "add_card"}])
