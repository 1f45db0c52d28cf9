"""How a set of answers would be judged, criterion by criterion, in words. Pure; the same rules as in a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.flow.model import Flow
from engine.flow.rules import FlowFacts, Qualification, qualification
from engine.flow.sentences import sentence
from engine.sdk import Evidence, Scalar, SlotState, SlotValue

Verdict = Literal["met", "failed", "open"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion. `rule`: what it asks for, as a sentence without a full stop."""

    id: str
    label: str
    kind: Literal["hard", "soft"]
    verdict: Verdict
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    result: Qualification
    criteria: tuple[Judged, ...]


def judge(flow: Flow, answers: Mapping[str, Scalar]) -> Judgement:
    """`answers`: values by slot; a slot that is not in it is not known. Ids that the flow does not have are ignored."""
    known = {
        id: SlotValue(id, value, SlotState.CONFIRMED, 1.0, Evidence("rule", "an example"))
        for id, value in answers.items()
    }
    facts = FlowFacts(flow, known)
    words: Mapping[bool | None, Verdict] = {True: "met", False: "failed", None: "open"}
    return Judgement(
        qualification(flow, facts),
        tuple(
            Judged(
                each.id, each.label, each.kind, words[facts.criterion(each.id)], sentence(each.test, flow), each.reason
            )
            for each in flow.criteria
        ),
    )
