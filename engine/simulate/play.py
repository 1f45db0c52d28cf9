"""Plays chosen scenarios in text or in sound and hands out each result as soon as it stands."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.dialogue.knowledge import Encoder
from engine.dialogue.model import DialogueModel
from engine.dialogue.offline import OfflineModel
from engine.flow.document import FlowDocument
from engine.sdk.registry import discover
from engine.simulate.report import CallReport
from engine.simulate.runner import Player, ScenarioResult, run, text_player
from engine.simulate.scenario import Scenario, Suite
from engine.speech import models


@dataclass(frozen=True, slots=True)
class HowToPlay:
    """`mode`: text or sound. `gemini`: text is thought of by Gemini, with the account and the models that the settings
    name, or with `emulate` by its emulator."""

    mode: str = "text"
    runs: int = 1
    gemini: bool = False
    emulate: bool = False


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
    how: HowToPlay,
    show: Callable[[ScenarioResult], None],
    tell: Callable[[str], None],
) -> list[ScenarioResult]:
    """`show` gets each result at once; `tell` progress in words."""
    if how.mode == "text":
        flow = FlowDocument.load(flow_text).flow
        async with _mind(how, flow_text, tell) as model:
            return await _gather(suite, scenarios, text_player(suite, flow, discover(), model), how.runs, show)
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

        return await _gather(suite, scenarios, play, how.runs, show)


@asynccontextmanager
async def _mind(how: HowToPlay, flow_text: str, tell: Callable[[str], None]) -> AsyncIterator[DialogueModel]:
    """Raises `ConnectionMissing`, `ConnectionInvalid`, `ModelError`, `NoEmulators`."""
    offline = OfflineModel(await encoder_if_installed())
    if not how.gemini:
        yield offline
        return
    from engine.providers.accounts import gemini_account
    from engine.providers.choice import Mind, models_in
    from engine.providers.hosted import HostedOpener
    from engine.providers.stored import StoredConnections
    from engine.settings import load
    from engine.simulate.emulators import start_emulators
    from engine.store import Database
    from engine.supervisor import Supervisor

    settings = load()
    mind = Mind("gemini", settings.mind_connection, models_in(settings.mind_models))
    async with AsyncExitStack() as exits:
        if how.emulate:
            tell("Starting an emulator of Gemini ...")
            folder = Path(tempfile.mkdtemp(prefix="leadline-simulate-"))
            emulators = await start_emulators(await exits.enter_async_context(Supervisor(folder / "logs")))
            await emulators.teach(flow_text)
            connection = emulators.accounts()[1]
        else:
            database = Database(settings.database_address)
            exits.push_async_callback(database.close)
            connection = (await StoredConnections(settings, database)(mind.connection)).connection
        opened = await HostedOpener().mind(mind, gemini_account(connection), offline, exits)
        yield opened.model


async def _gather(
    suite: Suite, scenarios: Sequence[Scenario], play: Player, runs: int, show: Callable[[ScenarioResult], None]
) -> list[ScenarioResult]:
    results = []
    async for result in run(suite, scenarios, play, runs):
        show(result)
        results.append(result)
    return results
