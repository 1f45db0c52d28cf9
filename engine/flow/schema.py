"""Writes the JSON Schemas of `schemas/` from the models: `python -m engine.flow.schema`.

The models give the structure, `engine.flow.schema_words` the words for people. A test proves that the committed files
are current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel

from engine.flow.checks.dialogue import REQUIRED
from engine.flow.model import Flow
from engine.flow.schema_words import FIELDS, PARTS
from engine.flow.text import canonical
from engine.sdk import CallResult, Json

_BASE = "https://leadline.example/schemas/"


def flow_schema() -> dict[str, Json]:
    """JSON Schema of a flow document. The three reflexes that cannot be removed are part of it."""
    schema = _of(Flow, "flow.schema.json", "Leadline flow")
    properties = schema["properties"]
    assert isinstance(properties, dict)
    reflexes = properties["reflexes"]
    assert isinstance(reflexes, dict)
    reflexes.pop("default", None)
    reflexes["allOf"] = [
        {
            "description": f"There must be a reflex for the caller who {words}.",
            "contains": {"type": "object", "properties": {"trigger": {"const": trigger}}, "required": ["trigger"]},
        }
        for trigger, words in REQUIRED.items()
    ]
    required = schema["required"]
    assert isinstance(required, list)
    required[:0] = ["format", "format_version"]
    required.append("reflexes")
    return schema


def call_result_schema() -> dict[str, Json]:
    """JSON Schema of the result of a call."""
    return _of(CallResult, "call-result.schema.json", "Leadline call result")


def _of(model: type[BaseModel], file: str, title: str) -> dict[str, Json]:
    made: dict[str, Json] = model.model_json_schema(by_alias=True)
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _BASE + file,
        **made,
        "title": title,
    }
    parts = schema.get("$defs")
    _describe(schema, model.__name__)
    for name, part in parts.items() if isinstance(parts, dict) else ():
        if isinstance(part, dict):
            _describe(part, name)
    return schema


def _describe(part: dict[str, Json], name: str) -> None:
    if name in PARTS:
        part["description"] = PARTS[name]
    properties = part.get("properties")
    for field, value in properties.items() if isinstance(properties, dict) else ():
        if not isinstance(value, dict):
            continue
        value["title"] = field.replace("_", " ").capitalize()
        words = FIELDS.get(f"{name}.{field}")
        if words is not None:
            value["description"] = words


SCHEMAS = {"flow.schema.json": flow_schema, "call-result.schema.json": call_result_schema}


def write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for file, make in SCHEMAS.items():
        (folder / file).write_text(canonical(make()), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "schemas")
