"""A flow document as the screens show it. Pure. Anything unknown is passed over: looking never breaks a flow."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from ui.records import Json, Scalar


class NotAFlow(ValueError):
    """A text that cannot be shown as a flow. The message says why."""


@dataclass(frozen=True, slots=True)
class Seller:
    legal_name: str = ""
    say_as: str = ""
    phone: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Assistant:
    name: str = ""
    voice: str = ""
    style: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A thing to find out."""

    id: str
    label: str = ""
    spoken: str = ""
    type: str = "text"
    need: str = "must"
    ask: tuple[str, ...] = ()
    why: str = ""
    choices: tuple[Choice, ...] = ()
    allow_other: bool = False
    privacy: str = "plain"
    prefill: str | None = None
    read_back: str = "never"


@dataclass(frozen=True, slots=True)
class Knowledge:
    id: str
    question: str = ""
    say: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """`all`, `any` or `not` of rules, or one test of a slot, a criterion, the qualification or the call."""

    all: tuple[Rule, ...] | None = None
    any: tuple[Rule, ...] | None = None
    not_: Annotated[Rule | None, Field(alias="not")] = None
    slot: str | None = None
    criterion: str | None = None
    qualification: bool | None = None
    call: str | None = None
    is_: Annotated[str | None, Field(alias="is")] = None
    value: Scalar | tuple[Scalar, ...] | None = None

    @property
    def values(self) -> tuple[Scalar, ...]:
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True, slots=True)
class Criterion:
    id: str
    label: str = ""
    test: Rule = field(default_factory=Rule)
    kind: str = "hard"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReflexAction:
    say: tuple[str, ...] = ()
    then: str = "return"
    go: str | None = None
    disposition: str | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Reflex:
    id: str
    label: str = ""
    examples: tuple[str, ...] = ()
    not_examples: tuple[str, ...] = ()
    do: ReflexAction = field(default_factory=ReflexAction)
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    id: str
    type: str = ""
    name: str = ""
    settings: dict[str, Json] = field(default_factory=dict)
    note: str = ""

    def text(self, name: str) -> str:
        """A setting that is a text; empty if it is not there."""
        value = self.settings.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.settings.get(name)
        return tuple(str(each) for each in value) if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True)
class WayOut:
    node: str
    exit: str = "next"


@dataclass(frozen=True, slots=True)
class Intention:
    says: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    id: str
    from_: Annotated[WayOut, Field(alias="from")]
    to: str
    kind: str = "otherwise"
    rule: Rule | None = None
    intent: Intention | None = None
    label: str = ""


_ORDER: Final = {"rule": 0, "intent": 1, "otherwise": 2}


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    name: str
    version: int = 0
    description: str = ""
    language: str = ""
    seller: Seller = field(default_factory=Seller)
    assistant: Assistant = field(default_factory=Assistant)
    slots: tuple[Slot, ...] = ()
    knowledge: tuple[Knowledge, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    reflexes: tuple[Reflex, ...] = ()
    start: str = ""
    nodes: tuple[Card, ...] = ()
    edges: tuple[Edge, ...] = ()
    after_call: tuple[str, ...] = ()
    lists: dict[str, tuple[Scalar, ...]] = field(default_factory=dict)

    def card_name(self, id: str) -> str:
        return next((card.name or card.id for card in self.nodes if card.id == id), id)

    def slot(self, id: str) -> Slot | None:
        return next((slot for slot in self.slots if slot.id == id), None)

    def criterion(self, id: str) -> Criterion | None:
        return next((each for each in self.criteria if each.id == id), None)

    def reflex(self, id: str) -> Reflex | None:
        return next((each for each in self.reflexes if each.id == id), None)

    def edge(self, id: str) -> Edge | None:
        return next((edge for edge in self.edges if edge.id == id), None)

    def edges_from(self, card: str) -> tuple[Edge, ...]:
        """In the order in which they are considered."""
        found = [edge for edge in self.edges if edge.from_.node == card]
        return tuple(sorted(found, key=lambda edge: _ORDER.get(edge.kind, len(_ORDER))))

    def call_cards(self) -> tuple[Card, ...]:
        """Cards of the call as it goes: from the start, along the edges; cards that nothing leads to come last."""
        lane = {card.id for card in self.lane_cards()}
        order = [id for id in self._reached((self.start,)) if id not in lane]
        order += [card.id for card in self.nodes if card.id not in order and card.id not in lane]
        return self._cards(order)

    def lane_cards(self) -> tuple[Card, ...]:
        """Cards that run when the call is over."""
        return self._cards(self._reached(self.after_call))

    def _reached(self, from_: tuple[str, ...]) -> list[str]:
        found = list(dict.fromkeys(from_))
        for id in found:
            found += [to for to in dict.fromkeys(edge.to for edge in self.edges_from(id)) if to not in found]
        return found

    def _cards(self, ids: list[str]) -> tuple[Card, ...]:
        by_id = {card.id: card for card in self.nodes}
        return tuple(by_id[id] for id in ids if id in by_id)


_FLOW: Final = TypeAdapter(Flow)


def read_flow(document: str | bytes | dict[str, Json]) -> Flow:
    """Raises `NotAFlow`."""
    try:
        data = json.loads(document) if isinstance(document, str | bytes) else document
        return _FLOW.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(step) for step in first["loc"])
        raise NotAFlow(f"{place}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise NotAFlow(str(error)) from None
