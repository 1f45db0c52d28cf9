"""A flow prepared for checking: cards made once, edges by card, what can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from engine.flow.checks.placeholders import names_in
from engine.flow.model import Edge, Flow, NodeCard, Reflex, Slot
from engine.sdk import Json, Node, NodeSettings
from engine.sdk.registry import NodeClass, NodeTypes, SettingsInvalid


@dataclass(frozen=True, slots=True)
class Card:
    """A card with its class and, when the settings are valid, the node made of it. A ghost has neither.

    `problems`: what is wrong with its settings, (field, sentence) pairs.
    """

    card: NodeCard
    klass: NodeClass | None
    node: Node[NodeSettings] | None
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        return f"the card “{self.card.name or self.card.id}”"

    @property
    def ghost(self) -> bool:
        return self.klass is None

    @property
    def after_call(self) -> bool:
        return self.klass is not None and self.klass.kind == "after_call"

    @property
    def quiet(self) -> bool:
        return self.klass is not None and self.klass.kind == "quiet"

    @property
    def talks(self) -> bool:
        return self.klass is not None and self.klass.kind == "talk"

    @property
    def terminal(self) -> bool:
        return self.klass is not None and self.klass.terminal

    @property
    def writes(self) -> tuple[str, ...]:
        """Slots that it fills by itself."""
        return self._named(self.klass.effects.writes) if self.klass is not None else ()

    @property
    def reads(self) -> tuple[str, ...]:
        return self._named(self.klass.effects.reads) if self.klass is not None else ()

    def _named(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names of settings stand for the slots they hold; other names are slots themselves."""
        found: list[str] = []
        for name in names:
            value: object = getattr(self.node.settings, name, name) if self.node is not None else None
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, Iterable):
                found.extend(str(each) for each in value)
        return tuple(name for name in found if name)


@dataclass(slots=True)
class Subject:
    """What the checks look at. Where ids are double, the first one counts (and `duplicate_id` says so)."""

    flow: Flow
    types: NodeTypes
    cards: dict[str, Card]
    slots: dict[str, Slot]
    out: dict[str, list[Edge]]
    """Edges by the card they leave, in the order in which they are considered; broken ones are left out."""
    live: set[str] = field(default_factory=set)
    """Cards that a call can reach."""
    lane: set[str] = field(default_factory=set)
    """Cards that the after-call run can reach."""

    def starts(self) -> list[str]:
        """Cards with which a call can begin; a missing one is left out."""
        wanted = (self.flow.start, self.flow.start_inbound)
        return [id for id in wanted if id is not None and id in self.cards]

    def jumps(self) -> Iterator[tuple[Reflex, str]]:
        """Reflexes that go to a card, with its id; broken ones are left out."""
        for reflex in self.flow.reflexes:
            for action in (reflex.do, reflex.past_limit):
                if action is not None and action.then == "go" and action.go in self.cards:
                    yield reflex, action.go

    def title(self, id: str) -> str:
        return self.cards[id].title

    def next(self, id: str) -> Iterator[str]:
        return (edge.to for edge in self.out.get(id, ()))


_ORDER = {"rule": 0, "intent": 1, "otherwise": 2}


def prepare(flow: Flow, types: NodeTypes) -> Subject:
    cards: dict[str, Card] = {}
    for card in flow.nodes:
        cards.setdefault(card.id, _made(card, types))
    slots: dict[str, Slot] = {}
    for slot in flow.slots:
        slots.setdefault(slot.id, slot)
    out: dict[str, list[Edge]] = {id: [] for id in cards}
    for edge in flow.edges:
        if edge.from_.node in cards and edge.to in cards:
            out[edge.from_.node].append(edge)
    for edges in out.values():
        if len(edges) > 1:
            edges.sort(key=lambda edge: _ORDER[edge.kind])
    subject = Subject(flow, types, cards, slots, out)
    _spread(subject)
    return subject


def _made(card: NodeCard, types: NodeTypes) -> Card:
    if card.type not in types:
        return Card(card, None, None)
    klass = types.get(card.type)
    try:
        return Card(card, klass, types.make(card.type, card.settings, card.v))
    except SettingsInvalid as invalid:
        return Card(card, klass, None, invalid.problems)
    except Exception as error:  # an integrator's migration or constructor may fail in any way
        return Card(card, klass, None, (("", f"the type could not read them ({type(error).__name__})"),))


def _spread(subject: Subject) -> None:
    """Fill `live` and `lane`. Reflexes can jump as soon as the caller can speak, that is once a card talks."""
    follow(subject, subject.starts(), subject.live)
    if any(subject.cards[id].talks or subject.cards[id].ghost for id in subject.live):
        follow(subject, [target for _, target in subject.jumps()], subject.live)
    follow(subject, subject.flow.after_call, subject.lane)


def follow(subject: Subject, starts: Iterable[str], seen: set[str]) -> None:
    """Add to `seen` all cards that can be reached from `starts`."""
    todo = [id for id in starts if id in subject.cards]
    while todo:
        id = todo.pop()
        if id not in seen:
            seen.add(id)
            todo.extend(subject.next(id))


@lru_cache(maxsize=512)
def references(klass: NodeClass) -> tuple[tuple[str, str], ...]:
    """Settings that hold an id of the flow, as (name, what): declared by the type with
    `Field(json_schema_extra=marks(refers=...))`."""
    found: list[tuple[str, str]] = []
    for name, info in klass.settings_model().model_fields.items():
        extra = info.json_schema_extra
        what: Json = extra.get("refers") if isinstance(extra, dict) else None
        if isinstance(what, str):
            found.append((name, what))
    return tuple(found)


@lru_cache(maxsize=512)
def own_placeholders(klass: NodeClass) -> frozenset[str]:
    """Placeholders that the type itself fills: those in the default texts of its settings, and those named there with
    `marks(fills=...)`."""
    found: set[str] = set()
    for info in klass.settings_model().model_fields.values():
        extra = info.json_schema_extra
        fills: Json = extra.get("fills") if isinstance(extra, dict) else None
        found.update(str(name) for name in (fills if isinstance(fills, list) else ()))
        default = info.default
        for text in default if isinstance(default, tuple) else (default,):
            if isinstance(text, str):
                found.update(names_in(text))
    return frozenset(found)
