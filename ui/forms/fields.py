"""A JSON Schema, and the marks that node types put into it, as a list of fields that a form can draw. Pure.

The marks are those of docs/nodes.md ("Marks of a setting"). What no shape fits becomes `Raw`: nothing is ever left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from ui.forms.binding import MISSING
from ui.forms.shapes import (
    AnswerOf,
    Anything,
    Choice,
    Entries,
    Field,
    Group,
    Hours,
    Lines,
    Number,
    Option,
    Pick,
    Raw,
    Rows,
    RuleTree,
    Shape,
    Text,
    Window,
    YesNo,
)
from ui.records import Json
from ui.sentences import capital

Schema: TypeAlias = Mapping[str, Json]


DEEPEST: Final = 4
"""Things in things that a form draws; deeper ones are shown as JSON."""


def fields_of(schema: Schema) -> tuple[Field, ...]:
    """Fields of an object's schema: needed ones first, each part in the order in which the type declares them."""
    return _fields(schema, _shared(schema), 0)


def _shared(schema: Schema) -> Schema:
    shared = schema.get("$defs")
    return shared if isinstance(shared, dict) else {}


def _fields(schema: Schema, shared: Schema, depth: int) -> tuple[Field, ...]:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict):
        return ()
    must = required if isinstance(required, list) else []
    found = [
        _field(name, inner, name in must, shared, depth)
        for name, inner in properties.items()
        if isinstance(inner, dict)
    ]
    return tuple(sorted(found, key=lambda field: not field.required))


def _field(name: str, schema: Schema, required: bool, shared: Schema, depth: int) -> Field:
    whole, nullable = _resolved(schema, shared)
    advanced, fold = whole.get("advanced") is True, whole.get("group")
    return Field(
        name,
        title=_text(whole, "title") or capital(name.replace("_", " ")),
        shape=_shape(whole, shared, depth),
        help=_text(whole, "description"),
        example=_example(whole),
        required=required,
        default=whole.get("default", MISSING),
        fold=fold if isinstance(fold, str) and not required else "",
        advanced=advanced and not required,
        nullable=nullable,
    )


def _resolved(schema: Schema, shared: Schema) -> tuple[dict[str, Json], bool]:
    """The schema with its reference, or its only alternative beside null, laid into it; and whether null fits."""
    whole, nullable = dict(schema), False
    for _ in range(DEEPEST * 4):
        inner: Json = None
        reference, every, some = whole.get("$ref"), whole.get("allOf"), whole.get("anyOf")
        if isinstance(reference, str):
            inner = shared.get(reference.rsplit("/", 1)[-1])
            whole.pop("$ref")
        elif isinstance(every, list) and len(every) == 1:
            inner = every[0]
            whole.pop("allOf")
        elif isinstance(some, list):
            others = [each for each in some if each != {"type": "null"}]
            nullable = nullable or len(others) < len(some)
            if len(others) != 1:
                whole["anyOf"] = others
                return whole, nullable
            inner = others[0]
            whole.pop("anyOf")
        elif isinstance(kinds := whole.get("type"), list):
            rest = [kind for kind in kinds if kind != "null"]
            nullable = nullable or len(rest) < len(kinds)
            whole["type"] = rest[0] if len(rest) == 1 else None
            return whole, nullable
        else:
            return whole, nullable
        whole = (dict(inner) if isinstance(inner, dict) else {}) | whole
    return {"title": whole.get("title")}, nullable  # a schema that goes in a circle


def _shape(schema: Schema, shared: Schema, depth: int) -> Shape:
    marked = _marked(schema)
    if marked is not None:
        return marked
    if options := _options(schema):
        return Choice(options)
    match schema.get("type"):
        case "string":
            return _text_shape(schema)
        case "integer" | "number":
            return _number_shape(schema)
        case "boolean":
            return YesNo()
        case "array":
            return _list_shape(schema, shared, depth)
        case "object":
            return _object_shape(schema, shared, depth)
    some = schema.get("anyOf")
    if isinstance(some, list) and some:
        kinds = {each.get("type") for each in some if isinstance(each, dict)}
        if kinds <= {"integer", "number"}:
            return Number()
        if kinds <= {"string", "integer", "number", "boolean"}:
            return Anything()
    return Raw()


def _marked(schema: Schema) -> Shape | None:
    """The shape that the node type asks for by a mark."""
    many = schema.get("type") == "array"
    refers, kind, answer = schema.get("refers"), schema.get("format"), schema.get("answer_of")
    if isinstance(answer, str):
        return AnswerOf(answer)
    if refers == "rule":
        return RuleTree()
    if isinstance(refers, str) and refers.startswith("connection"):
        return Pick("connection", many, kinds=tuple(filter(None, refers.partition(":")[2].split("|"))))
    if isinstance(refers, str) and refers in PICKED:
        return Pick(refers, many, ordered=schema.get("ordered") is True)
    if kind == "opening_hours":
        return Hours()
    if kind == "time_window":
        return Window()
    return None


PICKED: Final = frozenset({"slot", "list", "knowledge", "criterion", "card", "calendar", "outcome", "reason"})


def _text_shape(schema: Schema) -> Text:
    fills = schema.get("fills")
    kind = schema.get("format")
    return Text(
        long=kind == "long_text",
        fills=tuple(each for each in fills if isinstance(each, str)) if isinstance(fills, list) else None,
        max_length=_whole(schema.get("maxLength")),
        kind=kind if isinstance(kind, str) and kind in ("phone", "email", "url") else "",
    )


def _number_shape(schema: Schema) -> Number:
    whole = schema.get("type") == "integer"
    low, high = _number(schema.get("minimum")), _number(schema.get("maximum"))
    above, below = _number(schema.get("exclusiveMinimum")), _number(schema.get("exclusiveMaximum"))
    if whole:  # between whole numbers the open ends are closed ones
        low = above + 1 if low is None and above is not None else low
        high = below - 1 if high is None and below is not None else high
    return Number(whole, low, high)


def _list_shape(schema: Schema, shared: Schema, depth: int) -> Shape:
    inner = schema.get("items")
    if not isinstance(inner, dict) or "prefixItems" in schema:
        return Raw()
    marks = {name: schema[name] for name in ("fills", "labels") if name in schema}
    item, nullable = _resolved({**inner, **marks}, shared)
    shape = Raw() if nullable else _shape(item, shared, depth + 1)
    match shape:
        case Choice(many=False):
            return replace(shape, many=True)
        case Text() | Number():
            return Lines(shape, wordings=schema.get("format") == "phrases")
        case Group(fields=fields) if depth < DEEPEST:
            return Rows(fields)
        case _:
            return Raw()


def _object_shape(schema: Schema, shared: Schema, depth: int) -> Shape:
    if schema.get("properties"):
        return Group(_fields(schema, shared, depth + 1)) if depth < DEEPEST else Raw()
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        value, nullable = _resolved(more, shared)
        shape = _shape(value, shared, depth + 1)
        if isinstance(shape, Text | Number | YesNo) and not nullable:
            return Entries(shape)
    return Raw()


def _options(schema: Schema) -> tuple[Option, ...]:
    values, labels = schema.get("enum"), schema.get("labels")
    if values is None and "const" in schema:
        values = [schema["const"]]
    if not isinstance(values, list):
        return ()
    words = labels if isinstance(labels, dict) else {}
    return tuple(
        Option(value, str(words.get(str(value)) or capital(str(value).replace("_", " "))))
        for value in values
        if isinstance(value, str | int | float)
    )


def _example(schema: Schema) -> str:
    examples = schema.get("examples")
    first = examples[0] if isinstance(examples, list) and examples else None
    if isinstance(first, list):
        return ", ".join(str(each) for each in first)
    return "" if first is None or isinstance(first, dict) else str(first)


def _text(schema: Schema, name: str) -> str:
    value = schema.get(name)
    return value if isinstance(value, str) else ""


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
