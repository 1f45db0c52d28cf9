"""The voice emulator obeys Google's rules towards Google's own client, also towards one that does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc.aio
import pytest
from google.api_core import exceptions
from google.cloud import texttospeech_v1 as tts
from google.cloud.texttospeech_v1.services.text_to_speech.transports import TextToSpeechGrpcAsyncIOTransport

from tests.emulators.faults import Fault
from tests.emulators.google_voice import IDLE_TEXT, GoogleVoiceEmulator
from tests.emulators.google_voice.sound import PAUSES, tone

KORE = "en-US-Chirp3-HD-Kore"
PCM = tts.AudioEncoding.PCM
Request = tts.StreamingSynthesizeRequest


@pytest.fixture
async def emulator() -> AsyncIterator[GoogleVoiceEmulator]:
    async with GoogleVoiceEmulator(first_sound_s=0.01, speed=1e6) as running:
        yield running


@pytest.fixture
async def client(emulator: GoogleVoiceEmulator) -> AsyncIterator[tts.TextToSpeechAsyncClient]:
    channel = grpc.aio.insecure_channel(emulator.address, options=[("grpc.max_receive_message_length", -1)])
    yield tts.TextToSpeechAsyncClient(transport=TextToSpeechGrpcAsyncIOTransport(channel=channel))
    await channel.close()


def config(name: str = KORE, language: str = "en-US", **audio: object) -> Request:
    return Request(
        streaming_config=tts.StreamingSynthesizeConfig(
            voice=tts.VoiceSelectionParams(language_code=language, name=name),
            streaming_audio_config=tts.StreamingAudioConfig(
                **{"audio_encoding": PCM, "sample_rate_hertz": 16000} | audio
            ),
        )
    )


def words(text: str = "", markup: str = "") -> Request:
    return Request(
        input=tts.StreamingSynthesisInput(markup=markup) if markup else tts.StreamingSynthesisInput(text=text)
    )


async def heard(client: tts.TextToSpeechAsyncClient, *requests: Request, pause_s: float = 0.0) -> bytes:
    async def sent() -> AsyncIterator[Request]:
        for each in requests:
            yield each
            await asyncio.sleep(pause_s)

    stream = await client.streaming_synthesize(requests=sent(), timeout=10)
    return b"".join([answer.audio_content async for answer in stream])


async def test_the_sound_of_a_stream_can_be_checked_to_the_sample(client: tts.TextToSpeechAsyncClient) -> None:
    assert await heard(client, config(), words("Hello. "), words("Bye.")) == tone(KORE, "Hello.") + tone(KORE, "Bye.")
    assert await heard(client, config(speaking_rate=2.0), words("Hello.")) == tone(KORE, "Hello.", speed=2.0)


async def test_without_a_rate_the_sound_has_googles_own(client: tts.TextToSpeechAsyncClient) -> None:
    assert await heard(client, config(sample_rate_hertz=0), words("Hello.")) == tone(KORE, "Hello.", 24_000)


async def test_text_waits_for_the_end_of_its_sentence_or_of_the_stream(client: tts.TextToSpeechAsyncClient) -> None:
    assert await heard(client, config(), words("Hello "), words("there.")) == tone(KORE, "Hello there.")
    assert await heard(client, config(), words("Great, ")) == tone(KORE, "Great,")


async def test_pauses_are_silence_in_markup_and_read_aloud_in_text(client: tts.TextToSpeechAsyncClient) -> None:
    silence = bytes(2 * round(PAUSES["[pause short]"] * 16_000))
    marked = await heard(client, config(), words(markup="One, [pause short] two."))
    assert marked == tone(KORE, "One,") + silence + tone(KORE, "two.")
    assert await heard(client, config(), words("One [pause].")) == tone(KORE, "One [pause].")


@pytest.mark.parametrize(
    ("requests", "told"),
    [
        ([words("Hello.")], "streaming_config"),
        ([config(), config()], "Only the first message"),
        ([config(name="en-US-Neural2-C"), words("Hi.")], "streaming"),
        ([config(name="en-US-Chirp3-HD-Nobody"), words("Hi.")], "does not exist"),
        ([config(language=""), words("Hi.")], "language_code"),
        ([config(language="en-GB"), words("Hi.")], "language code"),
        ([config(audio_encoding=tts.AudioEncoding.LINEAR16), words("Hi.")], "encoding"),
        ([config(audio_encoding=tts.AudioEncoding.MP3), words("Hi.")], "encoding"),
        ([config(speaking_rate=2.5), words("Hi.")], "speaking_rate"),
        ([config(speaking_rate=0.1), words("Hi.")], "speaking_rate"),
        ([config(), words("é" * 2501)], "5000 bytes"),
    ],
)
async def test_what_google_refuses_is_refused(
    client: tts.TextToSpeechAsyncClient, requests: list[Request], told: str
) -> None:
    with pytest.raises(exceptions.InvalidArgument, match=told):
        await heard(client, *requests, pause_s=0.02)


async def test_a_stream_without_text_is_aborted_in_googles_words(
    emulator: GoogleVoiceEmulator, client: tts.TextToSpeechAsyncClient
) -> None:
    emulator.idle_s = 0.1
    with pytest.raises(exceptions.Aborted) as aborted:
        await heard(client, config(), words("Hello."), pause_s=0.4)
    assert aborted.value.message == IDLE_TEXT


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (
            tts.SynthesizeSpeechRequest(
                input=tts.SynthesisInput(text="x" * 5001),
                voice=tts.VoiceSelectionParams(language_code="en-US", name=KORE),
                audio_config=tts.AudioConfig(audio_encoding=PCM),
            ),
            "5000 bytes",
        ),
        (
            tts.SynthesizeSpeechRequest(
                input=tts.SynthesisInput(markup="Hi [pause]."),
                voice=tts.VoiceSelectionParams(language_code="en-US", name="en-US-Neural2-C"),
                audio_config=tts.AudioConfig(audio_encoding=PCM),
            ),
            "Markup",
        ),
        (
            tts.SynthesizeSpeechRequest(
                input=tts.SynthesisInput(text="Hi."),
                voice=tts.VoiceSelectionParams(language_code="en-US", name=KORE),
                audio_config=tts.AudioConfig(audio_encoding=PCM, pitch=2.0),
            ),
            "pitch",
        ),
    ],
)
async def test_what_google_refuses_as_a_whole_is_refused(
    client: tts.TextToSpeechAsyncClient, request_: tts.SynthesizeSpeechRequest, told: str
) -> None:
    with pytest.raises(exceptions.InvalidArgument, match=told):
        await client.synthesize_speech(request_, timeout=5)


async def test_a_fault_in_the_middle_strikes_a_stream_that_is_under_way(
    emulator: GoogleVoiceEmulator, client: tts.TextToSpeechAsyncClient
) -> None:
    emulator.speed = 5.0
    stream = await client.streaming_synthesize(timeout=10)
    await stream.write(config())
    await stream.write(words("We look at roofs of every kind and the first visit costs nothing at all."))
    got = 0
    with pytest.raises(exceptions.ServiceUnavailable):
        async for answer in stream:
            got += len(answer.audio_content)
            emulator.faults.set(Fault("cut"))
    assert got > 0 and emulator.faults.hits >= 1


async def test_a_stall_sends_one_piece_and_no_more(
    emulator: GoogleVoiceEmulator, client: tts.TextToSpeechAsyncClient
) -> None:
    emulator.faults.set(Fault("stall"))
    stream = await client.streaming_synthesize(timeout=10)
    await stream.write(config())
    await stream.write(words("We look at roofs of every kind."))
    answers = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            async for answer in stream:
                answers.append(answer)  # noqa: PERF401  what came before the stall counts
    assert len(answers) == 1


async def test_a_delay_comes_on_top_of_the_usual_one(
    emulator: GoogleVoiceEmulator, client: tts.TextToSpeechAsyncClient
) -> None:
    emulator.faults.set(Fault("delay", seconds=0.2))
    await heard(client, config(), words("Hello."))
    (log,) = emulator.streams
    assert log.first_text is not None and log.first_sound is not None
    assert log.first_sound - log.first_text >= 0.2
