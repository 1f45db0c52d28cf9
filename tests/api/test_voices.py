"""Listening to a voice: which there are, the sound, the cache, and what is said when a voice is not there."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.dialogue.offline import OfflineModel
from engine.settings import Settings
from engine.speech.google.voice_names import CHIRP_3_HD, FEMALE
from engine.speech.ports import SpeechError
from engine.store import Database
from tests.emulators.faults import Fault
from tests.emulators.google_voice import GoogleVoiceEmulator
from tests.support import call_fakes
from tests.support.api import Leadline, QuickTts, leadline

FLOW = "home_services_v1"


@dataclass
class Counting(QuickTts):
    spoken: list[str] = field(default_factory=list)
    broken: bool = False

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        self.spoken.append(text)
        if self.broken:
            raise SpeechError("The built-in voice failed. Try again.")
        async for pcm in super().speak(text):
            yield pcm


@pytest.fixture
def voice() -> Counting:
    return Counting()


@pytest.fixture
async def house(tmp_path: Path, voice: Counting) -> AsyncIterator[Leadline]:
    fakes = call_fakes.Engines(call_fakes.FakeStt({}), tts=voice)

    @asynccontextmanager
    async def engines(_: Settings, __: Database) -> AsyncIterator[Engines]:
        yield Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))

    async with leadline(tmp_path, engines=engines) as running:
        yield running


async def test_the_local_voice_is_always_there_and_googles_say_what_they_need(house: Leadline) -> None:
    told = (await house.client.get("/voices")).json()
    local, *hosted = told["voices"]
    assert (local["use"], local["voice"], local["there"]) == ("local", "heart", True)
    assert [each["voice"] for each in hosted] == list(CHIRP_3_HD)
    assert not any(each["there"] for each in hosted)
    assert "connection" in hosted[0]["problem"]
    assert told["standard"]["voice"] == "local"
    assert {each["voice"] for each in hosted if each["sounds"] == "female"} == FEMALE


async def test_with_an_account_googles_voices_can_be_chosen(house: Leadline) -> None:
    settings = {"project": "leadline-test-1", "speech_endpoint": "127.0.0.1:9", "voice_endpoint": "127.0.0.1:9"}
    saved = await house.client.put("/connections/our_google", json={"kind": "google", "settings": settings})
    assert saved.status_code == 200
    told = (await house.client.get("/voices")).json()
    assert all(each["there"] for each in told["voices"])
    assert told["connections"]["google"] == ["our_google"]


async def test_a_sentence_comes_as_a_wav_and_is_made_once(house: Leadline, voice: Counting) -> None:
    voice.spoken.clear()
    order = {"text": "Hi {first_name}, this is {assistant} from {seller}.", "flow_id": FLOW}
    first = await house.client.post("/voices/sample", json=order)
    again = await house.client.post("/voices/sample", json=order)
    assert first.headers["content-type"] == "audio/wav"
    assert first.content == again.content
    # The house makes lines of its own ahead meanwhile, with the same voice.
    assert voice.spoken.count("Hi Dana, this is Robin from Harborline Home Services.") == 1
    with wave.open(io.BytesIO(first.content)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16_000, 1, 2)
        assert sound.getnframes() > 0


async def test_a_google_voice_without_an_account_is_never_spoken_by_another(house: Leadline, voice: Counting) -> None:
    voice.spoken.clear()
    order = {"text": "Hello.", "voice": {"use": "google", "voice": "Kore"}}
    answer = await house.client.post("/voices/sample", json=order)
    assert answer.status_code == 422
    assert answer.json()["code"] == "no_connection"
    assert "google" in answer.json()["detail"]
    assert "Hello." not in voice.spoken


async def test_a_name_that_google_does_not_have_is_told_with_the_likely_one(house: Leadline) -> None:
    order = {"text": "Hello.", "voice": {"use": "google", "voice": "en-US-Chirp3-HD-Korre"}}
    answer = await house.client.post("/voices/sample", json=order)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_voice")
    assert "Kore" in answer.json()["detail"]


async def test_a_voice_that_fails_says_so_and_is_tried_again(house: Leadline, voice: Counting) -> None:
    voice.broken = True
    answer = await house.client.post("/voices/sample", json={"text": "Hello there."})
    assert (answer.status_code, answer.json()["code"]) == (503, "voice_failed")
    voice.broken = False
    assert (await house.client.post("/voices/sample", json={"text": "Hello there."})).status_code == 200


async def test_too_much_text_or_none_is_refused(house: Leadline) -> None:
    assert (await house.client.post("/voices/sample", json={"text": "x" * 401})).status_code == 422
    answer = await house.client.post("/voices/sample", json={"text": " ... "})
    assert answer.json()["code"] == "nothing_to_say"


async def test_an_account_whose_google_does_not_answer_is_a_plain_problem(house: Leadline, voice: Counting) -> None:
    settings = {"project": "leadline-test-1", "speech_endpoint": "127.0.0.1:9", "voice_endpoint": "127.0.0.1:9"}
    await house.client.put("/connections/google", json={"kind": "google", "settings": settings})
    voice.spoken.clear()
    answer = await house.client.post("/voices/sample", json={"text": "Hello.", "voice": {"use": "google"}})
    assert (answer.status_code, answer.json()["code"]) == (503, "voice_failed")
    assert "Hello." not in voice.spoken


async def test_googles_own_voice_is_heard_by_its_own_client_and_its_refusal_is_told(
    house: Leadline, voice: Counting
) -> None:
    async with GoogleVoiceEmulator() as emulator:
        settings = {"project": "leadline-test-1", "voice_endpoint": emulator.address}
        assert (
            await house.client.put("/connections/google", json={"kind": "google", "settings": settings})
        ).status_code == 200
        voice.spoken.clear()
        order = {"text": "Hello, this is a test.", "voice": {"use": "google", "voice": "Puck"}}
        heard = await house.client.post("/voices/sample", json=order)
        assert heard.status_code == 200
        with wave.open(io.BytesIO(heard.content)) as sound:
            assert sound.getnframes() > 8_000  # half a second
        emulator.faults.set(Fault("refuse", error="UNAUTHENTICATED"))
        again = await house.client.post("/voices/sample", json=order)  # from memory
        assert again.content == heard.content
        other = await house.client.post("/voices/sample", json={**order, "text": "Something else."})
        assert (other.status_code, other.json()["code"]) == (503, "voice_failed")
        assert not {"Hello, this is a test.", "Something else."} & {*voice.spoken}
