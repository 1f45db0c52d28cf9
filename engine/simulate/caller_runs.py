"""Plays the callers of a flow in a process of its own: `python -m engine.simulate.caller_runs`.

Reads one JSON document (`Order`) from standard input, writes one JSON document a line: `plan` first, a `row` for each
caller as soon as they have called, or a `problem`. The process that carries live calls starts it at low priority.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, JsonValue

from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.document import FlowDocument, FlowRefused
from engine.sdk.registry import discover
from engine.simulate.fitting import Fitted, Origin, fit, origin_of
from engine.simulate.play import encoder_if_installed
from engine.simulate.runner import ScenarioResult, playable, run, text_player
from engine.simulate.scenario import Scenario, ScenarioFileInvalid, load_suite
from engine.simulate.scenario import shipped as shipped_scenarios

NICE: Final = 15
NONE_FIT: Final = (
    "None of the callers that ship with Leadline fit this flow: they belong to the shipped flows, and this one asks "
    "for other things. Talk with it in the chat instead."
)


class Order(BaseModel):
    """`text`: the flow document. `only`: ids of the callers to play; None for all."""

    model_config = ConfigDict(extra="forbid")

    text: str
    only: list[str] | None = None


class Failure(BaseModel):
    """`about`: which expectation did not hold (docs/scenarios.md), `always` for one that holds for all callers."""

    about: str
    text: str


class Line(BaseModel):
    """One line of a talk: who said it, and what."""

    who: str
    text: str


class Row(BaseModel):
    """One caller. `state`: passed, failed, or left_out with the reason in `why`. `who`, `wants`: the caller in a few
    words. `expected`, `outcome`: dispositions."""

    scenario: str
    title: str
    who: str = ""
    wants: str = ""
    state: str
    why: str = ""
    expected: str = ""
    outcome: str = ""
    reason: str = ""
    qualified: bool | None = None
    turns: int = 0
    failures: list[Failure] = []
    transcript: list[Line] = []
    slots: dict[str, JsonValue] = {}
    took_ms: float = 0.0


def origins() -> list[Origin]:
    """The shipped flows that have callers."""
    found = []
    for name in shipped.names():
        try:
            suite = load_suite(shipped_scenarios(name))
        except ScenarioFileInvalid:
            continue
        found.append(Origin(name, shipped.load(name).flow, suite))
    return found


def row_of(scenario: Scenario, result: ScenarioResult, took_ms: float) -> Row:
    report = result.report
    return Row(
        **_caller(scenario),
        state="passed" if result.passed else "failed",
        outcome=report.disposition,
        reason=report.reason,
        qualified=report.qualified,
        turns=sum(said.who == "caller" for said in report.talk),
        failures=[_failure(each) for each in result.failures],
        transcript=[Line(who=said.who, text=said.text) for said in report.talk],
        slots={id: slot.value for id, slot in report.slots.items() if slot.known},
        took_ms=round(took_ms, 1),
    )


def _caller(scenario: Scenario) -> dict[str, Any]:
    persona = scenario.persona
    return {
        "scenario": scenario.id,
        "title": scenario.title or scenario.id,
        "who": str(persona.get("who") or scenario.lead.first_name),
        "wants": str(persona.get("goal") or ""),
        "expected": str(scenario.expect.get("disposition") or ""),
    }


def _failure(sentence: str) -> Failure:
    about, colon, text = sentence.partition(": ")
    return Failure(about=about, text=text) if colon else Failure(about="", text=sentence)


def _tell(**document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _plan(fitted: Fitted, only: Sequence[str] | None) -> list[Scenario]:
    chosen = [each for each in playable(fitted.suite, "text") if only is None or each.id in only]
    left_out = [(scenario, why) for scenario, why in fitted.left_out if only is None or scenario.id in only]
    _tell(plan={"origin": fitted.origin, "wanted": len(chosen)})
    for scenario, why in left_out:
        _tell(row=Row(**_caller(scenario), state="left_out", why=why).model_dump(mode="json"))
    return chosen


async def play(order: Order) -> None:
    nodes = discover()
    try:
        flow = FlowDocument.load(order.text).flow
    except FlowRefused as refused:
        _tell(problem=f"The draft cannot be read: {refused}")
        return
    origin = origin_of(flow, origins())
    if origin is None:
        _tell(problem=NONE_FIT)
        return
    fitted = fit(flow, origin, nodes)
    chosen = _plan(fitted, order.only)
    model = OfflineModel(await encoder_if_installed())
    player = text_player(fitted.suite, flow, nodes, model)
    for scenario in chosen:
        began = time.monotonic()
        try:
            async for result in run(fitted.suite, [scenario], player):
                row = row_of(scenario, result, 1000 * (time.monotonic() - began))
        except Exception as error:  # a broken draft may fail in any way: the caller's row says so
            row = Row(**_caller(scenario), state="failed", failures=[Failure(about="call", text=_words(error))])
        _tell(row=row.model_dump(mode="json"))


def _words(error: Exception) -> str:
    return str(error) or repr(error)


def main() -> None:
    if hasattr(os, "nice"):
        os.nice(NICE)
    asyncio.run(play(Order.model_validate_json(sys.stdin.readline())))


if __name__ == "__main__":
    main()
