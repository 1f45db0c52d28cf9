"""Texts behind the call, written by Gemini: the next model is asked when one does not answer."""

from __future__ import annotations

import pytest

from engine.mind.access import GeminiClient
from engine.mind.writing import written
from engine.sdk import NoWriter
from tests.emulators.faults import Fault
from tests.emulators.gemini import GeminiEmulator, ScriptedBrain

MODELS = ("gemini-3.5-flash-lite", "gemini-3.5-flash")
LINE = '{"sentence": "The roof leaks.", "answers": {}}'


@pytest.fixture(autouse=True)
def script(gemini: GeminiEmulator) -> ScriptedBrain:
    brain = ScriptedBrain(otherwise=LINE)
    gemini.brain = brain
    return brain


async def test_the_text_comes_with_the_name_of_the_model(client: GeminiClient, script: ScriptedBrain):
    answer = await written(client, MODELS, "Write a sentence.", "Person: my roof leaks")
    assert (answer.text, answer.by) == (LINE, "gemini-3.5-flash-lite")
    assert script.asked == ["Person: my roof leaks"]
    assert script.systems == ["Write a sentence."]


async def test_a_model_that_refuses_leaves_the_text_to_the_next(client: GeminiClient, gemini: GeminiEmulator):
    gemini.faults.set(Fault("refuse", error="UNAVAILABLE", times=1))
    answer = await written(client, MODELS, "Write.", "Person: hello")
    assert answer.by == "gemini-3.5-flash"


async def test_without_any_answer_there_is_no_text_and_the_reasons_are_told(
    client: GeminiClient, gemini: GeminiEmulator
):
    gemini.faults.set(Fault("refuse", error="UNAVAILABLE"))
    with pytest.raises(NoWriter, match=r"gemini-3.5-flash-lite: .*gemini-3.5-flash: "):
        await written(client, MODELS, "Write.", "Person: hello")
    with pytest.raises(NoWriter, match="No model is named"):
        await written(client, (), "Write.", "Person: hello")


async def test_an_answer_that_is_cut_in_the_middle_counts_as_none(client: GeminiClient, gemini: GeminiEmulator):
    gemini.faults.set(Fault("cut", times=1))
    answer = await written(client, MODELS, "Write.", "Person: hello")
    assert (answer.text, answer.by) == (LINE, "gemini-3.5-flash")


async def test_an_api_that_knows_no_thinking_is_asked_without(client: GeminiClient, gemini: GeminiEmulator):
    gemini.thoughtless = {"v1beta", "v1"}
    assert (await written(client, MODELS[:1], "Write.", "Person: hello")).text == LINE
