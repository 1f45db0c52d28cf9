"""Which callers fit a flow. Pure: the callers that ship were written for the shipped flows; somebody who begins from
one changes its business, its prices and its questions, and the callers go along as far as they can.

    flow ─ whose questions are its? ─> shipped flow with its callers ─ made to fit ─> played
                                                                   └─ relies on something that is gone: not played
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from engine.dialogue.figures import amounts_in
from engine.flow.model import Flow, Slot
from engine.flow.rules import holds
from engine.sdk import Scalar, SlotType
from engine.sdk.registry import NodeTypes
from engine.simulate.scenario import Scenario, Suite

ENOUGH_IN_COMMON: Final = 0.5
"""A flow with fewer of a shipped flow's questions than this was not made from it."""

ANSWERS: Final[Mapping[SlotType, str]] = {
    SlotType.TEXT: "Nothing special, I would say.",
    SlotType.YES_NO: "Yes.",
    SlotType.NUMBER: "Two.",
    SlotType.MONEY: "About five hundred dollars.",
    SlotType.DURATION: "This week.",
    SlotType.DATE: "Tomorrow.",
    SlotType.PHONE: "This number is fine.",
    SlotType.EMAIL: "No email, a text is fine.",
    SlotType.NAME: "Dana Reyes.",
    SlotType.ADDRESS: "1200 18th Street.",
}
"""What a caller says to a question that was not there when they were written."""

_BOUND: Final = re.compile(r"(\w+?)_days_(?:max|min)")


@dataclass(frozen=True, slots=True)
class Origin:
    """A shipped flow with its callers."""

    name: str
    flow: Flow
    suite: Suite


@dataclass(frozen=True, slots=True)
class Fitted:
    """`suite`: made to fit, with the callers that can be played. `left_out`: the others, each with the reason."""

    origin: str
    suite: Suite
    left_out: tuple[tuple[Scenario, str], ...]


def origin_of(flow: Flow, origins: Iterable[Origin]) -> Origin | None:
    """The shipped flow that this one was most likely made from: the one whose questions it has. None if there is none
    of which it has at least half."""
    mine = {slot.id for slot in flow.slots}
    best: Origin | None = None
    most = ENOUGH_IN_COMMON
    for origin in origins:
        if origin.flow.id == flow.id:
            return origin
        theirs = {slot.id for slot in origin.flow.slots}
        shared = len(mine & theirs) / max(1, len(theirs))
        if shared >= most:
            best, most = origin, shared + 1e-9
    return best


def fit(flow: Flow, origin: Origin, nodes: NodeTypes) -> Fitted:
    """The callers of `origin` as they call for `flow`."""
    fitting, left_out = [], []
    for scenario in origin.suite.scenarios:
        why = why_not(scenario, flow, origin.flow, nodes)
        why = why or _answer_changed(scenario, origin.suite, flow, origin.flow)
        if why:
            left_out.append((scenario, why))
        else:
            fitting.append(_moved(scenario, flow))
    suite = origin.suite.model_copy(
        update={"scenarios": tuple(fitting), "checks": _own_name(origin.suite.checks, origin.flow, flow)}
    )
    return Fitted(origin.name, suite, tuple(left_out))


def why_not(scenario: Scenario, flow: Flow, template: Flow, nodes: NodeTypes) -> str:
    """What a caller relies on and the flow does not have, in a sentence; empty if they fit."""
    mine, theirs = {slot.id: slot for slot in flow.slots}, {slot.id: slot for slot in template.slots}
    for id, value in _relied_on(scenario):
        if id not in theirs:
            continue
        label = theirs[id].label or id
        slot = mine.get(id)
        if slot is None:
            return f"The flow does not find out '{label}', which this caller tells."
        if slot.type is not theirs[id].type:
            return f"'{slot.label}' is asked for in another form than this caller answers it."
        if value is not None and (why := _value_gone(value, slot, theirs[id], flow, template)):
            return why
    if scenario.expect.get("booking") and not _has(flow, nodes, "calendar"):
        return "The flow books no appointments, which this caller wants."
    if scenario.expect.get("transfer") and not _has(flow, nodes, "hands_over"):
        return "The flow puts nobody through, which this caller wants."
    return ""


def _relied_on(scenario: Scenario) -> Iterable[tuple[str, Scalar | None]]:
    for key, value in (scenario.expect.get("slots") or {}).items():
        bound = _BOUND.fullmatch(key)
        yield (bound[1], None) if bound else (key, value)
    for id in scenario.expect.get("corrected") or {}:
        yield id, None


def _value_gone(value: Scalar, slot: Slot, before: Slot, flow: Flow, template: Flow) -> str:
    if slot.type is SlotType.CHOICE and not str(value).startswith("other:"):
        if all(choice.value != value for choice in slot.choices):
            label = next((choice.label for choice in before.choices if choice.value == value), str(value))
            return f"'{label}' is not among the answers to '{slot.label}' any more."
        return ""
    name = before.check.in_list if before.check is not None else None
    if not name or name not in template.lists:
        return ""
    same = slot.check is not None and slot.check.in_list == name and name in flow.lists
    then, now = holds(template.lists[name], value), same and holds(flow.lists[name], value)
    if then == now:
        return ""
    words = name.replace("_", " ")
    where = f"was in the list '{words}', and is not any more" if then else f"is in the list '{words}' now"
    return f"{value} {where}: this caller would be served differently."


def _answer_changed(scenario: Scenario, suite: Suite, flow: Flow, template: Flow) -> str:
    """Whether the caller waits for an answer that stood in the shipped flow's knowledge and is another one now."""
    for wanted in scenario.expect.get("says") or ():
        pattern = wanted.get("re") if isinstance(wanted, dict) else suite.checks.get(wanted)
        if not pattern:
            continue
        before = [entry for entry in template.knowledge if re.search(pattern, entry.say, re.IGNORECASE)]
        if before and not any(re.search(pattern, entry.say, re.IGNORECASE) for entry in flow.knowledge):
            return f"The answer to '{before[0].question}' was changed, and this caller waits for the old one."
    return ""


def _has(flow: Flow, nodes: NodeTypes, what: str) -> bool:
    for card in flow.nodes:
        if card.type not in nodes:
            continue
        kind = nodes.get(card.type)
        if what == "hands_over" and kind.effects.hands_over:
            return True
        if what == "calendar" and "calendar" in kind.settings_model().model_fields:
            return True
    return False


def _moved(scenario: Scenario, flow: Flow) -> Scenario:
    """The caller in the flow's own time zone, at the same time of day, with an answer to each of its questions, and who
    may be told each of its prices."""
    wall = scenario.clock.astimezone(ZoneInfo(scenario.zone)).replace(tzinfo=ZoneInfo(flow.seller.zone))
    answers = {slot.id: _answer(slot) for slot in flow.slots if slot.type is not SlotType.APPOINTMENT}
    own = [amount for entry in flow.knowledge for amount in (*entry.money, *amounts_in(entry.say))]
    return scenario.model_copy(
        update={
            "clock": wall,
            "zone": flow.seller.zone,
            "answers": {**answers, **scenario.answers},
            "money_ok": tuple(dict.fromkeys((*scenario.money_ok, *own))),
        }
    )


def _answer(slot: Slot) -> str:
    if slot.type is SlotType.CHOICE and slot.choices:
        return f"{slot.choices[0].label}."
    if slot.type is SlotType.ZIP:
        return "94110."
    return ANSWERS.get(slot.type, ANSWERS[SlotType.TEXT])


def _own_name(checks: Mapping[str, str], template: Flow, flow: Flow) -> dict[str, str]:
    """A pattern that is the shipped flow's business, by name, becomes the flow's own."""
    theirs, mine = template.seller.say_as, flow.seller.say_as
    return {
        name: re.escape(mine) if mine != theirs and re.search(pattern, theirs, re.IGNORECASE) else pattern
        for name, pattern in checks.items()
    }
