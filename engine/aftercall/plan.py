"""From a published flow and a finished call to the ordered steps of its after-call lane. Pure.

A card of the lane runs when an arrow into it is open and every open arrow comes from a card that did what the arrow
waits for. Which arrows out of a card are open is settled here, since the call is over and its facts stand:

    arrows with a rule   open if the rule holds (several may be open: the lane branches, it does not choose)
    other arrows         open if no rule beside them held ("otherwise"); all of them, if there is no rule beside them

The exit `failed` leads to what is to be done if the card could not do its work; any other exit waits for success.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from engine.dialogue.template import national
from engine.flow.model import Edge, Flow, NodeCard, Rule
from engine.sdk import Json

FAILED_EXIT: Final = "failed"

Holds = Callable[[Rule], bool]
"""Whether a rule holds for the finished call."""


class PlanInvalid(ValueError):
    """The lane cannot be carried out as drawn. The message names the cards."""


@dataclass(frozen=True, slots=True)
class Needs:
    """An arrow into a step: wait for step `step`, and go on only if it ended in `when`."""

    step: str
    when: Literal["done", "failed"] = "done"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A card of the lane. `id` is the card's id, `name` the words its author gave it.

    `needs`: all of them must be met. `skip`: why the card is not to run in this call, empty if it is; then `needs`
    still name the cards before it, so that drawings are complete.
    """

    id: str
    name: str
    type: str
    version: int
    settings: dict[str, Json] = field(default_factory=dict)
    needs: tuple[Needs, ...] = ()
    skip: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All cards of the lane, each after the ones it needs, as frozen at hang-up: `flow_version` is the call's own.

    `seller`, `seller_phone` and `assistant` are what texts of cards may use; `zone`: the business's, IANA name. Plans
    of old calls have no phone, and stand in UTC.
    """

    flow_id: str
    flow_version: int
    flow_name: str
    seller: str
    assistant: str
    steps: tuple[PlannedStep, ...]
    seller_phone: str = ""
    zone: str = "UTC"

    def step(self, id: str) -> PlannedStep:
        """Raises KeyError."""
        for step in self.steps:
            if step.id == id:
                return step
        raise KeyError(id)

    def document(self) -> Json:
        """The JSON form kept in the outbox."""
        document: Json = _ADAPTER.dump_python(self, mode="json")
        return document


_ADAPTER: Final = TypeAdapter(Plan)


def read_plan(document: Json) -> Plan:
    """The plan of an outbox row. Raises `PlanInvalid`."""
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        raise PlanInvalid(f"The stored plan cannot be read: {error.error_count()} of its fields are wrong.") from error


def plan_after_call(flow: Flow, holds: Holds) -> Plan:
    """The plan for one finished call. Raises `PlanInvalid` for unknown cards and for circles."""
    cards = {card.id: card for card in flow.nodes}
    arrows = _arrows(flow, cards)
    order = _in_order(arrows, cards)
    open_arrows = {edge.id for id in order for edge in _open(_out(flow, id, order), holds)}
    steps: list[PlannedStep] = []
    skipped: set[str] = set()
    for id in order:
        into = arrows[id]
        taken = [edge for edge in into if edge.id in open_arrows and edge.from_.node not in skipped]
        starts = id in flow.after_call
        skip = "" if starts or taken else _why_skipped(into, open_arrows, skipped, cards)
        if skip:
            skipped.add(id)
        card = cards[id]
        steps.append(
            PlannedStep(
                id=id, name=card.name or id, type=card.type, version=card.v, settings=card.settings,
                needs=tuple(dict.fromkeys(_needs(edge) for edge in (into if skip else taken))), skip=skip,
            )
        )  # fmt: skip
    seller = flow.seller
    return Plan(
        flow.id, flow.version, flow.name, seller.say_as, flow.assistant.name, tuple(steps), national(seller.phone),
        seller.zone,
    )  # fmt: skip


def _needs(edge: Edge) -> Needs:
    return Needs(edge.from_.node, "failed" if edge.from_.exit == FAILED_EXIT else "done")


def _arrows(flow: Flow, known: Iterable[str]) -> dict[str, list[Edge]]:
    """The arrows into each card that can be reached from the start of the lane, in the order of discovery."""
    names = set(known)
    arrows: dict[str, list[Edge]] = {id: [] for id in flow.after_call}
    waiting = list(arrows)
    for id in waiting:
        if id not in names:
            raise PlanInvalid(f"The after-call lane of '{flow.name}' names the card '{id}', which does not exist.")
        for edge in flow.edges_from(id):
            if edge.to not in arrows:
                arrows[edge.to] = []
                waiting.append(edge.to)
            arrows[edge.to].append(edge)
    return arrows


def _in_order(arrows: Mapping[str, list[Edge]], cards: Mapping[str, NodeCard]) -> list[str]:
    """Every card after those it needs. Raises `PlanInvalid` where that is impossible."""
    order: list[str] = []
    placed: set[str] = set()
    while len(order) < len(arrows):
        ready = [
            id for id, into in arrows.items() if id not in placed and all(edge.from_.node in placed for edge in into)
        ]
        if not ready:
            circle = ", ".join(_name(cards, id) for id in arrows if id not in placed)
            raise PlanInvalid(f"These cards of the after-call lane wait for each other in a circle: {circle}.")
        order += ready
        placed.update(ready)
    return order


def _out(flow: Flow, id: str, lane: list[str]) -> Iterator[list[Edge]]:
    """The arrows out of a card, exit by exit."""
    edges = [edge for edge in flow.edges_from(id) if edge.to in lane]
    for exit in dict.fromkeys(edge.from_.exit for edge in edges):
        yield [edge for edge in edges if edge.from_.exit == exit]


def _open(exits: Iterable[list[Edge]], holds: Holds) -> Iterator[Edge]:
    for edges in exits:
        ruled = [edge for edge in edges if edge.kind == "rule"]
        held = [edge for edge in ruled if edge.rule is None or holds(edge.rule)]
        yield from held or [edge for edge in edges if edge.kind != "rule"]


def _why_skipped(into: list[Edge], open_arrows: set[str], skipped: set[str], cards: Mapping[str, NodeCard]) -> str:
    closed = [edge for edge in into if edge.id not in open_arrows]
    if not closed:
        before = " and ".join(_name(cards, edge.from_.node) for edge in into if edge.from_.node in skipped)
        return f"Not needed: {before} was not needed either."
    labels = " or ".join(f"'{edge.label}'" for edge in closed if edge.label)
    return f"Not needed: the call was not a case of {labels}." if labels else "Not needed: no arrow to it was open."


def _name(cards: Mapping[str, NodeCard], id: str) -> str:
    return f"'{cards[id].name or id}'"
