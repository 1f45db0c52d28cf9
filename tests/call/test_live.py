"""What a call keeps when its line drops and another one takes its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace

from engine.call.engines import Engines
from engine.call.live import LiveCall, Tally
from engine.dialogue.offline import OfflineModel
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.ports import SpeechError, TextToSpeech
from engine.speech.second_voice import SecondVoice
from tests.support import call_fakes
from tests.support.call_fakes import FakeTts
from tests.support.virtual_time import in_virtual_time


class Failing(TextToSpeech):
    broken = True

    @property
    def voice(self) -> str:
        return "google/failing/1"

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        if self.broken:
            problem = ProviderProblem(ProblemKind.BUSY, "It is busy.")
            raise SpeechError(str(problem), problem)
        yield b"\1\0" * 320


class Notes:
    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, object]]] = []

    def note(self, kind: str, at: float, **facts: object) -> None:
        self.entries.append((kind, facts))


def live(voice: TextToSpeech, notes: Notes) -> LiveCall:
    shared = replace(call_fakes.Engines(call_fakes.FakeStt({})).stack, tts=voice)
    engines = Engines(shared, OfflineModel(), SimpleNamespace())  # type: ignore[arg-type]
    nothing = SimpleNamespace()
    return LiveCall(nothing, nothing, nothing, nothing, Tally(notes), nothing, nothing, engines, nothing)  # type: ignore[arg-type]


async def spoken(voice: TextToSpeech) -> None:
    async for _ in voice.speak("Hello."):
        pass


@in_virtual_time
async def test_a_voice_that_took_over_speaks_on_the_next_line_too_and_the_journal_says_it_once() -> None:
    first, notes = Failing(), Notes()
    shared = SecondVoice((first, FakeTts()))
    call = live(shared, notes)
    # A session asks the engine it is given for the voice of its call; it must be the same voice on both lines.
    on_first_line = call.speech().tts.for_call(lambda change: None)
    assert on_first_line.voice == "google/failing/1"
    await spoken(on_first_line)
    first.broken = False
    await asyncio.sleep(300)
    on_second_line = call.speech().tts.for_call(lambda change: None)
    await spoken(on_second_line)
    assert on_second_line.voice == "fake"
    assert [kind for kind, _ in notes.entries] == ["voice_changed"]
    assert notes.entries[0][1]["after"] == "fake"
    assert live(shared, Notes()).speech().tts.voice == "google/failing/1", "another call begins with the first one"
