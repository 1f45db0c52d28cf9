"""The chapter about edits in docs/builder.md: its examples work, and no step or gesture is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from engine.api.drafts import EditIn
from engine.flow import shipped
from engine.flow.document import FlowDocument
from engine.flow.gestures import Wanted, take
from engine.sdk.registry import discover

PAGE = (Path(__file__).parents[2] / "docs" / "builder.md").read_text("utf-8")
EXAMPLES: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r"```json edit\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("shown", EXAMPLES, ids=lambda each: str(each["label"]))
def test_an_edit_on_the_page_can_be_sent_as_it_stands(shown: dict[str, Any]) -> None:
    edit = EditIn.model_validate(shown)
    flow = shipped.load("home_services").data
    taken = take(flow, edit.steps, discover())
    FlowDocument.of(taken.data)
    assert len(taken.steps) >= len(edit.steps)


def test_every_step_and_gesture_has_an_example() -> None:
    named = {each.model_fields["do"].default for each in get_args(Wanted)}
    assert named == {step["do"] for example in EXAMPLES for step in example["steps"]}
