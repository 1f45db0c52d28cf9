"""Runs scenarios and counts: `leadline simulate`, the builder's table, the publish gate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

from engine.dialogue.model import DialogueModel
from engine.flow.model import Flow
from engine.sdk.registry import NodeTypes
from engine.simulate.judge import judge
from engine.simulate.report import CallReport
from engine.simulate.scenario import Scenario, Suite
from engine.simulate.text_call import TextCall

Player = Callable[[Scenario], Awaitable[CallReport]]
"""Plays one scenario once, in text or in sound."""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """`failures`: one sentence each, of the first run that failed; empty if all `runs` passed."""

    id: str
    title: str
    runs: int
    passed_runs: int
    failures: tuple[str, ...]
    report: CallReport

    @property
    def passed(self) -> bool:
        return self.passed_runs == self.runs


def text_player(suite: Suite, flow: Flow, nodes: NodeTypes, model: DialogueModel) -> Player:
    async def play(scenario: Scenario) -> CallReport:
        return await TextCall(suite, scenario, flow, nodes, model).play()

    return play


def playable(suite: Suite, mode: str) -> list[Scenario]:
    """The scenarios that make sense in `mode` (text or sound)."""
    fitting = {"text": ("both", "text"), "sound": ("both", "audio")}[mode]
    return [scenario for scenario in suite.scenarios if scenario.modality in fitting]


async def run(
    suite: Suite, scenarios: Iterable[Scenario], play: Player, runs: int = 1
) -> AsyncIterator[ScenarioResult]:
    """Play each scenario `runs` times, one result as soon as it stands."""
    for scenario in scenarios:
        passed, failures = 0, tuple[str, ...]()
        for _ in range(runs):
            report = await play(scenario)
            found = tuple(judge(suite, scenario, report))
            passed += not found
            failures = failures or found
        yield ScenarioResult(scenario.id, scenario.title, runs, passed, failures, report)
