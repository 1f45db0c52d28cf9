"""What the builder shows of a flow besides the document itself: everything that code must decide, none of it by a
screen. Pure.

The canvas and the outline draw from this: one line for each card, the things it wants to find out, its ways out, and
each way as a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.flow.checks.subject import Card, Subject
from engine.flow.issues import Issue
from engine.flow.model import Edge, Flow
from engine.flow.sentences import lowered, name_of, sentence, value_words
from engine.sdk import Exit, Scalar

SUMMARY_LENGTH: Final = 160
"""Characters of a card's line; the canvas shows two or three lines of it."""

FAILED: Final = Exit("failed", "If it fails", failure=True)
"""Cards behind the call have this exit too; they need not use it."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A thing that a card wants to find out. `need`: must, nice, if_offered; empty for one that the flow lacks."""

    slot: str
    label: str
    need: str


@dataclass(frozen=True, slots=True)
class ExitView:
    """A way out. `branches`: conditions decide where it leads."""

    name: str
    label: str
    failure: bool
    branches: bool


@dataclass(frozen=True, slots=True)
class CardView:
    """`title`: the card's name. `type_title`: what its type is called. `kind`: talk, quiet, after_call, or empty for a
    ghost (no installed package brings its type). `problems`: issues of the card itself."""

    title: str
    type_title: str
    kind: str
    shelf: str
    icon: str
    summary: str
    chips: tuple[Chip, ...]
    exits: tuple[ExitView, ...]
    ghost: bool
    ends_the_call: bool
    problems: int


@dataclass(frozen=True, slots=True)
class EdgeView:
    """`sentence`: when the way is taken, 'if the lead is qualified'; empty when it always is. `problems`: issues of the
    way itself."""

    sentence: str
    problems: int


@dataclass(frozen=True, slots=True)
class View:
    """`start_inbound`: None if the flow takes no calls that come in. `after_call`: cards that begin the lane behind the
    call."""

    cards: Mapping[str, CardView]
    edges: Mapping[str, EdgeView]
    start: str
    start_inbound: str | None
    after_call: tuple[str, ...]


def view(subject: Subject, issues: Iterable[Issue]) -> View:
    """`issues`: what the validator says about this very flow."""
    flow = subject.flow
    problems = Counter((each.address.place, each.address.id) for each in issues)
    naming = _FlowNaming(flow)
    ways: dict[str, list[Edge]] = {}
    for edge in flow.edges:
        ways.setdefault(edge.from_.node, []).append(edge)
    cards = {
        id: _card(card, subject, naming, ways.get(id, []), problems["node", id]) for id, card in subject.cards.items()
    }
    edges = {
        edge.id: EdgeView(_when(edge, flow, ways[edge.from_.node]), problems["edge", edge.id]) for edge in flow.edges
    }
    return View(cards, edges, flow.start, flow.start_inbound, flow.after_call)


def shortened(text: str, length: int = SUMMARY_LENGTH) -> str:
    """One line of at most `length` characters, cut between words."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    kept = cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut
    closing = "”" if kept.count("“") > kept.count("”") else ""
    return f"{kept.rstrip(' ,;:.')}…{closing}"


@dataclass(frozen=True, slots=True)
class _FlowNaming:
    """`engine.sdk.Naming` by a flow's own words."""

    flow: Flow

    def slot(self, id: str) -> str:
        return name_of(id, self.flow)

    def value(self, slot: str, value: Scalar) -> str:
        return value_words(value, self.flow, slot)


def _card(card: Card, subject: Subject, naming: _FlowNaming, ways: list[Edge], problems: int) -> CardView:
    klass = card.klass
    return CardView(
        title=card.card.name or (klass.title if klass is not None else card.card.id),
        type_title=klass.title if klass is not None else card.card.type,
        kind=klass.kind if klass is not None else "",
        shelf=klass.shelf if klass is not None else "other",
        icon=klass.icon if klass is not None else "help",
        summary=shortened(_summary(card, subject, naming, ways)),
        chips=tuple(_chips(card, subject)),
        exits=tuple(_exits(card, ways)),
        ghost=card.ghost,
        ends_the_call=card.terminal,
        problems=problems,
    )


def _summary(card: Card, subject: Subject, naming: _FlowNaming, ways: list[Edge]) -> str:
    if card.klass is None:
        return f"No installed package brings “{card.card.type}”"
    if card.node is None:
        return "Its settings need a look"
    try:
        said = card.node.describe(naming)
    except Exception:  # an integrator's card may fail in any way; the canvas then shows what its type says
        said = card.klass.summary
    return said or _fork(subject, ways) or card.klass.summary


def _fork(subject: Subject, ways: list[Edge]) -> str:
    """A card that its ways out explain: 'If the lead is qualified → Offer times'."""
    for edge in ways:
        if edge.kind == "rule" and edge.rule is not None and edge.to in subject.cards:
            target = subject.cards[edge.to].card
            more = sum(each.kind != "otherwise" for each in ways) - 1
            others = f", and {more} more {'way' if more == 1 else 'ways'}" if more else ""
            return f"If {sentence(edge.rule, subject.flow)} → {target.name or target.id}{others}"
    return ""


def _chips(card: Card, subject: Subject) -> Iterator[Chip]:
    if card.node is None:
        return
    try:
        wanted = card.node.slots_wanted()
    except Exception:  # as above
        return
    for id in dict.fromkeys(wanted):
        slot = subject.slots.get(id)
        yield Chip(id, slot.label or id, slot.need) if slot is not None else Chip(id, id, "")


def _exits(card: Card, ways: list[Edge]) -> Iterator[ExitView]:
    """The declared ones, and those that only the flow's ways know: nothing that was drawn is hidden."""
    declared: list[Exit] = []
    if card.klass is not None and not card.terminal:
        declared = [*card.klass.exits, *([FAILED] if card.after_call else [])]
    known = {exit.name for exit in declared}
    drawn = dict.fromkeys(edge.from_.exit for edge in ways if edge.from_.exit not in known)
    for exit in (*declared, *(Exit(name, name.replace("_", " ")) for name in drawn)):
        branches = any(edge.kind != "otherwise" for edge in ways if edge.from_.exit == exit.name)
        yield ExitView(exit.name, exit.label, exit.failure, branches)


def _when(edge: Edge, flow: Flow, beside: list[Edge]) -> str:
    """When a way is taken. `beside`: all ways of its card."""
    if edge.kind == "rule":
        return f"if {sentence(edge.rule, flow)}" if edge.rule is not None else ""
    if edge.kind == "intent":
        return _when_caller(edge)
    others = any(each.kind != "otherwise" for each in beside if each.from_.exit == edge.from_.exit)
    return "otherwise" if others else ""


def _when_caller(edge: Edge) -> str:
    if edge.intent is None:
        return ""
    says = edge.intent.says.strip().rstrip(".")
    return f"when: {lowered(says)}" if says else ""
