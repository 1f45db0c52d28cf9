"""Whatever Gemini does in the middle of a call, the call comes to the end it would have come to: the offline model at
the bottom of the ladder goes on, what was understood is kept, and the journal says what happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.mind.access import ApiKey, GeminiClient
from engine.mind.gemini import GeminiModel, GeminiOptions
from engine.mind.ladder import Ladder, Rung
from engine.mind.request import Deadlines
from engine.sdk.registry import discover
from engine.simulate.judge import judge
from engine.simulate.scenario import load_suite
from engine.simulate.text_call import TextCall
from tests.emulators.faults import Fault
from tests.emulators.gemini import GeminiEmulator, OfflineBrain, ScriptedBrain

SUITE = load_suite(Path(__file__).resolve().parents[2] / "examples" / "scenarios" / "home_services.yaml")
FLOW = shipped.load("home_services").flow
SCENARIO = SUITE.get("hs01")
SHORT = Deadlines(first_s=0.25, between_s=0.25)
"""So that a test of silence need not wait as long as a caller would; all others wait as calls do, or a busy machine
would be taken for a silent model."""


@pytest.fixture
async def gemini() -> AsyncIterator[GeminiEmulator]:
    async with GeminiEmulator() as emulator:
        yield emulator


async def play(gemini: GeminiEmulator, deadlines: Deadlines | None = None) -> tuple[list[str], list[str]]:
    """What the judge objects to, and what the journal was told of models passed over."""
    client = GeminiClient(ApiKey("emulator"), gemini.address)
    names = ("gemini-3.5-flash-lite", "gemini-3.5-flash")
    rungs = [Rung(name, GeminiModel(client, GeminiOptions(name, deadlines or Deadlines()))) for name in names]
    call = TextCall(SUITE, SCENARIO, FLOW, discover(), Ladder([*rungs, Rung("offline", OfflineModel())]))
    report = await call.play()
    await client.aclose()
    notes = [str(facts["note"]) for kind, _, facts in call.notebook.notes if kind == "model_note"]
    return judge(SUITE, SCENARIO, report), [note for note in notes if "passed over" in note]


FAULTS = {
    "refuse": Fault("refuse", error="UNAVAILABLE"),
    "wrong_key": Fault("refuse", error="API_KEY_INVALID"),
    "unknown_model": Fault("refuse", error="NOT_FOUND"),
    "slow": Fault("delay", seconds=5.0),
    "stall": Fault("stall"),
    "cut": Fault("cut"),
    "corrupt": Fault("corrupt"),
    "rate_limit": Fault("rate_limit", seconds=30),
}


@pytest.mark.parametrize("skip", [0, 3, 7], ids=["at_start", "mid_call", "mid_booking"])
@pytest.mark.parametrize("name", FAULTS)
async def test_the_call_ends_as_it_should(gemini: GeminiEmulator, name: str, skip: int):
    fault = FAULTS[name]
    gemini.faults.set(Fault(fault.kind, fault.seconds, skip, error=fault.error))
    failures, passed_over = await play(gemini, SHORT if name in ("slow", "stall") else None)
    assert failures == []
    assert gemini.faults.hits > 0
    assert passed_over, "the journal says nothing"
    assert any("offline" in note for note in passed_over)


async def test_a_single_bad_answer_is_made_good_by_the_second_model(gemini: GeminiEmulator):
    gemini.faults.set(Fault("refuse", times=1))
    failures, passed_over = await play(gemini)
    assert failures == []
    assert "gemini-3.5-flash-lite was passed over for gemini-3.5-flash: Gemini is overloaded" in passed_over[0]
    assert {served.model for served in gemini.served} == {"gemini-3.5-flash-lite", "gemini-3.5-flash"}


async def test_a_model_that_is_out_of_order_is_not_asked_at_every_turn(gemini: GeminiEmulator):
    gemini.faults.set(Fault("refuse", error="API_KEY_INVALID"))
    await play(gemini)
    assert len(gemini.served) == 2, "each model once: a wrong key does not mend itself within a call"


@pytest.mark.parametrize("answer", ["", "I'm sorry, I can't help with that.", "{}\n" * 9, "\ufffd\u0000{[", "null"])
async def test_nonsense_is_passed_over_and_never_heard(gemini: GeminiEmulator, answer: str):
    gemini.brain = ScriptedBrain(otherwise=answer)
    failures, passed_over = await play(gemini)
    assert failures == []
    assert passed_over


async def test_the_emulator_without_faults_needs_nobody_else(gemini: GeminiEmulator):
    gemini.brain = OfflineBrain(seed=5)
    failures, passed_over = await play(gemini)
    assert (failures, passed_over) == ([], [])
