"""What silences the agent while it talks, by the real voice model: no noise, no echo of its own, and few coughs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.speech.local.hibari import Hibari, HibariVoice
from engine.speech.pcm import SILENT_DB, Samples, to_samples
from engine.speech.ports import SpeechStack
from tests.support.sound import Clip
from tests.support.talking_over import Sound, TalkingOver, at_level, made_noises, onset_s

AGENT = (
    "Hi, this is Ava, an AI assistant. And then there is one more thing that I would like to tell you about your roof "
    "and its gutters. Do you own the house, or do you rent it?"
)


@pytest.fixture(scope="session")
def agent(hibari: Hibari) -> Samples:
    async def speak() -> bytes:
        return b"".join([piece async for piece in HibariVoice(hibari).speak(AGENT)])

    return to_samples(asyncio.run(speak()))


Talk = Callable[[Sound], TalkingOver]


@pytest.fixture
def talk(engines: SpeechStack, agent: Samples) -> Talk:
    def over(line: Sound) -> TalkingOver:
        call = TalkingOver(engines, agent)
        call.hear(line)
        return call

    return over


@pytest.mark.parametrize("name", ["noise1", "noise2", "noise3"])
@pytest.mark.parametrize("loud_db", [-20.0, -30.0])
def test_no_background_noise_silences_the_agent(talk: Talk, audio_folder: Path, name: str, loud_db: float) -> None:
    noise = Clip(audio_folder / "noise" / f"{name}.wav", "noise", "", "").samples()
    line = np.resize(at_level(noise, loud_db), 20 * 16_000)
    assert talk(line).begun == []


@pytest.mark.parametrize(("kind", "most"), [("keys", 0), ("breaths", 0), ("coughs", 2)])
def test_keys_and_breaths_do_not_silence_the_agent_and_a_cough_does_so_for_a_moment(
    talk: Talk, kind: str, most: int
) -> None:
    call = talk(made_noises(kind, 30.0))
    assert len(call.begun) <= most
    assert all(seconds <= 0.8 for seconds in call.pauses)


@pytest.mark.parametrize("delay_s", [0.12, 0.2, 0.3])
@pytest.mark.parametrize("echo_db", [-17.0, -20.0, -26.0])
def test_the_agents_echo_from_a_speaker_phone_does_not_silence_it(
    engines: SpeechStack, agent: Samples, echo_db: float, delay_s: float
) -> None:
    call = TalkingOver(engines, agent, (echo_db, delay_s))
    call.hear(np.zeros(30 * 16_000))
    assert call.begun == []


def test_a_phone_put_on_its_speaker_silences_the_agent_once_at_most(engines: SpeechStack, agent: Samples) -> None:
    call = TalkingOver(engines, agent, (SILENT_DB, 0.2))
    call.hear(np.zeros(15 * 16_000))
    assert call.begun == []
    call.echo_db = -20.0
    call.hear(np.zeros(20 * 16_000))
    assert len(call.begun) <= 1


@pytest.mark.parametrize("loud_db", [-20.0, -28.0])
def test_a_caller_on_a_quiet_line_is_noticed_over_the_agent_however_soft(
    engines: SpeechStack, agent: Samples, clips: list[Clip], loud_db: float
) -> None:
    """With one margin against echo for every phone, and no weak evidence, the slowest of these took 0.32 and 0.45 s."""
    for clip in [clip for clip in clips if clip.folder == "synthetic-caller-8k"][:12]:
        said = at_level(clip.samples(), loud_db)
        call = TalkingOver(engines, agent)
        call.hear(np.concatenate([np.zeros(4 * 16_000), said[: 2 * 16_000]]))
        assert call.begun, clip.said
        assert 0.0 < call.begun[0] - 4.0 - onset_s(said) <= 0.2, clip.said
