"""Values of a flow document as people read them in a list of changes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import ValidationError

from engine.flow.edits import at
from engine.flow.model import Edge, Flow, Rule
from engine.flow.sentences import lowered, sentence
from engine.sdk import Json


@dataclass
class Side:
    """A document on one side of a comparison. `flow` is made only when a rule has to be read."""

    data: Mapping[str, Json]

    @cached_property
    def flow(self) -> Flow:
        return Flow.model_validate(self.data)

    @cached_property
    def names(self) -> dict[str, str]:
        """What people call things by id, for settings that refer to them."""
        found: dict[str, str] = {}
        for part, title in (("slots", "label"), ("criteria", "label"), ("nodes", "name")):
            things = self.data.get(part)
            for thing in things if isinstance(things, list) else ():
                if isinstance(thing, dict):
                    found.setdefault(str(thing.get("id")), str(thing.get(title) or thing.get("id")))
        return found

    def card(self, id: Json) -> str:
        """'“Opening”', also for a card that is not there."""
        things = self.data.get("nodes")
        for thing in things if isinstance(things, list) else ():
            if isinstance(thing, dict) and thing.get("id") == id:
                return f"“{thing.get('name') or id}”"
        return f"“{id}”"

    def when(self, edge: Mapping[str, Json]) -> str:
        """When a way is taken: 'if the lead is qualified'."""
        try:
            read = Edge.model_validate(edge)
            if read.kind == "rule" and read.rule is not None:
                return f"if {sentence(read.rule, self.flow)}"
        except ValidationError:
            return ""
        if read.kind == "intent" and read.intent is not None:
            return f"when the caller: {lowered(read.intent.says.strip().rstrip('.'))}"
        return "otherwise"


def told(value: Json, side: Side, *, refers: bool = False) -> str:
    """A value in words; empty for nothing. `refers`: texts that are ids are told by the names of what they mean."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return f"{value:,.0f}"
        case int() | float():
            return f"{value:,}"
        case str():
            return side.names.get(value, value) if refers else value
        case list():
            return _list(value, side, refers)
    return _fields(value, side)


def _list(values: list[Json], side: Side, refers: bool) -> str:
    texts = [told(each, side, refers=refers) for each in values]
    prose = any(len(text) > 24 for text in texts)
    return "\n".join(texts) if prose else ", ".join(texts)


def _fields(value: dict[str, Json], side: Side) -> str:
    if _is_rule(value):
        try:
            return sentence(Rule.model_validate(value), side.flow)
        except ValidationError:
            return "a rule that cannot be read"
    title = value.get("label") or value.get("says")
    if isinstance(title, str):
        more = [f"also: {told(value[name], side)}" for name in ("synonyms", "examples") if value.get(name)]
        return f"{title} ({'; '.join(more)})" if more else title
    words = [(name.replace("_", " "), told(each, side, refers=name in ("go", "slot"))) for name, each in value.items()]
    return ", ".join(f"{name}: {text}" for name, text in words if text)


def _is_rule(value: Mapping[str, Json]) -> bool:
    subject = {"all", "any", "not"} & value.keys() or "is" in value
    return bool(subject) and value.keys() <= {*Rule.model_fields, "not", "is"}


def found(data: Json, *path: str) -> Json:
    """The value at `path`, None if there is none."""
    try:
        return at(data, path)
    except KeyError:
        return None
