"""The emulator refuses what Google refuses, in its words: asked by the vendor's client, without our adapter between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import grpc.aio
import pytest
from google.api_core import exceptions
from google.cloud.speech_v2 import SpeechAsyncClient, types
from google.cloud.speech_v2.services.speech.transports import SpeechGrpcAsyncIOTransport

from engine.speech.google.request import first_request
from engine.speech.ports import Hints, Phrase
from tests.emulators.faults import Fault
from tests.emulators.google_speech import (
    GoogleSpeechEmulator,
    Scripted,
    SpeechRules,
    activity,
    final,
    interim,
)

PATH = "projects/leadline-dev/locations/global/recognizers/_"
Messages = list[types.StreamingRecognizeRequest]


def sound(size: int = 3200, times: int = 1) -> Messages:
    return [types.StreamingRecognizeRequest(audio=bytes(size)) for _ in range(times)]


def first(change: Callable[[types.RecognitionConfig], None] = lambda config: None, path: str = PATH) -> Messages:
    request = first_request(path, "telephony", Hints("en-US", (Phrase("Leadline", 10),)))
    change(request.streaming_config.config)
    return [request]


async def ask(google: GoogleSpeechEmulator, messages: Messages) -> list[types.StreamingRecognizeResponse]:
    async def requests() -> AsyncIterator[types.StreamingRecognizeRequest]:
        for message in messages:
            yield message

    async with grpc.aio.insecure_channel(google.address) as channel:
        client = SpeechAsyncClient(transport=SpeechGrpcAsyncIOTransport(channel=channel))
        return [response async for response in await client.streaming_recognize(requests=requests())]


def _decoding(**fields: object) -> Callable[[types.RecognitionConfig], None]:
    def change(config: types.RecognitionConfig) -> None:
        for name, value in fields.items():
            setattr(config.explicit_decoding_config, name, value)

    return change


def _boost(config: types.RecognitionConfig) -> None:
    config.adaptation.phrase_sets[0].inline_phrase_set.phrases[0].boost = 21


def _auto(config: types.RecognitionConfig) -> None:
    config.auto_decoding_config = types.AutoDetectDecodingConfig()


def _model(name: str) -> Callable[[types.RecognitionConfig], None]:
    def change(config: types.RecognitionConfig) -> None:
        config.model = name

    return change


BAD: list[tuple[str, Callable[[], Messages], str]] = [
    ("sound first", lambda: sound(), "should be a config request"),
    ("config twice", lambda: [*first(), *first()], "only allowed in the first"),
    ("empty message", lambda: [*first(), types.StreamingRecognizeRequest()], "missing"),
    ("too large a message", lambda: [*first(), *sound(25_602)], "25600"),
    ("half a sample", lambda: [*first(), *sound(3201)], "odd"),
    ("no path", lambda: first(path="recognizers/_"), "Invalid resource name"),
    ("unknown place", lambda: first(path=PATH.replace("global", "mars")), "not supported"),
    ("unknown model", lambda: first(_model("telefony")), "does not exist"),
    ("model elsewhere", lambda: first(_model("chirp_3")), "does not exist in the location"),
    ("boost", lambda: first(_boost), "between 0 and 20"),
    ("rate", lambda: first(_decoding(sample_rate_hertz=4000)), "between 8000 and 48000"),
    ("channels", lambda: first(_decoding(audio_channel_count=9)), "between 1 and 8"),
    ("no encoding", lambda: first(_decoding(encoding=0)), "encoding"),
    ("headerless sound without its format", lambda: first(_auto), "explicit_decoding_config"),
]


@pytest.mark.parametrize(("messages", "words"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
async def test_what_google_refuses_is_refused(messages: Callable[[], Messages], words: str) -> None:
    async with GoogleSpeechEmulator() as google:
        with pytest.raises((exceptions.InvalidArgument, exceptions.InternalServerError)) as refused:
            await ask(google, messages())
        assert google.streams[0].ended == "INVALID_ARGUMENT"
        if refused.type is exceptions.InvalidArgument:  # else grpc was still writing, and hides the refusal
            assert words in str(refused.value)


async def test_a_smaller_message_size_can_be_asked_for() -> None:
    async with GoogleSpeechEmulator(rules=SpeechRules(chunk_bytes=15_360)) as google:
        with pytest.raises(exceptions.GoogleAPICallError):
            await ask(google, [*first(), *sound(15_362)])
        assert google.streams[0].ended == "INVALID_ARGUMENT"


async def test_the_script_follows_the_sound_not_the_clock_and_the_bill_comes_last() -> None:
    script = [
        activity(100, True),
        interim(300, ("hello", 0.9), (" there", 0.01)),
        activity(700, False),
        final(1500, "Hello there.", 600),
    ]
    async with GoogleSpeechEmulator(Scripted(script)) as google:
        responses = await ask(google, [*first(), *sound(times=10)])  # one second of sound at once
    begin, pieces, end, last, bill = responses
    assert begin.speech_event_type.name == "SPEECH_ACTIVITY_BEGIN"
    assert [each.alternatives[0].transcript for each in pieces.results] == ["hello", " there"]
    assert not any(each.is_final for each in pieces.results)
    assert end.speech_event_type.name == "SPEECH_ACTIVITY_END"
    assert last.results[0].is_final
    assert last.results[0].alternatives[0].confidence == pytest.approx(0.9)
    assert last.results[0].result_end_offset.total_seconds() == pytest.approx(0.6)
    assert bill.metadata.total_billed_duration.total_seconds() == 1
    assert google.streams[0].half_closed


async def test_the_limit_has_googles_status_and_words_after_all_that_was_said_before() -> None:
    script = [final(900, "Hello.", 600)]
    async with GoogleSpeechEmulator(Scripted(script), rules=SpeechRules(limit_s=1.0)) as google:
        heard: list[types.StreamingRecognizeResponse] = []

        async def requests() -> AsyncIterator[types.StreamingRecognizeRequest]:
            for message in [*first(), *sound(times=20)]:
                yield message

        async with grpc.aio.insecure_channel(google.address) as channel:
            client = SpeechAsyncClient(transport=SpeechGrpcAsyncIOTransport(channel=channel))
            with pytest.raises((exceptions.Aborted, exceptions.InternalServerError)):
                async for response in await client.streaming_recognize(requests=requests()):
                    heard.append(response)  # noqa: PERF401  # what came before the error counts
    assert google.streams[0].ended == "ABORTED"
    assert [each.results[0].alternatives[0].transcript for each in heard] == ["Hello."]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("refuse"), exceptions.ServiceUnavailable),
        (Fault("refuse", error="UNAUTHENTICATED"), exceptions.Unauthenticated),
        (Fault("rate_limit"), exceptions.ResourceExhausted),
        (Fault("cut"), exceptions.ServiceUnavailable),
    ],
)
async def test_faults_are_played_as_the_clients_own_errors(fault: Fault, error: type[Exception]) -> None:
    async with GoogleSpeechEmulator(Scripted([interim(100, ("hello", 0.9))])) as google:
        google.faults.set(fault)
        with pytest.raises((error, exceptions.InternalServerError)):
            await ask(google, [*first(), *sound(times=5)])
        assert google.faults.hits == 1
        google.faults.clear()
        assert await ask(google, [*first(), *sound(times=5)])
