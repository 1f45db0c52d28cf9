"""docs/hooks.md: its cards can be made as they stand, and its tables are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine.sdk.registry import discover
from nodes.connect.hooks.flat import FIELDS

PAGE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text("utf-8")
CARDS: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
KINDS = ("webhook", "zapier", "make", "slack", "google_sheets")


@pytest.mark.parametrize("shown", CARDS, ids=lambda each: str(each["type"]))
def test_a_card_on_the_page_can_be_used_as_it_stands(shown: dict[str, Any]) -> None:
    node = discover().make(shown["type"], shown["settings"])
    assert not node.settings.model_extra, "a setting is misspelt"


def test_every_card_but_the_webhook_has_a_worked_example() -> None:
    assert {each["type"] for each in CARDS} == {*KINDS} - {"webhook"}


def test_every_field_of_the_flat_message_is_told_in_its_words() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, re.MULTILINE))
    assert {name: rows.get(name) for name in FIELDS} == FIELDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_connection_is_told(kind: str) -> None:
    part = next(each for each in re.split(r"^#+ ", PAGE, flags=re.MULTILINE) if f"--kind {kind}" in each)
    for field in discover().connection_kinds()[kind].fields:
        assert f"| `{field.name}` |" in part, field.name
