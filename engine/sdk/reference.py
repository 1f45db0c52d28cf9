"""The reference of node types, written from what they declare: `python -m engine.sdk.reference > docs/nodes.md`.

`--all` describes the types of every installed package, not only those that ship with Leadline.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.sdk.marks import FORMATS, MARKS, REFERS
from engine.sdk.node import Kind
from engine.sdk.registry import OURS, NodeClass, NodeTypes, discover
from engine.sdk.values import Json

SHELVES: Final = {
    "talk": "Talk",
    "decide": "Decide",
    "schedule": "Schedule",
    "handoff": "Hand off",
    "connect": "Connect",
    "aftercall": "After the call",
    "other": "Other",
}
KINDS: Final[dict[Kind, str]] = {
    "talk": "talks with the caller",
    "quiet": "works without a word",
    "after_call": "runs after the call",
}
_WORDS: Final = {
    "slot": ("thing to find out", "things to find out"),
    "list": ("list of the flow", "lists of the flow"),
    "knowledge": ("knowledge entry", "knowledge entries"),
    "criterion": ("criterion", "criteria"),
    "card": ("card", "cards"),
    "calendar": ("calendar", "calendars"),
    "outcome": ("outcome", "outcomes"),
    "reason": ("reason", "reasons"),
    "connection": ("connection", "connections"),
}
HEAD: Final = """\
# Node types

Every card of a flow is of one of these types. A type's settings are what the builder's form shows; their names are
what stands in the flow document. How to add types of your own: [writing-nodes.md](writing-nodes.md).

This page is generated: `python -m engine.sdk.reference > docs/nodes.md`.
"""


def markdown(types: NodeTypes, package: str | None = OURS) -> str:
    """The reference page. `package`: only the types that this distribution brings; None for all."""
    chosen = [klass for klass in types if package in (None, types.package.get(klass.type))]
    named = {klass.shelf for klass in chosen} - {*SHELVES}
    shelves = {**SHELVES, **{shelf: shelf.capitalize() for shelf in sorted(named)}}
    parts = [HEAD]
    for shelf, title in shelves.items():
        of_shelf = sorted((klass for klass in chosen if klass.shelf == shelf), key=lambda klass: klass.title)
        if of_shelf:
            parts.append(f"## {title}\n")
            parts += ["\n".join(_entry(klass)) for klass in of_shelf]
    parts.append("\n".join(_marks()))
    return "\n".join(parts)


def _marks() -> Iterator[str]:
    yield "## Marks of a setting\n"
    yield (
        "The type of a setting chooses its widget. Marks say more: `Field(json_schema_extra=marks(...))`, with\n"
        "`marks` from `engine.sdk`. `title` is the label, `description` the help; the first of `examples` is\n"
        "shown while the field is empty. A setting without a default is needed, and stands first.\n"
    )
    yield from _table("Mark", MARKS)
    yield "`refers`, of a text or a list of texts:\n"
    yield from _table("Value", REFERS)
    yield "`format`:\n"
    yield from _table("Value", {str(name): meaning for name, meaning in FORMATS.items()})


def _table(name: str, rows: Mapping[str, str]) -> Iterator[str]:
    yield f"| {name} | Meaning |"
    yield "| --- | --- |"
    for key, meaning in rows.items():
        yield f"| `{key}` | {_cell(meaning)} |"
    yield ""


def _entry(klass: NodeClass) -> Iterator[str]:
    yield f"### {klass.title} (`{klass.type}`)\n"
    if klass.summary:
        yield f"{klass.summary}\n"
    yield f"- Kind: {KINDS[klass.kind]}. Version {klass.version}."
    yield f"- Exits: {_exits(klass)}"
    yield f"- Effects: {_effects(klass)}\n"
    yield from _settings(klass)


def _exits(klass: NodeClass) -> str:
    if klass.kind == "after_call":
        return "none; the lane behind the call goes on by itself."
    if klass.terminal:
        return "none; the call ends here."
    return ", ".join(
        f"`{exit.name}` ({exit.label}{'; must lead somewhere, for when it fails' if exit.failure else ''})"
        for exit in klass.exits
    )


def _effects(klass: NodeClass) -> str:
    effects = klass.effects
    fields = klass.settings_model().model_fields

    def things(names: Sequence[str]) -> str:
        return ", ".join(f"the thing named in `{name}`" if name in fields else f"`{name}`" for name in names)

    said = ["speaks"] if effects.speaks else []
    said += [f"reads {things(effects.reads)}"] if effects.reads else []
    said += [f"writes {things(effects.writes)}"] if effects.writes else []
    said += [f"works with other systems for up to {effects.budget_s:g} s"] if effects.outside else []
    said += ["may put the caller through to somebody"] if effects.hands_over else []
    return f"{'; '.join(said) or 'none'}."


def _settings(klass: NodeClass) -> Iterator[str]:
    schema = klass.settings_schema()
    properties, required, shared = schema.get("properties"), schema.get("required"), schema.get("$defs")
    if not isinstance(properties, dict) or not properties:
        yield "No settings.\n"
        return
    must = required if isinstance(required, list) else []
    yield "| Setting | Name | Type | Default | Help |"
    yield "| --- | --- | --- | --- | --- |"
    for name, field in properties.items():
        if isinstance(field, dict):
            default = "(needed)" if name in must else _value(field.get("default"))
            cells = (field.get("title", name), f"`{name}`", _type(field, shared), default, field.get("description", ""))
            yield f"| {' | '.join(_cell(str(cell)) for cell in cells)} |"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _value(value: Json) -> str:
    match value:
        case dict() if value:
            return _value(next(iter(value.values())))
        case None | "" | [] | {}:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_value(each) for each in value)
        case str():
            return f"“{value}”"
        case _:
            return str(value)


def _type(field: dict[str, Json], shared: Json) -> str:
    """A JSON Schema in a few words."""
    reference = field.get("$ref")
    if isinstance(reference, str) and isinstance(shared, dict):
        inner = shared.get(reference.rsplit("/", 1)[-1])
        return _type(inner, shared) if isinstance(inner, dict) else "fields"
    match field:
        case {"refers": "rule"}:
            return "rule"
        case {"refers": str(what), "type": "array"}:
            return f"list of {_WORDS[what.partition(':')[0]][1]}"
        case {"refers": str(what)}:
            return _WORDS[what.partition(":")[0]][0]
        case {"format": "opening_hours"}:
            return "opening hours"
        case {"answer_of": str(setting)}:
            return f"answer to the thing in `{setting}`"
        case {"enum": [*options]}:
            return "one of " + ", ".join(f"`{option}`" for option in options)
        case {"const": constant}:
            return f"`{constant}`"
        case {"anyOf": [*options]}:
            kinds = [_type(option, shared) for option in options if isinstance(option, dict)]
            return " or ".join(dict.fromkeys(kind for kind in kinds if kind != "nothing"))
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type(items, shared)}"
        case {"type": "integer" | "number" as kind}:
            return ("whole number" if kind == "integer" else "number") + _range(field)
    return {"string": "text", "boolean": "yes or no", "array": "list", "object": "fields", "null": "nothing"}.get(
        str(field.get("type")), "any"
    )


def _range(field: dict[str, Json]) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", {low} or more" if low is not None else f", up to {high}" if high is not None else ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m engine.sdk.reference", description="The reference of node types.")
    parser.add_argument("--all", action="store_true", help="types of all installed packages, not only of Leadline")
    sys.stdout.write(markdown(discover(), None if parser.parse_args().all else OURS))


if __name__ == "__main__":
    main()
