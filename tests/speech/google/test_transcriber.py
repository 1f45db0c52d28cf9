"""The ear by Google against a server that speaks its protocol: the vendor's client, real gRPC, loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from engine.provider_problem import ProblemKind
from engine.speech.audio import FRAME_S, RATE, SILENCE
from engine.speech.fallback import EarChange, FallbackEar
from engine.speech.google.channel import GoogleAccess
from engine.speech.google.ear import GoogleEar
from engine.speech.google.rotation import StreamLimits
from engine.speech.google.transcriber import GoogleTranscriber
from engine.speech.ports import Hints, Phrase, SpeechError, Transcript
from tests.emulators.faults import Fault
from tests.emulators.google_speech import (
    GoogleSpeechEmulator,
    MarkedWords,
    Scripted,
    SpeechRules,
    activity,
    final,
    interim,
)
from tests.emulators.google_speech.marked import WORD_FRAMES, word_frame, word_sound

VOICE = word_frame(1)

IN_A_HURRY = StreamLimits(plan_from=4.8, plan_anyhow=5.1, force_at=5.7)
"""For an emulator that ends streams after 6 seconds instead of 300."""


def access(google: GoogleSpeechEmulator, **other: str) -> GoogleAccess:
    return GoogleAccess(**{"project": "leadline-dev", "endpoint": google.address, **other})


@asynccontextmanager
async def ear_of(google: GoogleSpeechEmulator, **options: object) -> AsyncIterator[GoogleEar]:
    ear = GoogleEar(access(google), **options)  # type: ignore[arg-type]
    try:
        yield ear
    finally:
        await ear.close()


async def say(call: GoogleTranscriber, frames: Sequence[bytes], *, faster: float = 1.0) -> None:
    """Push frames in step with the clock."""
    began = time.monotonic()
    for count, frame in enumerate(frames):
        call.push(frame)
        if (wait := began + (count + 1) * FRAME_S / faster - time.monotonic()) > 0.001:
            await asyncio.sleep(wait)


async def answer(call: GoogleTranscriber) -> tuple[Transcript, float]:
    """The text, and how many seconds it took."""
    began = time.monotonic()
    return await call.text(), time.monotonic() - began


async def test_the_configuration_comes_first_and_then_only_sound_in_its_explicit_format() -> None:
    async with GoogleSpeechEmulator() as google, ear_of(google) as ear:
        call = await ear.open(Hints("en-US", (Phrase("Leadline", 12.0),)))
        await say(call, [VOICE] * 10)
        await asyncio.sleep(0.1)
        await call.close()
        (stream,) = google.streams
        config = stream.config
    assert stream.recognizer == "projects/leadline-dev/locations/global/recognizers/_"
    assert config is not None
    decoding = config.config.explicit_decoding_config
    assert (decoding.encoding.name, decoding.sample_rate_hertz, decoding.audio_channel_count) == ("LINEAR16", RATE, 1)
    assert config.config.model == "telephony"
    assert list(config.config.language_codes) == ["en-US"]
    (phrases,) = config.config.adaptation.phrase_sets
    assert [(each.value, each.boost) for each in phrases.inline_phrase_set.phrases] == [("Leadline", 12.0)]
    assert config.streaming_features.interim_results
    assert config.streaming_features.enable_voice_activity_events
    assert stream.sound.count(VOICE) == 10
    assert stream.largest_chunk <= 3200


async def test_a_final_that_is_there_when_asked_is_the_answer() -> None:
    script = [activity(100, True), final(500, "Thursday works.", 400)]
    async with GoogleSpeechEmulator(Scripted(script)) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        await say(call, [*[VOICE] * 18, *[SILENCE] * 8], faster=4)
        heard, took = await answer(call)
        assert (heard.text, heard.final) == ("Thursday works.", True)
        assert heard.speech_s == pytest.approx(0.52)
        assert took < 0.3
        await call.close()


async def test_r2_a_turn_is_answered_on_the_stable_interim_that_covers_it_and_revised_by_a_later_final() -> None:
    script = [
        interim(200, (" I need a", 0.9)),
        interim(420, ("I need a roof", 0.9), covers_ms=400),
        final(1300, "I need a new roof.", 400),
    ]
    revised: list[str] = []
    async with GoogleSpeechEmulator(Scripted(script)) as google, ear_of(google) as ear:
        call = await ear.open(Hints(), revised.append)
        await say(call, [*[VOICE] * 18, *[SILENCE] * 8])
        heard, took = await answer(call)
        assert (heard.text, heard.final) == ("I need a roof", False)
        assert took < 0.3
        call.next_turn()
        assert revised == []
        await asyncio.sleep(1.0)
        assert revised == ["I need a new roof."]
        await call.close()


async def test_r2_without_a_covering_text_the_last_interim_is_the_answer_within_300_ms() -> None:
    script = [interim(200, ("I need a", 0.2), covers_ms=150), final(5000, "I need a roof.", 400)]
    async with GoogleSpeechEmulator(Scripted(script)) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        await say(call, [*[VOICE] * 18, *[SILENCE] * 8])
        heard, took = await answer(call)
        assert (heard.text, heard.final) == ("I need a", False)
        assert 0.2 < took < 0.45
        await call.close()


async def test_a_final_that_says_the_same_revises_nothing() -> None:
    script = [interim(420, ("yes", 0.9), covers_ms=400), final(900, "Yes.", 400)]
    revised: list[str] = []
    async with GoogleSpeechEmulator(Scripted(script)) as google, ear_of(google) as ear:
        call = await ear.open(Hints(), revised.append)
        await say(call, [*[VOICE] * 18, *[SILENCE] * 8])
        assert (await call.text()).text == "yes"
        call.next_turn()
        await asyncio.sleep(0.7)
        assert revised == []
        await call.close()


async def test_a_late_final_belongs_to_the_turn_it_was_spoken_in_though_the_next_one_runs() -> None:
    script = [
        interim(420, ("two", 0.9), covers_ms=400),
        final(1600, "Two thirty.", 400),
        interim(1900, ("tomorrow", 0.9), covers_ms=1850),
        final(2600, "Tomorrow.", 1850),
    ]
    revised: list[str] = []
    async with GoogleSpeechEmulator(Scripted(script)) as google, ear_of(google) as ear:
        call = await ear.open(Hints(), revised.append)
        await say(call, [*[VOICE] * 18, *[SILENCE] * 8])
        assert (await call.text()).text == "two"
        call.next_turn()
        await asyncio.sleep(1.35 - google.streams[0].received_s)
        await say(call, [*[SILENCE] * 5, *[VOICE] * 20, *[SILENCE] * 8])
        heard = await call.text()
        assert heard.text.lower().startswith("tomorrow")
        assert revised == ["Two thirty."]
        call.next_turn()
        await asyncio.sleep(0.6)
        assert revised == ["Two thirty."], "the second turn's final says what was answered on"
        await call.close()


async def test_all_pieces_of_a_response_are_one_text() -> None:
    script = [interim(420, ("my zip code", 0.9), (" is nine four", 0.9), covers_ms=400)]
    async with GoogleSpeechEmulator(Scripted(script)) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        await say(call, [*[VOICE] * 18, *[SILENCE] * 8], faster=2)
        assert (await call.text()).text == "my zip code is nine four"
        await call.close()


async def test_silence_is_sent_while_nobody_speaks_so_that_the_stream_is_not_ended() -> None:
    rules = SpeechRules(idle_s=0.5)
    async with GoogleSpeechEmulator(rules=rules) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        await asyncio.sleep(1.6)
        assert len(google.streams) == 1
        assert google.streams[0].ended == ""
        assert google.streams[0].received_s == pytest.approx(1.6, abs=0.35)
        await call.close()


async def test_an_idle_stream_is_really_ended_by_the_server() -> None:
    """The fault that the silence is there for: without sound the emulator aborts, as Google does."""
    async with GoogleSpeechEmulator(rules=SpeechRules(idle_s=0.3)) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        assert call._pace is not None
        call._pace.cancel()
        await asyncio.sleep(0.6)
        assert google.streams[0].ended == "ABORTED"
        await call.close()


async def test_a_turn_without_words_is_empty_soon_enough_to_ask_again() -> None:
    async with (
        GoogleSpeechEmulator(Scripted([activity(100, True), activity(500, False)])) as google,
        ear_of(google) as ear,
    ):
        call = await ear.open(Hints())
        await say(call, [*[VOICE] * 10, *[SILENCE] * 8])
        heard, took = await answer(call)
        assert heard.text == ""
        assert took < 1.05
        await call.close()


async def test_an_empty_final_takes_no_words_back() -> None:
    script = [interim(420, ("yes", 0.5), covers_ms=400), final(500, "", 400)]
    async with GoogleSpeechEmulator(Scripted(script)) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        await say(call, [*[VOICE] * 18, *[SILENCE] * 8], faster=2)
        assert (await call.text()).text == "yes"
        await call.close()


@pytest.mark.parametrize("limit_s", [6.0, 4.0])
async def test_r1_marked_words_survive_the_streams_limit_over_real_grpc(limit_s: float) -> None:
    """At 6 s the ear changes streams by itself; 4 s it does not know of, and the server ends the stream."""
    listening = MarkedWords(twice=True)
    async with (
        GoogleSpeechEmulator(listening, rules=SpeechRules(limit_s=limit_s)) as google,
        ear_of(google, limits=IN_A_HURRY) as ear,
    ):
        call = await ear.open(Hints())
        # Eight words, then a breath: what is not final yet must be shorter than the stream it is replayed to.
        pause = [30 if number % 8 == 7 else number % 3 for number in range(50)]
        frames = b"".join(word_sound(number) + SILENCE * pause[number] for number in range(50))
        cut = [frames[at : at + 640] for at in range(0, len(frames), 640)]
        await say(call, [*[SILENCE] * 15, *cut, *[SILENCE] * 70], faster=6)
        heard = await call.text()
        replaced = call.replaced
        await call.close()
    assert heard.text.split() == [f"word{number}" for number in range(50)]
    assert len(replaced) >= 1
    assert ("ABORTED" in replaced) == (limit_s == 4.0)


@pytest.mark.parametrize("error", ["UNAVAILABLE", "INTERNAL", "ABORTED", "OUT_OF_RANGE", "UNKNOWN"])
async def test_a_stream_that_breaks_in_the_middle_of_a_turn_is_replaced_and_given_the_turn_again(error: str) -> None:
    async with GoogleSpeechEmulator(MarkedWords()) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        await say(call, [SILENCE] * 5 + [word_frame(n // WORD_FRAMES) for n in range(6 * WORD_FRAMES)], faster=2)
        google.faults.set(Fault("refuse", times=1, error=error))
        await say(call, [word_frame(6 + n // WORD_FRAMES) for n in range(4 * WORD_FRAMES)], faster=1)
        await say(call, [SILENCE] * 60, faster=2)
        heard = await call.text()
        await call.close()
    assert google.faults.hits == 1
    assert len(google.streams) >= 2
    assert heard.text.split() == [f"word{number}" for number in range(10)]


class _Unreadable(bytearray):
    def __bool__(self) -> bool:
        raise ValueError("no sound")


async def test_an_error_in_the_generator_does_not_look_like_cancellation() -> None:
    """Pitfall 1: grpc cancels the reader when the feeding generator raises."""
    async with GoogleSpeechEmulator(MarkedWords()) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        stream = call._streams[0]
        stream._sound = _Unreadable(b"..")
        stream._wake.set()
        await asyncio.sleep(0.3)
        assert call._streams[1] is not stream, "the broken stream was replaced"
        await say(call, [*[SILENCE] * 5, *[word_frame(3)] * WORD_FRAMES, *[SILENCE] * 60], faster=2)
        assert (await call.text()).text == "word3"
        await call.close()


async def test_a_stalled_stream_answers_with_what_it_has_within_its_time() -> None:
    async with GoogleSpeechEmulator(MarkedWords()) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        google.faults.set(Fault("stall"))
        await say(call, [*[SILENCE] * 5, *[word_frame(3)] * WORD_FRAMES, *[SILENCE] * 8])
        heard, took = await answer(call)
        assert heard.text == ""
        assert took < 1.1
        await call.close()


async def test_the_beginning_of_a_sentence_is_no_answer_when_the_stream_has_stalled() -> None:
    """Else the call would commit "I need" of "I need a roof": another recogniser must get the turn."""
    async with GoogleSpeechEmulator(MarkedWords()) as google, ear_of(google) as ear:
        google.faults.set(Fault("stall"))
        script = [interim(300, ("I need", 0.9))]
        google.listening = Scripted(script)
        call = await ear.open(Hints())
        await say(call, [*[VOICE] * 130, *[SILENCE] * 8])
        began = time.monotonic()
        with pytest.raises(SpeechError) as failed:
            await call.text()
        assert time.monotonic() - began < 0.5
        assert failed.value.problem is not None
        assert failed.value.problem.kind is ProblemKind.TOO_SLOW
        await call.close()


async def test_the_beginning_of_a_sentence_is_no_answer_when_the_stream_is_lost() -> None:
    async with GoogleSpeechEmulator(Scripted([interim(300, ("I need", 0.9))])) as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        await say(call, [VOICE] * 20)
        google.faults.set(Fault("refuse"))
        await say(call, [*[VOICE] * 40, *[SILENCE] * 8])
        with pytest.raises(SpeechError):
            await call.text()
        await call.close()


async def test_a_damaged_answer_is_a_broken_stream() -> None:
    async with GoogleSpeechEmulator(MarkedWords()) as google, ear_of(google) as ear:
        google.faults.set(Fault("corrupt", times=1))
        call = await ear.open(Hints())
        await say(call, [*[SILENCE] * 5, *[word_frame(3)] * WORD_FRAMES, *[SILENCE] * 80], faster=2)
        assert (await call.text()).text == "word3"
        assert google.faults.hits == 1
        await call.close()


REFUSALS = [
    ("UNAUTHENTICATED", "Request had invalid authentication credentials.", ProblemKind.WRONG_KEY),
    ("UNAUTHENTICATED", "Token expired or revoked: the token has expired.", ProblemKind.EXPIRED),
    ("UNAUTHENTICATED", "Invalid JWT: Token must be a short-lived token and in a reasonable timeframe.",
     ProblemKind.CLOCK_SKEW),
    ("PERMISSION_DENIED", "Permission 'speech.recognizers.recognize' denied.", ProblemKind.NOT_ALLOWED),
    ("PERMISSION_DENIED", "Cloud Speech-to-Text API has not been used in project 1 before or it is disabled.",
     ProblemKind.NOT_ALLOWED),
    ("NOT_FOUND", "The requested model was not found.", ProblemKind.UNKNOWN_MODEL),
    ("RESOURCE_EXHAUSTED", "", ProblemKind.QUOTA),
    ("UNAVAILABLE", "", ProblemKind.BUSY),
]  # fmt: skip


@pytest.mark.parametrize(("error", "message", "kind"), REFUSALS)
async def test_a_refusal_at_the_beginning_says_what_is_wrong(error: str, message: str, kind: ProblemKind) -> None:
    async with GoogleSpeechEmulator() as google, ear_of(google) as ear:
        google.faults.set(Fault("refuse", error=error, message=message))
        with pytest.raises(SpeechError) as failed:
            await ear.open(Hints())
        assert failed.value.problem is not None
        assert failed.value.problem.kind is kind
        assert failed.value.problem.fix
        problem = await ear.check()
        assert problem is not None
        assert problem.kind is kind
        google.faults.clear()
        assert await ear.check() is None


async def test_a_refused_configuration_is_never_sent_again() -> None:
    """Pitfall 7: INVALID_ARGUMENT must not become a loop."""
    async with GoogleSpeechEmulator() as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        google.faults.set(Fault("refuse", error="INVALID_ARGUMENT", message="Bad request."))
        await asyncio.sleep(0.8)
        assert len(google.streams) == 1
        call.push(SILENCE)
        with pytest.raises(SpeechError) as failed:
            await call.text()
        assert failed.value.problem is not None
        assert failed.value.problem.kind is ProblemKind.REFUSED
        await call.close()


async def test_a_server_that_ends_every_stream_is_not_asked_in_a_loop() -> None:
    async with GoogleSpeechEmulator() as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        google.faults.set(Fault("refuse", error="UNAVAILABLE"))
        await asyncio.sleep(1.6)
        assert len(google.streams) <= 5
        call.push(VOICE)
        with pytest.raises(SpeechError):
            await call.text()
        await call.close()


async def test_a_wrong_project_is_told_from_a_wrong_key() -> None:
    rules = SpeechRules(projects=frozenset({"another"}))
    async with GoogleSpeechEmulator(rules=rules) as google, ear_of(google) as ear:
        problem = await ear.check()
    assert problem is not None
    assert problem.kind is ProblemKind.WRONG_PROJECT


async def test_a_region_whose_host_is_another_one_is_a_wrong_region() -> None:
    """Pitfall 6: the path's location must be the host's."""
    async with GoogleSpeechEmulator(rules=SpeechRules(location="eu")) as google, ear_of(google) as ear:
        problem = await ear.check()
    assert problem is not None
    assert problem.kind is ProblemKind.WRONG_REGION


async def test_the_path_names_the_location_of_the_host() -> None:
    async with GoogleSpeechEmulator(rules=SpeechRules(location="us")) as google:
        ear = GoogleEar(access(google, region="us"), "chirp_3")
        assert await ear.check() is None
        assert google.streams[0].recognizer == "projects/leadline-dev/locations/us/recognizers/_"
        await ear.close()


@pytest.mark.parametrize(
    ("model", "region", "kind"),
    [
        ("chirp_3", "global", ProblemKind.WRONG_REGION),
        ("chirp_2", "", ProblemKind.WRONG_REGION),
        ("chirp", "us-central1", ProblemKind.UNKNOWN_MODEL),
        ("latest_short", "global", ProblemKind.UNKNOWN_MODEL),
    ],
)
async def test_a_model_that_cannot_be_had_there_is_refused_before_anything_is_sent(
    model: str, region: str, kind: ProblemKind
) -> None:
    with pytest.raises(SpeechError) as failed:
        GoogleEar(GoogleAccess(project="leadline-dev", endpoint="127.0.0.1:1", region=region), model)
    assert failed.value.problem is not None
    assert failed.value.problem.kind is kind


async def test_an_unknown_model_is_told_by_the_server() -> None:
    async with GoogleSpeechEmulator() as google, ear_of(google, model="telefony") as ear:
        problem = await ear.check()
    assert problem is not None
    assert problem.kind is ProblemKind.UNKNOWN_MODEL
    assert "telefony" in problem.sentence


async def test_nobody_there_is_unreachable_within_the_time_a_call_has() -> None:
    ear = GoogleEar(GoogleAccess(project="leadline-dev", endpoint="127.0.0.1:9"))
    began = time.monotonic()
    with pytest.raises(SpeechError) as failed:
        await ear.open(Hints())
    assert time.monotonic() - began < 2.0
    assert failed.value.problem is not None
    assert failed.value.problem.kind is ProblemKind.UNREACHABLE
    await ear.close()


async def test_without_a_project_it_is_said_that_one_is_missing() -> None:
    with pytest.raises(SpeechError, match="project"):
        GoogleEar(GoogleAccess(endpoint="127.0.0.1:9"))


async def test_closing_leaves_no_stream_and_no_task() -> None:
    async with GoogleSpeechEmulator() as google, ear_of(google) as ear:
        call = await ear.open(Hints())
        await say(call, [VOICE] * 5)
        await call.close()
        await asyncio.sleep(0.1)
        assert google.streams[0].ended == "CANCELLED"
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("google ear")]


async def test_two_calls_have_streams_of_their_own() -> None:
    async with GoogleSpeechEmulator(MarkedWords()) as google, ear_of(google) as ear:
        calls = [await ear.open(Hints()) for _ in range(2)]
        sounds = [[*[SILENCE] * 5, *[word_frame(n)] * WORD_FRAMES, *[SILENCE] * 60] for n in (4, 9)]
        await asyncio.gather(*(say(call, sound, faster=2) for call, sound in zip(calls, sounds, strict=True)))
        assert [(await call.text()).text for call in calls] == ["word4", "word9"]
        for call in calls:
            await call.close()


async def test_a_call_whose_words_google_refuses_to_favour_is_still_heard_by_google() -> None:
    rules = SpeechRules(no_adaptation=frozenset({("telephony", "es-US")}))
    changes: list[EarChange] = []
    async with GoogleSpeechEmulator(rules=rules) as google:
        ear = GoogleEar(access(google))
        local = GoogleEar(GoogleAccess(project="nobody", endpoint="127.0.0.1:9"))
        call = await FallbackEar(ear, local).for_call(changes.append).open(Hints("es-US", (Phrase("Maple", 10.0),)))
        assert [(each.after, each.problem.kind) for each in changes] == [
            ("google/telephony without words to favour", ProblemKind.REFUSED)
        ]
        assert [each.ended for each in google.streams] == ["INVALID_ARGUMENT", ""], "the second stream goes on"
        assert google.streams[1].config is not None
        assert google.streams[1].config.config.language_codes == ["es-US"]
        await call.close()
        await ear.close()
        await local.close()
