"""What docs/flows.md shows works: each block marked as part of a flow is read, understood whole, and free of issues."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from engine.aftercall.texts import NAMES
from engine.dialogue.phrases import DEFAULTS
from engine.dialogue.reflexes import PRIORITY
from engine.flow.check import check
from engine.flow.checks.placeholders import COMMON
from engine.flow.document import FlowDocument
from engine.flow.model import Criterion, Edge, Flow, Knowledge, NodeCard, Reflex, Rule, Slot
from engine.flow.sentences import sentence
from engine.sdk import SlotType
from engine.sdk.registry import NodeTypes, discover

PAGE = (Path(__file__).parents[2] / "docs" / "flows.md").read_text()
PARTS: dict[str, tuple[type[BaseModel], str]] = {
    "slot": (Slot, "slots"),
    "knowledge": (Knowledge, "knowledge"),
    "criterion": (Criterion, "criteria"),
    "reflex": (Reflex, "reflexes"),
    "node": (NodeCard, "nodes"),
    "edge": (Edge, "edges"),
}
LANE_AGAIN = {"id": "mail_office_again", "type": "email", "name": "Again", "settings": {"to": "office@example.com"}}


@pytest.fixture(scope="module")
def types() -> NodeTypes:
    return discover()


def whole_flow() -> dict:
    """The page's complete flow."""
    found = re.search(r"^```json flow\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return json.loads(found[1])


def not_understood(part: BaseModel) -> list[str]:
    """Fields that no model knows: a flow keeps them, so a misspelling in an example would pass unseen."""
    found = list(part.model_extra or {})
    for value in part.__dict__.values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, BaseModel):
                found += not_understood(each)
    return found


def with_part(field: str, part: dict) -> dict:
    """The complete flow with `part` put in, instead of the one with its id if there is one."""
    data = whole_flow()
    data[field] = [*(each for each in data[field] if each["id"] != part["id"]), part]
    if part.get("to") == LANE_AGAIN["id"]:
        data["nodes"].append(LANE_AGAIN)
    return data


def test_the_example_is_understood_whole_and_sound(example, types):
    if example.kind == "flow":
        data = json.loads(example.text)
    elif example.kind == "rule":
        data = whole_flow()
        flow = Flow.model_validate(data)
        rule = Rule.model_validate_json(example.text)
        assert not not_understood(rule)
        assert example.reads == sentence(rule, flow)
        data["edges"][1]["rule"] = json.loads(example.text)
    else:
        model, field = PARTS[example.kind]
        assert not not_understood(model.model_validate_json(example.text))
        data = with_part(field, json.loads(example.text))
    document = FlowDocument.load(json.dumps(data))
    assert not not_understood(document.flow)
    assert [f"{each.address}: {each.sentence}" for each in check(document, types)] == []


def test_the_whole_flow_satisfies_the_published_schema():
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "flow.schema.json").read_text())
    Draft202012Validator(schema).validate(whole_flow())


def test_every_kind_of_part_has_an_example():
    shown = set(re.findall(r"^```json (\w+)$", PAGE, re.MULTILINE))
    assert shown == {*PARTS, "flow", "rule"}


def test_all_fields_of_slots_reflexes_and_knowledge_are_told():
    for model in (Slot, Knowledge, Criterion, Reflex):
        for name, field in model.model_fields.items():
            told = field.alias or name
            if told not in {"spoken", "acknowledge"}:
                assert f"`{told}`" in PAGE or f'"{told}"' in PAGE, f"{model.__name__}.{told}"


def test_lists_of_words_on_the_page_are_the_engines_own():
    for name in (*(each.value for each in SlotType), *PRIORITY, *DEFAULTS):
        assert f"`{name}`" in PAGE, name
    for test in ("in_list", "not_in_list", "one_of", "none_of", "at_least", "at_most", "contains"):
        assert f"`{test}`" in PAGE
    for kind in get_args(Edge.model_fields["kind"].annotation):
        assert f'"kind": "{kind}"' in PAGE, kind


def test_placeholders_on_the_page_are_those_that_get_filled():
    during, after = PAGE.split("## Placeholders", 1)[1].split("## ", 1)[0].split("Texts of after-call cards", 1)
    during = during.split("Some cards", 1)[0]
    assert set(re.findall(r"\{([a-z_]+)\}", during)) == set(COMMON)
    assert set(re.findall(r"\{([a-z_]+)\}", after)) == set(NAMES)
