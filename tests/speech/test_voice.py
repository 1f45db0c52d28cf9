"""The local mouth, and whether the local ear understands it over a telephone line."""

import time
from itertools import pairwise

import numpy as np
import pytest

from engine.speech.audio import SILENCE
from engine.speech.google.channel import GoogleAccess
from engine.speech.google.voice import GoogleVoice, VoiceService
from engine.speech.local.hibari import Hibari, HibariVoice, SimulatedCallerVoice
from engine.speech.local.moonshine import Moonshine
from engine.speech.pcm import to_samples
from engine.speech.ports import SpeechError, SpeechStack, TextToSpeech
from engine.speech.spoken import spoken_form
from engine.speech.telephone import TelephoneChannel
from tests.emulators.google_voice import GoogleVoiceEmulator, HibariSound
from tests.support.sound import digits_of, word_errors

pytestmark = pytest.mark.sound

LINES = [
    "Hi, this is Ava from Sunrise Roofing.",
    "Thanks, I can book that for two thirty on Tuesday.",
    "How many windows would you like to replace?",
    "Great, one of our people will call you tomorrow morning.",
]


async def said(voice: TextToSpeech, text: str) -> bytes:
    return b"".join([piece async for piece in voice.speak(text)])


async def heard_by_telephone(voice: TextToSpeech, text: str, ear: Moonshine) -> str:
    # The quarter second of silence that ends a turn is part of what the ear gets in a call.
    sound = await said(voice, text) + SILENCE * 13
    return ear.hear(to_samples(TelephoneChannel(snr_db=30).sound(sound)))


async def test_the_agent_is_understood_over_a_telephone_line(engines: SpeechStack, moonshine: Moonshine) -> None:
    pairs = [(line, await heard_by_telephone(engines.tts, line, moonshine)) for line in LINES]
    assert word_errors(pairs) < 0.15


async def test_the_simulated_caller_is_understood_and_is_another_voice(hibari: Hibari, moonshine: Moonshine) -> None:
    caller = SimulatedCallerVoice(hibari)
    pairs = [(line, await heard_by_telephone(caller, line, moonshine)) for line in LINES]
    assert word_errors(pairs) < 0.15
    agent_pitch = pitch(await said(HibariVoice(hibari), "How many windows?"))
    caller_pitch = pitch(await said(caller, "How many windows?"))
    assert caller_pitch < 0.95 * agent_pitch


def pitch(pcm: bytes) -> float:
    """Median of the strongest repetition rate between 80 and 320 Hz over the voiced frames."""
    samples = to_samples(pcm)
    rates = []
    for at in range(0, len(samples) - 800, 400):
        frame = samples[at : at + 800]
        if np.std(frame) > 0.05:
            likeness = np.correlate(frame, frame, mode="full")[799:]
            rates.append(16_000 / (50 + int(np.argmax(likeness[50:200]))))
    return float(np.median(rates))


async def test_a_zip_code_and_a_telephone_number_arrive_digit_by_digit(
    engines: SpeechStack, moonshine: Moonshine
) -> None:
    assert digits_of(await heard_by_telephone(engines.tts, "So your zip code is 94103.", moonshine)) == "94103"
    assert digits_of(await heard_by_telephone(engines.tts, "The number is 212-736-5000.", moonshine)) == "2127365000"


async def test_the_first_sound_follows_at_once(engines: SpeechStack) -> None:
    begun = time.perf_counter()
    async for piece in engines.tts.speak("Sure, let me look that up for you, and then we find a time that suits you."):
        print(f"first clause after {(time.perf_counter() - begun) * 1000:.0f} ms, {len(piece) / 32:.0f} ms long")
        loud = np.flatnonzero(np.abs(to_samples(piece)) > 0.01)
        assert loud[0] <= 0.04 * 16_000  # the model's own quarter second of silence would count as waiting
        break


async def test_a_long_answer_comes_in_pieces_with_pauses_between(engines: SpeechStack) -> None:
    text = "Thanks, Maria, I can book that for two thirty in the afternoon on Tuesday. Does that work?"
    pieces = [piece async for piece in engines.tts.speak(text)]
    assert len(pieces) == 3
    assert all(not np.any(np.abs(to_samples(piece)[-1600:]) > 0.02) for piece in pieces[:-1])


async def test_whole_samples_in_range_and_repeatable(engines: SpeechStack) -> None:
    first, second = [await said(engines.tts, "Does that work for you?") for _ in range(2)]
    assert first == second
    assert len(first) % 2 == 0
    assert 0.2 < float(np.abs(to_samples(first)).max()) <= 0.96


async def test_pieces_join_without_a_click(engines: SpeechStack) -> None:
    pieces = [piece async for piece in engines.tts.speak("One moment, please. I am looking. Here it is.")]
    for before, after in pairwise(pieces):
        assert abs(int(to_samples(before)[-1] * 32768) - int(to_samples(after)[0] * 32768)) < 300


async def test_nothing_to_say_makes_no_sound(engines: SpeechStack) -> None:
    assert await said(engines.tts, "  ") == b""
    assert await said(engines.tts, "😀") == b""


@pytest.mark.parametrize("voice", ["emma", "fenrir", "Heart", ""])
def test_voices_that_would_have_to_be_downloaded_are_refused(hibari: Hibari, voice: str) -> None:
    with pytest.raises(SpeechError, match='Choose "heart"'):
        HibariVoice(hibari, voice)


async def test_a_spelled_address_is_heard_as_letters(engines: SpeechStack, moonshine: Moonshine) -> None:
    text = spoken_form("bob@gmail.com")
    assert text == "B O B, at G mail dot com"
    letters = (await heard_by_telephone(engines.tts, f"I have {text}.", moonshine)).lower()
    heard = "".join(sign for sign in letters if sign.isalpha())
    assert "bob" in heard
    assert "gmail" in heard


async def test_a_clause_through_google_has_the_sound_that_the_local_voice_gives_directly(hibari: Hibari) -> None:
    local = HibariVoice(hibari)
    async with GoogleVoiceEmulator(HibariSound(local), first_sound_s=0.01, speed=200.0) as emulator:
        service = VoiceService(GoogleAccess(endpoint=emulator.address))
        voice = GoogleVoice(service, "Kore")
        for line in LINES:
            assert await said(voice, line) == await said(local, line)
        await service.close()
