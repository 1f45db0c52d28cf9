"""Google's voices by Google's own client, against a server that obeys Google's rules: every pitfall of the sheet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import numpy as np
import pytest

from engine.call.clauses import clauses
from engine.call.pacer import Frame, Mark, Pacer
from engine.provider_problem import ProblemKind
from engine.speech.audio import FRAME_BYTES, seconds
from engine.speech.google.channel import GoogleAccess
from engine.speech.google.voice import GoogleVoice, VoiceService
from engine.speech.google.voice_text import AT_MOST_BYTES
from engine.speech.pcm import to_samples
from engine.speech.ports import SpeechError
from tests.emulators.faults import Fault
from tests.emulators.google_voice import GoogleVoiceEmulator
from tests.emulators.google_voice.sound import pitch, tone

KORE = "en-US-Chirp3-HD-Kore"
WHOLE = "en-US-Neural2-C"
LINE = "Do you own the home, or do you rent it?"


@dataclass
class House:
    emulator: GoogleVoiceEmulator
    service: VoiceService

    def voice(self, name: str = KORE, **how: float) -> GoogleVoice:
        return GoogleVoice(self.service, name, **how)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with GoogleVoiceEmulator(first_sound_s=0.02, speed=200.0) as emulator:
        service = VoiceService(GoogleAccess(project="harborline-1", endpoint=emulator.address))
        yield House(emulator, service)
        await service.close()


async def said(voice: GoogleVoice, text: str) -> bytes:
    return b"".join([piece async for piece in voice.speak(text)])


async def problem_of(voice: GoogleVoice, text: str = LINE) -> ProblemKind:
    with pytest.raises(SpeechError) as failed:
        await said(voice, text)
    assert failed.value.problem is not None
    return failed.value.problem.kind


async def until(condition: Callable[[], object], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  a server's log
            await asyncio.sleep(0.005)


async def test_every_byte_of_the_sound_arrives_once_and_in_order_from_pieces_of_any_size(house: House) -> None:
    for text in (LINE, "Yes.", "We look at roofs of every kind. The first visit costs nothing. Who owns it?"):
        assert await said(house.voice(), text) == tone(KORE, text)


async def test_any_byte_sequence_leaves_the_pacer_as_640_byte_frames(house: House) -> None:
    pacer = Pacer()
    pacer.begin(1, LINE)
    for clause in clauses(LINE):
        pacer.clause(1, clause.start, clause.end)
        async for piece in house.voice().speak(clause.text):
            pacer.add(1, piece)
    pacer.end(1)
    items, now = pacer.due(0.0), 0.0
    while not isinstance(items[-1], Mark):
        now += 0.02
        items += pacer.due(now)
    frames = [item.pcm for item in items if isinstance(item, Frame)]
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    whole = b"".join(tone(KORE, clause.text.strip()) for clause in clauses(LINE))
    assert b"".join(frames).rstrip(b"\0") == whole.rstrip(b"\0")


# Pitfall 1: a stream that is kept open.


async def test_a_stream_is_half_closed_as_soon_as_its_text_is_out_and_none_serves_two_clauses(house: House) -> None:
    voice = house.voice()
    await said(voice, "Great.")
    await said(voice, "Do you rent?")
    assert [each.texts for each in house.emulator.streams] == [["Great. "], ["Do you rent? "]]
    assert all(each.ended == "ok" and each.half_closed is not None for each in house.emulator.streams)


async def test_a_warm_stream_has_its_config_sent_before_the_text_is_there_and_is_used_once(house: House) -> None:
    voice = house.voice()
    voice.warm()
    await until(lambda: house.emulator.streams and house.emulator.streams[0].voice == KORE)
    assert house.emulator.streams[0].first_text is None
    voice.warm()  # a second hint finds it good enough
    assert await said(voice, LINE) == tone(KORE, LINE)
    assert len(house.emulator.streams) == 1
    await said(voice, "Yes.")
    assert len(house.emulator.streams) == 2


async def test_a_warm_stream_is_thrown_away_before_the_idle_rule_strikes(house: House) -> None:
    house.emulator.idle_s = 0.5
    voice = house.voice(keep_s=0.2)
    voice.warm()
    await until(lambda: house.emulator.cancelled)
    (stream,) = house.emulator.streams
    assert stream.ended_at - stream.opened < 0.45
    assert await said(voice, LINE) == tone(KORE, LINE)


async def test_a_warm_stream_that_the_service_has_aborted_costs_nobody_a_word(house: House) -> None:
    house.emulator.idle_s = 0.1
    voice = house.voice()
    voice.warm()
    await until(lambda: house.emulator.streams and house.emulator.streams[0].ended == "ABORTED")
    house.emulator.idle_s = 5.0
    assert await said(voice, LINE) == tone(KORE, LINE)


async def test_a_hint_given_while_the_service_is_away_is_forgotten(house: House) -> None:
    voice = house.voice()
    house.emulator.faults.set(Fault("refuse", times=1))
    voice.warm()
    await until(lambda: house.emulator.faults.hits)
    assert await said(voice, LINE) == tone(KORE, LINE)


async def test_an_idle_abort_after_some_sound_leaves_what_came_and_is_told_as_a_break(house: House) -> None:
    house.emulator.faults.set(Fault("cut", error="ABORTED", message="Stream aborted due to long duration elapsed"))
    heard = b""
    with pytest.raises(SpeechError) as failed:
        async for piece in house.voice().speak(LINE):
            heard += piece
    assert failed.value.problem is not None and failed.value.problem.kind is ProblemKind.CUT
    assert heard and tone(KORE, LINE).startswith(heard)


# Pitfalls 2 and 3: the WAV header, and sound at another rate.


@pytest.mark.parametrize("variant", ["plain", "list", "zero", "unknown"])
async def test_no_header_is_ever_played(house: House, variant: str) -> None:
    house.emulator.wav_variant = variant  # type: ignore[assignment]  # one of its literals
    assert await said(house.voice(WHOLE), LINE) == tone(WHOLE, LINE)
    assert not house.emulator.streams  # Pitfall 6: a voice that does not stream is not asked to


async def test_sound_at_24_khz_is_brought_to_16_khz(house: House) -> None:
    house.emulator.whole_rate = 24_000
    pcm = await said(house.voice(WHOLE), LINE)
    assert seconds(pcm) == pytest.approx(len(LINE) * 0.06, abs=0.01)
    spectrum = np.abs(np.fft.rfft(to_samples(pcm)))
    assert int(np.argmax(spectrum)) * 16_000 / len(to_samples(pcm)) == pytest.approx(pitch(WHOLE, LINE), abs=2)


async def test_streams_are_asked_for_headerless_sound_at_16_khz(house: House) -> None:
    await said(house.voice(rate=1.5), LINE)
    (stream,) = house.emulator.streams
    assert (stream.rate, stream.speed) == (16_000, 1.5)


async def test_a_voice_that_is_refused_streaming_speaks_a_piece_at_a_time_from_then_on(house: House) -> None:
    chirp = "en-US-Chirp3-HD-Puck"
    text = "Currently, only Chirp 3: HD voices are supported for streaming synthesis."
    house.emulator.faults.set(Fault("refuse", error="INVALID_ARGUMENT", message=text, times=1))
    voice = house.voice(chirp)
    assert await said(voice, LINE) == tone(chirp, LINE)
    assert await said(voice, "Yes.") == tone(chirp, "Yes.")
    assert (len(house.emulator.streams), len(house.emulator.requests)) == (1, 2)


# Pitfall 5: barge-in.


async def test_who_stops_listening_ends_the_stream_at_once(house: House) -> None:
    house.emulator.speed = 1.0
    pieces = house.voice().speak(LINE)
    await anext(pieces)
    cut_at = asyncio.get_running_loop().time()
    await pieces.aclose()
    await until(lambda: house.emulator.cancelled)
    assert house.emulator.cancelled[0].ended_at - cut_at < 0.5  # of 2.3 s that it would have gone on


async def test_a_task_that_is_cancelled_ends_its_stream_wherever_it_is(house: House) -> None:
    house.emulator.first_sound_s, house.emulator.idle_s = 1.0, 0.3
    for moment in (0.0, 0.001, 0.003, 0.01, 0.05):
        task = asyncio.create_task(said(house.voice(), LINE))
        await asyncio.sleep(moment)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await until(lambda: all(each.ended for each in house.emulator.streams))
    assert not any(each.ended == "ok" for each in house.emulator.streams)
    assert all(each.sent_bytes == 0 for each in house.emulator.streams)


async def test_a_stream_that_was_being_opened_is_not_left_behind(house: House) -> None:
    house.emulator.idle_s = 0.3
    voice = house.voice(keep_s=0.05)
    voice.warm()
    task = asyncio.create_task(said(voice, LINE))
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.15)
    await until(lambda: all(each.ended for each in house.emulator.streams))


# Pitfall 7: no limit of time; and the size of a request.


async def test_whole_answers_are_never_waited_for_without_a_limit(house: House) -> None:
    limits: list[object] = []
    ask = house.service.client.synthesize_speech

    async def spy(*args: object, **more: object) -> object:
        limits.append(more.get("timeout"))
        return await ask(*args, **more)

    house.service.client.synthesize_speech = spy
    await said(house.voice(WHOLE), LINE)
    assert limits == [5.0]


async def test_a_service_that_never_answers_is_told_as_too_slow(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.speech.google.voice.WHOLE_WITHIN_S", 0.1)
    house.emulator.faults.set(Fault("stall"))
    assert await problem_of(house.voice(WHOLE)) is ProblemKind.TOO_SLOW


@pytest.mark.parametrize("name", [KORE, WHOLE])
async def test_a_text_over_five_thousand_bytes_is_sent_in_parts_and_heard_whole(house: House, name: str) -> None:
    house.emulator.first_sound_s, house.emulator.speed = 0.0, 1e6
    sentence = "We look at roofs of every kind, and the first visit costs nothing at all."
    pcm = await said(house.voice(name), " ".join([sentence] * 80))
    asked = house.emulator.streams + house.emulator.requests
    sent = [text for each in asked for text in each.texts]
    assert len(sent) == 2 and all(len(text.encode()) <= AT_MOST_BYTES + 1 for text in sent)
    assert seconds(pcm) == pytest.approx(0.06 * sum(len(text.strip()) for text in sent), abs=0.01)


# Pitfall 8: raw model output; and our own pauses.


async def test_marks_of_a_language_model_are_not_sent(house: House) -> None:
    await said(house.voice(), "**Sure!** [laughs] See https://www.example.com/a?b=1, [pause long] okay?")
    (stream,) = house.emulator.streams
    assert stream.texts == ["Sure! See example dot com, okay? "] and stream.markup == [False]


async def test_a_number_is_read_in_groups_with_pauses_by_voices_that_know_them(house: House) -> None:
    await said(house.voice(), "I have 415-555-0172.")
    await said(house.voice(WHOLE), "I have 415-555-0172.")
    assert house.emulator.streams[0].texts == ["I have 4 1 5, [pause short] 5 5 5, [pause short] 0 1 7 2. "]
    assert house.emulator.streams[0].markup == [True]
    assert house.emulator.requests[0].texts == ["I have 4 1 5, 5 5 5, 0 1 7 2."]


async def test_nothing_to_say_asks_nobody(house: House) -> None:
    assert await said(house.voice(), "😀 ...") == b""
    assert not house.emulator.streams


# What goes wrong, told apart.


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("refuse"), ProblemKind.BUSY),
        (Fault("refuse", error="UNAUTHENTICATED"), ProblemKind.WRONG_KEY),
        (Fault("refuse", error="UNAUTHENTICATED", message="ACCESS_TOKEN_EXPIRED"), ProblemKind.EXPIRED),
        (
            Fault("refuse", error="UNAUTHENTICATED", message="Token must be in a reasonable timeframe. Check your iat"),
            ProblemKind.CLOCK_SKEW,
        ),
        (Fault("refuse", error="PERMISSION_DENIED"), ProblemKind.NOT_ALLOWED),
        (
            Fault("refuse", error="PERMISSION_DENIED", message="Project 'harborline-1' not found or deleted."),
            ProblemKind.WRONG_PROJECT,
        ),
        (Fault("refuse", error="NOT_FOUND", message="location eu not found"), ProblemKind.WRONG_REGION),
        (Fault("rate_limit"), ProblemKind.QUOTA),
        (Fault("cut"), ProblemKind.CUT),
        (Fault("corrupt"), ProblemKind.UNREADABLE),
    ],
    ids=lambda each: f"{each.kind} {each.error}" if isinstance(each, Fault) else str(each),
)
@pytest.mark.parametrize("name", [KORE, WHOLE])
async def test_each_failure_is_told_apart(house: House, name: str, fault: Fault, kind: ProblemKind) -> None:
    house.emulator.faults.set(fault)
    assert await problem_of(house.voice(name)) is kind
    assert house.emulator.faults.hits == 1


async def test_a_quota_of_requests_and_one_of_sessions_are_told_as_quota(house: House) -> None:
    house.emulator.per_minute = 1
    await said(house.voice(), "Yes.")
    assert await problem_of(house.voice()) is ProblemKind.QUOTA
    house.emulator.per_minute, house.emulator.sessions = 200, 1
    other = house.voice()
    other.warm()
    await until(lambda: any(each.voice and not each.ended for each in house.emulator.streams))
    assert await problem_of(house.voice()) is ProblemKind.QUOTA


async def test_silence_instead_of_sound_is_told_before_all_of_it_has_come(house: House) -> None:
    house.emulator.silence, house.emulator.speed = True, 20.0
    text = "We look at roofs of every kind, " * 8
    begun = asyncio.get_running_loop().time()
    assert await problem_of(house.voice(), text) is ProblemKind.UNREADABLE
    assert asyncio.get_running_loop().time() - begun < 0.06 * len(text) / 20.0
    assert await problem_of(house.voice(WHOLE), text) is ProblemKind.UNREADABLE


async def test_a_server_that_is_not_there_is_told_as_unreachable() -> None:
    async with GoogleVoiceEmulator() as emulator:
        gone = emulator.address
    service = VoiceService(GoogleAccess(endpoint=gone))
    voice = GoogleVoice(service, "Kore")
    voice.warm()
    assert await problem_of(voice) is ProblemKind.UNREACHABLE
    problem = await voice.check()
    assert problem is not None and gone in problem.sentence
    await service.close()


async def test_an_unknown_voice_is_told_before_and_by_the_service(house: House) -> None:
    with pytest.raises(SpeechError, match="Did you mean en-US-Chirp3-HD-Kore"):
        house.voice("en-US-Chirp3-HD-Cora")
    assert await problem_of(house.voice("en-US-Neural2-Z")) is ProblemKind.UNKNOWN_VOICE
    assert await problem_of(house.voice("xx-XX-Chirp3-HD-Kore")) is ProblemKind.UNKNOWN_VOICE


@pytest.mark.parametrize("rate", [0.1, 2.5, float("nan")])
async def test_a_speaking_rate_that_google_refuses_is_refused_here(house: House, rate: float) -> None:
    with pytest.raises(SpeechError, match="speaking rate"):
        house.voice(rate=rate)


async def test_test_connection_says_that_a_stream_comes_at_another_rate_than_asked_for(house: House) -> None:
    house.emulator.ignores_rate = True
    problem = await house.voice().check()
    assert problem is not None and problem.kind is ProblemKind.UNREADABLE
    assert "another rate" in problem.sentence and "stream_rate=24000" in problem.fix


def hertz(pcm: bytes) -> float:
    """The loudest frequency of a sound at 16 kHz."""
    samples = to_samples(pcm)
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * 16_000 / len(samples)


@pytest.mark.parametrize("ignores_rate", [True, False])
async def test_a_stream_of_24_khz_is_converted_to_the_rate_of_the_house(house: House, ignores_rate: bool) -> None:
    expected = await said(house.voice(), LINE)
    house.emulator.ignores_rate = ignores_rate
    service = VoiceService(house.service.access, stream_rate=24_000)
    voice = GoogleVoice(service, KORE)
    assert await voice.check() is None
    spoken = await said(voice, LINE)
    assert house.emulator.streams[-1].rate == 24_000
    assert seconds(spoken) == pytest.approx(seconds(expected), abs=0.03)
    assert hertz(spoken) == pytest.approx(hertz(expected), rel=0.02)
    await service.close()


async def test_test_connection_lists_the_voices_and_speaks_a_word(house: House) -> None:
    assert await house.voice().check() is None
    assert house.emulator.streams[0].texts == ["Hello. "]
    assert "en-US-Chirp3-HD-Zubenelgenubi" in await house.service.voices("en-US")
    problem = await house.voice("en-US-Neural2-Z").check()
    assert problem is not None and problem.kind is ProblemKind.UNKNOWN_VOICE
    house.emulator.faults.set(Fault("refuse", error="UNAUTHENTICATED"))
    problem = await house.voice().check()
    assert problem is not None and problem.kind is ProblemKind.WRONG_KEY


async def test_the_name_of_a_voice_tells_provider_voice_and_rate(house: House) -> None:
    assert house.voice("Kore", rate=1.1).voice == "google/en-US-Chirp3-HD-Kore/1.1"
    assert house.voice().for_call(lambda _: None).voice == house.voice().voice
