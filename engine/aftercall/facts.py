"""A finished call as the flow's rules see it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from zoneinfo import ZoneInfo

from engine.aftercall.plan import Holds
from engine.flow.model import Flow, Rule
from engine.flow.rules import Standing, evaluate
from engine.sdk import CallResult, Evidence, Scalar, SlotState, SlotValue
from engine.sdk.result import AnswerPart
from engine.sdk.values import Source

SOURCES: Final[tuple[Source, ...]] = ("call", "lead_form", "crm", "rule")


class ResultFacts:
    """The facts of a call result, as `engine.flow.rules` asks for them. All of them stand: the call is over."""

    def __init__(self, flow: Flow, result: CallResult) -> None:
        self._flow = flow
        self._result = result
        self._answers = {answer.slot: answer for answer in result.answers}

    def slot(self, id: str) -> SlotValue:
        """Raises KeyError for ids that the flow does not declare."""
        self._flow.slot(id)
        answer = self._answers.get(id)
        return _value(answer) if answer else SlotValue(id, None, SlotState.UNKNOWN, 0.0, None)

    def criterion(self, id: str) -> bool | None:
        criterion = next((criterion for criterion in self._flow.criteria if criterion.id == id), None)
        if criterion is None:
            return None
        if id in self._result.outcome.failed_criteria:
            return False
        return evaluate(criterion.test, self)

    def standing(self) -> Standing:
        match self._result.outcome.qualified:
            case True:
                return "qualified"
            case False:
                return "unqualified"
            case None:
                return "open"

    def call(self, name: str) -> Scalar | Collection[str] | None:
        match name:
            case "attempt":
                return self._result.call.attempt
            case "hour":
                return self._result.call.started_at.astimezone(ZoneInfo(self._flow.seller.zone)).hour
            case "flag":
                return tuple(self._result.outcome.flags)
            case "disposition":
                return self._result.outcome.disposition
            case _:
                return None

    def list_(self, name: str) -> Collection[Scalar]:
        return self._flow.lists.get(name, ())


def holds_for(flow: Flow, result: CallResult) -> Holds:
    """Whether a rule holds for this call. What nobody said does not hold: nothing more will be said."""
    facts = ResultFacts(flow, result)

    def holds(rule: Rule) -> bool:
        return evaluate(rule, facts) is True

    return holds


def _value(answer: AnswerPart) -> SlotValue:
    state = SlotState.CONFIRMED if answer.confirmed else SlotState.HEARD
    if answer.corrected_from is not None:
        state = SlotState.CORRECTED
    source: Source = next((source for source in SOURCES if source == answer.source), "rule")
    evidence = Evidence(source, answer.said, answer.turn)
    return SlotValue(answer.slot, answer.value, state, answer.confidence, evidence, answer.corrected_from)
