"""A second voice: who speaks when the first one fails, and that the caller does not hear voices change to and fro."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.breaker import REST_S
from engine.speech.ports import SpeechError, TextToSpeech, VoiceChange
from engine.speech.second_voice import FIRST_SOUND_WITHIN_S, SecondVoice
from tests.support.virtual_time import in_virtual_time

HANG = object()


@dataclass
class Scripted(TextToSpeech):
    """`script`: for each request what it yields; a problem is raised, `HANG` waits for ever. Then it works."""

    name: str
    script: list[Sequence[object]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    warmed: int = 0
    closed: int = 0

    @property
    def voice(self) -> str:
        return self.name

    def warm(self) -> None:
        self.warmed += 1

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        self.asked.append(text)
        try:
            for each in self.script.pop(0) if self.script else (f"{self.name}:{text}".encode(),):
                if each is HANG:
                    await asyncio.Event().wait()
                if isinstance(each, ProviderProblem):
                    raise SpeechError(str(each), each)
                if isinstance(each, Exception):
                    raise each
                assert isinstance(each, bytes)
                yield each
        finally:
            self.closed += 1


def problem(kind: ProblemKind) -> ProviderProblem:
    return ProviderProblem(kind, f"It is {kind}.")


def voices() -> tuple[Scripted, Scripted, Scripted]:
    return Scripted("google/a/1"), Scripted("google/b/1"), Scripted("local/heart/1")


async def said(voice: TextToSpeech, text: str = "Hi.") -> bytes:
    return b"".join([piece async for piece in voice.speak(text)])


Told = list[VoiceChange]


def call(all_voices: Sequence[TextToSpeech], told: Told | None = None) -> TextToSpeech:
    return SecondVoice(all_voices).for_call((told if told is not None else []).append)


@in_virtual_time
async def test_as_long_as_the_first_voice_works_no_other_is_asked() -> None:
    first, second, local = voices()
    voice = call((first, second, local))
    voice.warm()
    assert [await said(voice, text) for text in ("One.", "Two.")] == [b"google/a/1:One.", b"google/a/1:Two."]
    assert (second.asked, local.asked, first.warmed) == ([], [], 1)


@pytest.mark.parametrize(
    "kind", [ProblemKind.UNKNOWN_VOICE, ProblemKind.REFUSED, ProblemKind.UNREADABLE, ProblemKind.CUT]
)
def test_another_voice_of_the_provider_speaks_when_only_this_one_is_broken(kind: ProblemKind) -> None:
    @in_virtual_time
    async def story() -> None:
        first, second, local = voices()
        first.script = [[problem(kind)]]
        told: Told = []
        voice = call((first, second, local), told)
        assert await said(voice) == b"google/b/1:Hi."
        assert [(each.before, each.after, each.problem.kind) for each in told] == [("google/a/1", "google/b/1", kind)]
        assert local.asked == []

    story()


@pytest.mark.parametrize(
    "kind", [kind for kind in ProblemKind if kind.value not in {"unknown_voice", "refused", "unreadable", "cut"}]
)
def test_the_local_voice_speaks_at_once_when_the_whole_provider_is_out(kind: ProblemKind) -> None:
    @in_virtual_time
    async def story() -> None:
        first, second, local = voices()
        first.script = [[problem(kind)]]
        told: Told = []
        assert await said(call((first, second, local), told)) == b"local/heart/1:Hi."
        assert second.asked == [] and len(told) == 1

    story()


@in_virtual_time
async def test_a_voice_without_a_sound_is_waited_for_one_second_and_no_longer() -> None:
    first, second, local = voices()
    first.script = [[HANG]]
    told: Told = []
    begun = asyncio.get_running_loop().time()
    assert await said(call((first, second, local), told)) == b"local/heart/1:Hi."
    assert asyncio.get_running_loop().time() - begun == pytest.approx(FIRST_SOUND_WITHIN_S)
    assert told[0].problem.kind is ProblemKind.TOO_SLOW
    assert first.closed == 1


@in_virtual_time
async def test_the_call_keeps_the_voice_that_took_over_even_when_the_first_one_is_well_again() -> None:
    first, second, local = voices()
    first.script = [[problem(ProblemKind.BUSY)]]
    voice = call((first, second, local))
    await said(voice)
    await asyncio.sleep(120.0)
    assert await said(voice) == b"local/heart/1:Hi."
    assert voice.voice == "local/heart/1"
    assert first.asked == ["Hi."]


@in_virtual_time
async def test_the_next_call_begins_with_the_first_voice_again_unless_it_is_known_to_be_broken() -> None:
    first, second, local = voices()
    shared = SecondVoice((first, second, local))
    first.script = [[problem(ProblemKind.BUSY)]]
    await said(shared.for_call(lambda _: None))
    assert await said(shared.for_call(lambda _: None)) == b"google/a/1:Hi."
    first.script = [[problem(ProblemKind.QUOTA)]]
    await said(shared.for_call(lambda _: None))
    asked = len(first.asked)
    assert await said(shared.for_call(lambda _: None)) == b"google/b/1:Hi."
    assert len(first.asked) == asked
    await asyncio.sleep(REST_S)
    assert await said(shared.for_call(lambda _: None)) == b"google/a/1:Hi."


@in_virtual_time
async def test_one_broken_stream_changes_no_voice_but_a_second_one_does() -> None:
    first, second, local = voices()
    first.script = [[b"a1", problem(ProblemKind.CUT)], [b"a2", problem(ProblemKind.CUT)]]
    told: Told = []
    voice = call((first, second, local), told)
    for after in ("google/a/1", "google/b/1"):
        heard = []
        with pytest.raises(SpeechError):
            async for piece in voice.speak("Hello there."):
                heard.append(piece)  # noqa: PERF401  what came before the break counts
        assert len(heard) == 1
        assert voice.voice == after
    assert len(told) == 1 and second.asked == []


@in_virtual_time
async def test_a_voice_that_stalls_in_the_middle_is_given_up_and_the_call_is_told_what_is_left() -> None:
    first, second, local = voices()
    first.script = [[b"a1", HANG]]
    voice = call((first, second, local))
    heard = b""
    with pytest.raises(SpeechError) as failed:
        async for piece in voice.speak("Hello there."):
            heard += piece
    assert heard == b"a1" and failed.value.problem is not None
    assert failed.value.problem.kind is ProblemKind.TOO_SLOW
    assert await said(voice, "there.") == b"local/heart/1:there."


@in_virtual_time
async def test_when_the_second_voice_fails_too_the_next_one_speaks() -> None:
    first, second, local = voices()
    first.script = [[problem(ProblemKind.UNKNOWN_VOICE)]]
    second.script = [[ValueError("odd")]]
    told: Told = []
    assert await said(call((first, second, local), told)) == b"local/heart/1:Hi."
    assert [each.after for each in told] == ["google/b/1", "local/heart/1"]


@in_virtual_time
async def test_when_all_fail_the_call_is_told_and_the_next_sentence_tries_again() -> None:
    first, second, local = voices()
    for each in (first, second, local):
        each.script = [[problem(ProblemKind.UNREADABLE)]]
    voice = call((first, second, local))
    with pytest.raises(SpeechError):
        await said(voice)
    assert [len(each.asked) for each in (first, second, local)] == [1, 1, 1]
    assert await said(voice) == b"local/heart/1:Hi."


@pytest.mark.parametrize("moment", [0.0, 0.5])
def test_who_stops_listening_stops_the_voice(moment: float) -> None:
    @in_virtual_time
    async def story() -> None:
        first, second, local = voices()
        first.script = [[b"a1", HANG]]
        voice = call((first, second, local))
        task = asyncio.create_task(said(voice))
        await asyncio.sleep(moment)
        task.cancel()
        await asyncio.wait({task})
        assert first.closed == 1 and second.asked == [] and local.asked == []
        assert voice.voice == "google/a/1"

    story()


def test_without_any_voice_it_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="At least one"):
        SecondVoice(())
