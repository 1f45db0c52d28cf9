"""Plays chosen scenarios in text or in sound and hands out each result as soon as it stands."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.dialogue.knowledge import Encoder
from engine.dialogue.offline import OfflineModel
from engine.flow.document import FlowDocument
from engine.sdk.registry import discover
from engine.simulate.report import CallReport
from engine.simulate.runner import Player, ScenarioResult, run, text_player
from engine.simulate.scenario import Scenario, Suite
from engine.speech import models


async def encoder_if_installed() -> Encoder | None:
    """The sentence model, if its files are on this machine; text works without, a little less understanding."""
    if models.check():
        return None
    from engine.speech.stack import sentence_encoder

    return await sentence_encoder()


async def play_all(
    suite: Suite,
    scenarios: Sequence[Scenario],
    flow_text: str,
    mode: str,
    runs: int,
    show: Callable[[ScenarioResult], None],
    tell: Callable[[str], None],
) -> list[ScenarioResult]:
    """`mode`: text or sound. `show` gets each result at once; `tell` progress in words."""
    if mode == "text":
        flow = FlowDocument.load(flow_text).flow
        model = OfflineModel(await encoder_if_installed())
        return await _gather(suite, scenarios, text_player(suite, flow, discover(), model), runs, show)
    from engine.simulate.sound_call import SoundPlayer, report_of
    from engine.simulate.stage import Stage
    from engine.speech.stack import caller_voice

    folder = Path(tempfile.mkdtemp(prefix="leadline-simulate-"))
    clock = scenarios[0].clock if scenarios else None
    async with Stage(folder, flow_text, tell, clock) as stage:
        player = SoundPlayer(stage, suite, await caller_voice())

        async def play(scenario: Scenario) -> CallReport:
            tell(f"{scenario.id}: calling ...")
            return report_of(await player.play(scenario), scenario)

        return await _gather(suite, scenarios, play, runs, show)


async def _gather(
    suite: Suite, scenarios: Sequence[Scenario], play: Player, runs: int, show: Callable[[ScenarioResult], None]
) -> list[ScenarioResult]:
    results = []
    async for result in run(suite, scenarios, play, runs):
        show(result)
        results.append(result)
    return results
