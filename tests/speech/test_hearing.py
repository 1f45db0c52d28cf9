"""What the local ear understands, on recorded people and synthetic callers; the floors leave generous room."""

import asyncio

import numpy as np
import pytest

from engine.speech.audio import FRAME_BYTES, RATE, SILENCE
from engine.speech.local.moonshine import Moonshine
from engine.speech.local.voicing import voiced_seconds
from engine.speech.pcm import Samples, to_pcm, to_samples
from engine.speech.ports import Hints, SpeechError, SpeechStack
from engine.speech.telephone import TelephoneChannel
from tests.support.sound import Clip, digits_of, word_errors

pytestmark = pytest.mark.sound


def errors(moonshine: Moonshine, clips: list[Clip], *, telephone: bool = False) -> float:
    pairs = []
    for clip in clips:
        pcm = TelephoneChannel().sound(clip.pcm()) if telephone else clip.pcm()
        pairs.append((clip.said, moonshine.hear(to_samples(pcm))))
    rate = word_errors(pairs)
    print(f"word error rate {rate:.1%} of {len(clips)} clips")
    return rate


def spoken_zips(clips: list[Clip]) -> list[Clip]:
    return [clip for clip in clips if clip.kind.startswith("zip code") and "three_zips" not in clip.file.name]


def test_read_sentences_are_understood(moonshine: Moonshine, clips: list[Clip]) -> None:
    assert errors(moonshine, [clip for clip in clips if clip.kind == "read"]) < 0.10  # measured 3.6 %


def test_callers_on_the_telephone_are_understood(moonshine: Moonshine, clips: list[Clip]) -> None:
    callers = [clip for clip in clips if clip.kind == "caller sentence"][::3]
    assert errors(moonshine, callers, telephone=True) < 0.12  # measured 1.3 to 3.8 %


def test_short_answers_are_understood(moonshine: Moonshine, clips: list[Clip]) -> None:
    short = [clip for clip in clips if clip.kind in {"short answer", "command", "yes/no", "question"}]
    assert errors(moonshine, short) < 0.15


@pytest.mark.parametrize("telephone", [False, True])
def test_spoken_zip_codes_are_right_when_digits_are_expected(
    moonshine: Moonshine, clips: list[Clip], telephone: bool
) -> None:
    right, zips = 0, spoken_zips(clips)
    for clip in zips:
        pcm = TelephoneChannel().sound(clip.pcm()) if telephone else clip.pcm()
        heard = moonshine.hear(to_samples(pcm), "digits")
        right += digits_of(heard) == digits_of(clip.said)
    print(f"zip codes right: {right} of {len(zips)}")
    assert right >= 21  # measured 24 and 25 of 27


def test_expecting_digits_does_not_turn_other_answers_into_numbers(moonshine: Moonshine, clips: list[Clip]) -> None:
    callers = [clip for clip in clips if clip.kind == "caller sentence"]
    changed = [
        (plain, masked)
        for clip in callers[::2]
        if digits_of(plain := moonshine.hear(clip.samples()))
        != digits_of(masked := moonshine.hear(clip.samples(), "digits"))
    ]
    assert changed == []


async def test_silence_noise_and_tones_never_become_words(engines: SpeechStack) -> None:
    time = np.arange(RATE * 2) / RATE
    tones = {"dial": (350, 440), "key": (697, 1209), "busy": (480, 620)}
    sounds = {name: sum(0.1 * np.sin(2 * np.pi * hertz * time) for hertz in pair) for name, pair in tones.items()}
    sounds["silence"] = np.zeros(RATE * 2)
    sounds["faint noise"] = np.random.default_rng(1).normal(0, 0.003, RATE * 2)
    sounds["steady noise"] = np.random.default_rng(1).normal(0, 0.015, RATE * 2)
    for name, sound in sounds.items():
        ear = await engines.stt.open(Hints())
        ear.push(to_pcm(np.asarray(sound)))
        assert (await ear.text()).text == "", name
        await ear.close()


async def test_a_click_is_no_word(engines: SpeechStack) -> None:
    click = np.zeros(RATE, np.float32)
    click[8000:9000] = np.random.default_rng(2).normal(0, 0.3, 1000)
    ear = await engines.stt.open(Hints())
    ear.push(to_pcm(click))
    assert (await ear.text()).text == ""


async def test_a_turn_is_heard_as_it_grows_and_forgotten_when_it_ends(engines: SpeechStack, clips: list[Clip]) -> None:
    clip = next(clip for clip in clips if clip.file.name == "am_michael_04.wav" and "incomplete" not in clip.folder)
    pcm = clip.pcm()
    ear = await engines.stt.open(Hints())
    half = len(pcm) // 2 // FRAME_BYTES * FRAME_BYTES
    ear.push(pcm[:half])
    early = await ear.text()
    ear.push(pcm[half:])
    whole = await ear.text()
    assert len(early.text) < len(whole.text)
    assert whole.final
    assert whole.speech_s == pytest.approx(len(pcm) / 2 / RATE)
    assert word_errors([(clip.said, whole.text)]) < 0.2
    assert await ear.text() is whole  # nothing new was pushed: nothing is decoded again
    ear.next_turn()
    ear.push(SILENCE * 50)
    assert (await ear.text()).text == ""


async def test_a_turn_that_ends_while_it_is_decoded_leaves_nothing_in_the_next(
    engines: SpeechStack, clips: list[Clip]
) -> None:
    ear = await engines.stt.open(Hints())
    ear.push(next(clip for clip in clips if clip.file.name == "am_michael_04.wav").pcm())
    running = asyncio.create_task(ear.text())
    await asyncio.sleep(0)
    ear.next_turn()
    await running
    assert (await ear.text()).text == ""


async def test_a_speech_of_a_minute_is_heard_to_its_end(engines: SpeechStack, clips: list[Clip]) -> None:
    sentences = [clip for clip in clips if clip.kind == "caller sentence" and clip.file.name.startswith("am_")][:18]
    pcm = b"".join(clip.pcm() + bytes(16_000) for clip in sentences)
    ear = await engines.stt.open(Hints())
    ear.push(pcm)
    heard = await ear.text()
    assert heard.speech_s == pytest.approx(len(pcm) / 2 / RATE)
    assert word_errors([(" ".join(clip.said for clip in sentences), heard.text)]) < 0.25


async def test_two_calls_do_not_hear_each_other(engines: SpeechStack, clips: list[Clip]) -> None:
    callers = [clip for clip in clips if clip.kind == "caller sentence"][:2]
    ears = [await engines.stt.open(Hints()) for _ in callers]
    for ear, clip in zip(ears, callers, strict=True):
        ear.push(clip.pcm())
    heard = await asyncio.gather(*(ear.text() for ear in ears))
    assert word_errors([(clip.said, turn.text) for clip, turn in zip(callers, heard, strict=True)]) < 0.3


async def test_another_language_is_refused_with_what_to_do(engines: SpeechStack) -> None:
    with pytest.raises(SpeechError, match="English only, not es-MX"):
        await engines.stt.open(Hints(language="es-MX"))


def test_voice_is_told_from_tones_by_its_spectrum(clips: list[Clip]) -> None:
    tone: Samples = (0.2 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)
    assert voiced_seconds(tone) == 0.0
    assert voiced_seconds(np.zeros(10, np.float32)) == 0.0
    voices = [clip for clip in clips if clip.kind in {"yes/no", "short answer", "caller sentence"}]
    assert min(voiced_seconds(clip.samples()) for clip in voices) > 0.15
