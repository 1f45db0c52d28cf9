"""The committed JSON Schemas are current, complete, and hold for what ships."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.flow import shipped
from engine.flow.schema import SCHEMAS, flow_schema
from engine.flow.text import canonical

ROOM = Path(__file__).parents[2] / "schemas"


@pytest.mark.parametrize("file", sorted(SCHEMAS))
def test_the_committed_schema_is_current(file: str):
    assert (ROOM / file).read_text() == canonical(SCHEMAS[file]()), "run: python -m engine.flow.schema"


@pytest.mark.parametrize("file", sorted(SCHEMAS))
def test_every_field_has_words_for_people(file: str):
    schema = SCHEMAS[file]()
    Draft202012Validator.check_schema(schema)
    for name, part in {"": schema, **schema["$defs"]}.items():
        for field, value in part.get("properties", {}).items():
            assert value.get("title"), (name, field)
            assert value.get("description", "").endswith("."), (name, field)


@pytest.mark.parametrize("name", shipped.names())
def test_every_shipped_flow_is_valid(name: str):
    Draft202012Validator(flow_schema()).validate(shipped.load(name).data)


@pytest.mark.parametrize("trigger", ["are_you_robot", "opt_out_clear", "wants_person"])
def test_the_schema_does_not_let_a_required_reflex_go(trigger: str):
    data = json.loads(canonical(shipped.load("home_services").data))
    data["reflexes"] = [each for each in data["reflexes"] if each["trigger"] != trigger]
    assert not Draft202012Validator(flow_schema()).is_valid(data)


def test_unknown_fields_are_allowed_everywhere_in_a_flow():
    schema = flow_schema()
    parts = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]
    assert all(part["additionalProperties"] is True for part in parts)
