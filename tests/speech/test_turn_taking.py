"""Voice activity and end of turn by sound, on recorded people and synthetic callers."""

import asyncio

import numpy as np
import pytest

from engine.speech.audio import FRAME_BYTES, RATE, SILENCE
from engine.speech.local.log_mel import log_mel
from engine.speech.local.smart_turn import SmartTurn
from engine.speech.pcm import Samples, to_samples
from engine.speech.ports import SpeechError, SpeechStack, VoiceTracker
from tests.support.sound import Clip

pytestmark = pytest.mark.sound


def probabilities(tracker: VoiceTracker, pcm: bytes) -> list[float]:
    frames = [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]
    return [probability for frame in frames for probability in tracker.push(frame)]


def named(clips: list[Clip], name: str) -> Clip:
    return next(clip for clip in clips if clip.file.name == name)


def test_a_person_is_voice_and_noise_is_not(engines: SpeechStack, clips: list[Clip]) -> None:
    speaking = np.array(probabilities(engines.vad.open(), named(clips, "jfk.wav").pcm())) > 0.5
    assert speaking.mean() > 0.5
    for clip in (clip for clip in clips if clip.folder == "noise"):
        assert (np.array(probabilities(engines.vad.open(), clip.pcm())) > 0.5).mean() < 0.1, clip.file.name


def test_every_window_of_32_ms_gives_one_probability(engines: SpeechStack) -> None:
    tracker = engines.vad.open()
    assert [len(tracker.push(SILENCE)) for _ in range(8)] == [0, 1, 0, 1, 1, 0, 1, 1]
    assert engines.vad.window_s == 0.032


def test_a_reset_tracker_hears_as_a_new_one_and_calls_do_not_mix(engines: SpeechStack, clips: list[Clip]) -> None:
    pcm = named(clips, "yes.wav").pcm()
    fresh = probabilities(engines.vad.open(), pcm)
    used, other = engines.vad.open(), engines.vad.open()
    probabilities(used, named(clips, "jfk.wav").pcm()[: FRAME_BYTES * 101])
    used.reset()
    mixed = []
    for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        mixed += used.push(pcm[at : at + FRAME_BYTES])
        other.push(SILENCE)
    assert mixed == fresh


def test_voice_activity_takes_whole_frames_only(engines: SpeechStack) -> None:
    with pytest.raises(SpeechError, match="640"):
        engines.vad.open().push(b"\0" * 320)


def paused(clip: Clip) -> Samples:
    return np.concatenate([clip.samples(), np.zeros(RATE // 4, np.float32)])


def test_whole_sentences_sound_finished(smart_turn: SmartTurn, clips: list[Clip]) -> None:
    whole = [clip for clip in clips if clip.folder == "synthetic-caller-8k"][::4]
    finished = np.mean([smart_turn.judge(paused(clip)) > 0.5 for clip in whole])
    assert finished > 0.85  # measured 97 %


def test_cut_sentences_sound_less_finished_than_whole_ones(smart_turn: SmartTurn, clips: list[Clip]) -> None:
    whole = [smart_turn.judge(paused(clip)) for clip in clips if clip.folder == "synthetic-caller-8k"][::4]
    cut = [smart_turn.judge(paused(clip)) for clip in clips if clip.folder == "synthetic-incomplete-8k"][::2]
    assert np.mean(np.array(cut) < 0.5) > 0.2  # measured 39 %
    assert np.mean(cut) < np.mean(whole) - 0.15


async def test_a_verdict_comes_within_its_deadline_or_not_at_all(clips: list[Clip], models_here: None) -> None:
    pcm = named(clips, "am_michael_04.wav").pcm()
    patient, hurried = SmartTurn(deadline_s=5.0), SmartTurn(deadline_s=0.001)
    try:
        verdict = await patient.finished(pcm)
        assert verdict is not None
        assert 0.0 <= verdict <= 1.0
        assert await hurried.finished(pcm) is None
        # A crowd of askers: those who can't be served in time get None, and none of them waits long after it.
        assert await asyncio.gather(*(hurried.finished(pcm) for _ in range(20))) == [None] * 20
    finally:
        patient.close()
        hurried.close()


def test_features_look_at_the_last_eight_seconds_with_silence_in_front() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 12 * RATE).astype(np.float32)
    features = log_mel(sound)
    assert features.shape == (80, 800)
    assert np.array_equal(features, log_mel(sound[-8 * RATE :]))
    short = log_mel(sound[-RATE:])
    assert short[:, :690].max() < short[:, 705:].min()
    assert log_mel(to_samples(b"")).shape == (80, 800)


def test_a_tone_lights_the_band_of_its_pitch() -> None:
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(8 * RATE) / RATE)).astype(np.float32)
    # 1 kHz is mel 15 of 45.2 on this scale: band 26 of 80.
    assert abs(int(np.argmax(log_mel(tone)[:, 400])) - 26) <= 1
