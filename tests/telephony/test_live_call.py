"""Whole calls: the production client and media socket against the loopback network, audio in real time."""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import replace

import httpx
import jwt
import numpy as np
import pytest

from engine.simulate.network import (
    BusyPhone,
    Line,
    LoopbackCall,
    LoopbackNetwork,
    MachinePhone,
    NoAnswerPhone,
    PhoneFactory,
    RejectingPhone,
    Ring,
    SilentPhone,
    ToneOrFilePhone,
    WebhookFaults,
)
from engine.speech.audio import SILENCE
from engine.telephony.client import MachineDetection, PlaceCall, VonageClient
from engine.telephony.events import LegStatus, NccoError, RecordingReady
from engine.telephony.media import Cleared, Closed, Connected, Dtmf, FrameIn, MediaEvent, MediaSocket, Played
from engine.telephony.ncco import ConnectPhone, Ncco, Record, say_and_end
from engine.telephony.progress import OtherPhone, Progress
from engine.telephony.webhooks import Fault, Genuine, WebhookKeys
from tests.support.carrier_app import FROM, CarrierApp, running

LEAD = "+447700900001"
COLLEAGUE = "+447700900009"
TONE = (8000 * np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000)).astype("<i2").tobytes()
VOICE = TONE[:640]


async def echo(media: MediaSocket) -> None:
    await media.hello()
    async for event in media.events():
        if isinstance(event, FrameIn):
            await media.send_frame(event.pcm)


async def listen_only(media: MediaSocket) -> None:
    await media.hello()
    async for _ in media.events():
        pass


class Stage:
    """The network, the client and an application, ready for calls to the lead."""

    def __init__(self, network: LoopbackNetwork, client: VonageClient, keys: WebhookKeys) -> None:
        self.network = network
        self.client = client
        self.app = CarrierApp(keys, talk=listen_only)

    async def call(self, phone: PhoneFactory, **order: object) -> LoopbackCall:
        self.network.register(LEAD, phone)
        default = PlaceCall(LEAD, FROM, self.app.answer_url, self.app.event_url, ringing_timer_s=5)
        placed = await self.client.create_call(replace(default, **order))  # type: ignore[arg-type]
        call = self.network.call(placed.uuid)
        assert call is not None
        return call

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for a webhook after which `met` holds."""
        async with asyncio.timeout(5):
            while not met():
                self.app.news.clear()
                await self.app.news.wait()


@pytest.fixture
def stage(network: LoopbackNetwork, client: VonageClient, keys: WebhookKeys) -> Stage:
    return Stage(network, client, keys)


def loud(samples: np.ndarray) -> np.ndarray:
    """Which 20 ms frames are audible."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    audible: np.ndarray = np.abs(frames).max(axis=1) > 500
    return audible


async def test_what_the_caller_says_reaches_us_and_what_we_say_reaches_the_caller(stage: Stage) -> None:
    stage.app.talk = echo
    async with running(stage.app):
        call = await stage.call(lambda: ToneOrFilePhone(TONE[:6400], start_after_s=0.5, hang_up_after_s=1.2))
        assert await call.ended() == "completed"
    assert call.tape is not None
    spoken, heard = loud(call.tape.left), loud(call.tape.right)
    assert spoken.sum() == heard.sum() == 10
    assert 0 < heard.argmax() - spoken.argmax() <= 8  # frames there and back, generous for a busy machine
    assert not (stage.app.refusals or stage.network.violations or call.errors)
    assert isinstance(stage.app.handshakes[0], Genuine)


async def test_the_tape_is_as_long_as_the_call_was(stage: Stage) -> None:
    async with running(stage.app):
        call = await stage.call(lambda: SilentPhone(hang_up_after_s=1.5))
        await call.answered()
        assert call.tape is not None
        await call.over
        wall = time.monotonic() - call.tape.started
        await call.ended()
    assert call.tape.duration_s == pytest.approx(wall, abs=0.06)
    assert len(call.tape.left) == len(call.tape.right)


async def test_a_network_that_delivers_in_fits_and_starts_loses_nothing_and_stretches_nothing(
    stage: Stage,
) -> None:
    arrived: list[bytes] = []

    async def collect(media: MediaSocket) -> None:
        await media.hello()
        arrived.extend([event.pcm async for event in media.events() if isinstance(event, FrameIn)])

    stage.app.talk = collect
    stage.network.jitter_frames = 5
    async with running(stage.app):
        call = await stage.call(lambda: ToneOrFilePhone(TONE[:19200], start_after_s=0.5, hang_up_after_s=1.5))
        await call.ended()
    assert call.tape is not None
    assert b"".join(frame for frame in arrived if any(frame)) == TONE[:19200]
    assert call.tape.duration_s == pytest.approx(1.5, abs=0.06)


async def test_clear_silences_the_caller_within_two_frames(stage: Stage) -> None:
    cleared: list[tuple[float, float]] = []

    async def interrupted(media: MediaSocket) -> None:
        await media.hello()
        for _ in range(200):
            await media.send_frame(VOICE)
        heard = 0
        async for event in media.events():
            heard += isinstance(event, FrameIn)
            if heard == 20 and not cleared:
                sent = time.monotonic()
                await media.clear(1)
                cleared.append((sent, 0.0))
            if isinstance(event, Cleared):
                assert event.generation == 1
                cleared[0] = (cleared[0][0], time.monotonic())

    stage.app.talk = interrupted
    async with running(stage.app):
        call = await stage.call(lambda: SilentPhone(hang_up_after_s=1.0))
        await call.ended()
    assert call.tape is not None
    sent, answered = cleared[0]
    silent_since = call.tape.started + (np.flatnonzero(loud(call.tape.right))[-1] + 1) * 0.02
    assert silent_since - sent <= 0.04
    assert answered - sent <= 0.1
    assert call.media is not None
    assert call.media.playout.cleared > 100


async def test_a_mark_comes_back_when_the_audio_before_it_was_heard(stage: Stage) -> None:
    played: list[tuple[MediaEvent, float]] = []

    async def say_and_wait(media: MediaSocket) -> None:
        await media.hello()
        for clause in (1, 2):
            for _ in range(10):
                await media.send_frame(VOICE)
            await media.notify({"generation": 1, "clause": clause})
        played.extend([(event, time.monotonic()) async for event in media.events() if isinstance(event, Played)])

    stage.app.talk = say_and_wait
    async with running(stage.app):
        call = await stage.call(lambda: SilentPhone(hang_up_after_s=0.8))
        await call.ended()
    assert [event for event, _ in played] == [Played({"generation": 1, "clause": n}) for n in (1, 2)]
    assert call.tape is not None
    first_heard = call.tape.started + loud(call.tape.right).argmax() * 0.02
    assert [at - first_heard for _, at in played] == [
        pytest.approx(0.2, abs=0.06),
        pytest.approx(0.4, abs=0.06),
    ]


async def test_keys_that_are_pressed_arrive_in_order(stage: Stage) -> None:
    keys: list[str] = []

    async def note_keys(media: MediaSocket) -> None:
        await media.hello()
        keys.extend([event.digit async for event in media.events() if isinstance(event, Dtmf)])

    class Presser(SilentPhone):
        async def on_call(self, line: Line) -> None:
            await asyncio.sleep(0.3)
            for digit in "42#":
                line.press(digit)
            await asyncio.sleep(0.2)
            line.hang_up()

    stage.app.talk = note_keys
    async with running(stage.app):
        await (await stage.call(Presser)).ended()
    assert keys == ["4", "2", "#"]


async def test_our_hang_up_ends_both_legs_and_raises_no_disconnected(stage: Stage) -> None:
    ends: list[MediaEvent] = []

    async def note_end(media: MediaSocket) -> None:
        assert isinstance(await media.hello(), Connected)
        ends.extend([event async for event in media.events() if isinstance(event, Closed)])

    stage.app.talk = note_end
    async with running(stage.app):
        call = await stage.call(SilentPhone)
        await stage.until(lambda: "answered" in stage.app.statuses("websocket"))
        await stage.client.hang_up(call.uuid)
        assert await call.ended() == "completed"
        await stage.client.hang_up(call.uuid)
    assert ends == [Closed(1000)]
    assert stage.app.statuses("websocket") == ["started", "ringing", "answered", "completed"]
    assert stage.app.statuses() == ["started", "ringing", "answered", "completed"]


async def test_both_sides_hanging_up_at_once_end_the_call_once(stage: Stage) -> None:
    async with running(stage.app):
        call = await stage.call(SilentPhone)
        await call.answered()
        call.hang_up()
        await asyncio.gather(*(stage.client.hang_up(call.uuid) for _ in range(3)))
        await call.ended()
    assert stage.app.statuses().count("completed") == 1


@pytest.mark.parametrize(
    ("phone", "told", "outcome"),
    [
        (BusyPhone, ["started", "ringing", "busy", "completed"], "busy"),
        (RejectingPhone, ["started", "ringing", "rejected"], "rejected"),
        (NoAnswerPhone, ["started", "ringing", "timeout", "completed"], "timeout"),
        (
            lambda: NoAnswerPhone(gives_up_after_s=0.2),
            ["started", "ringing", "unanswered", "completed"],
            "unanswered",
        ),
    ],
)
async def test_a_phone_that_is_not_answered(stage: Stage, phone: PhoneFactory, told: list[str], outcome: str) -> None:
    async with running(stage.app):
        call = await stage.call(phone, ringing_timer_s=1)
        assert await call.ended() == outcome
    assert stage.app.statuses() == told
    progress = Progress(call.uuid)
    for event in stage.app.events:
        assert isinstance(event, LegStatus)
        progress, _ = progress.receive(event)
    assert progress.outcome == outcome
    assert call.tape is None
    assert await stage.client.look_up(call.uuid) == outcome


async def test_a_number_out_of_service_fails(stage: Stage) -> None:
    async with running(stage.app):
        call = await stage.call(SilentPhone, to="+447700900404")
        assert await call.ended() == "failed"
    [failed] = [e for e in stage.app.events if isinstance(e, LegStatus) and e.status == "failed"]
    assert failed.detail == "number_out_of_service"


async def test_a_socket_we_close_leaves_the_call_to_the_ncco_we_answer_with(stage: Stage) -> None:
    async def leave(media: MediaSocket) -> None:
        await media.hello()
        await media.close()

    stage.app.talk = leave
    stage.app.reply_to = {"disconnected": say_and_end("Goodbye.")}
    async with running(stage.app):
        call = await stage.call(SilentPhone)
        assert await call.ended() == "completed"
    assert call.said == ["Goodbye."]
    assert "disconnected" in stage.app.statuses("websocket")


async def test_a_call_is_handed_to_a_colleague_who_can_be_heard(stage: Stage) -> None:
    async def hand_over(media: MediaSocket) -> None:
        await media.hello()
        await media.close()

    stage.app.talk = hand_over
    stage.network.register(COLLEAGUE, lambda: ToneOrFilePhone(TONE[:12800], hang_up_after_s=0.6))
    async with running(stage.app):
        stage.app.reply_to = {"disconnected": Ncco((ConnectPhone(COLLEAGUE, FROM, stage.app.event_url),))}
        call = await stage.call(SilentPhone)
        assert await call.ended() == "completed"
    assert call.tape is not None
    assert loud(call.tape.right).sum() == 20


async def test_a_transfer_takes_us_off_the_line_without_a_disconnected(stage: Stage) -> None:
    stage.network.register(COLLEAGUE, lambda: ToneOrFilePhone(TONE[:12800], hang_up_after_s=0.6))
    async with running(stage.app):
        call = await stage.call(SilentPhone)
        await stage.until(lambda: "answered" in stage.app.statuses("websocket"))
        await stage.client.transfer(call.uuid, Ncco((ConnectPhone(COLLEAGUE, FROM, stage.app.event_url),)))
        assert await call.ended() == "completed"
    assert stage.app.statuses("websocket") == ["started", "ringing", "answered", "completed"]
    assert call.tape is not None
    assert loud(call.tape.right).sum() == 20
    progress, steps = Progress(call.uuid), []
    for event in stage.app.events:
        assert isinstance(event, LegStatus)
        progress, new = progress.receive(event)
        steps += [step.status for step in new if isinstance(step, OtherPhone)]
    assert steps == ["started", "ringing", "answered", "completed"]
    assert progress.outcome == "completed"


async def test_a_colleague_who_is_busy_gives_the_caller_back_to_us(stage: Stage) -> None:
    stage.network.register(COLLEAGUE, BusyPhone)
    async with running(stage.app):
        stage.app.reply_to = {"busy": stage.app.socket_ncco()}
        call = await stage.call(SilentPhone)
        await stage.until(lambda: "answered" in stage.app.statuses("websocket"))
        await stage.client.transfer(call.uuid, Ncco((ConnectPhone(COLLEAGUE, FROM, stage.app.event_url),)))
        await stage.until(lambda: stage.app.statuses("websocket").count("answered") == 2)
        call.hang_up()
        await call.ended()
    assert len(call.media_legs) == 2


async def test_a_socket_cut_off_by_the_network_is_joined_again(stage: Stage) -> None:
    ends: list[MediaEvent] = []

    async def stay(media: MediaSocket) -> None:
        await media.hello()
        ends.extend([event async for event in media.events() if isinstance(event, Closed)])

    class Cutter(SilentPhone):
        async def on_call(self, line: Line) -> None:
            await asyncio.sleep(0.3)
            line.drop_media()
            await asyncio.sleep(0.5)
            line.hang_up()

    stage.app.talk = stay
    async with running(stage.app):
        stage.app.reply_to = {"disconnected": stage.app.socket_ncco()}
        call = await stage.call(Cutter)
        await call.ended()
    assert len(call.media_legs) == 2
    cut_off, hung_up = [end.code for end in ends if isinstance(end, Closed)]
    assert cut_off != 1000  # 1005 or 1006, as the server library likes
    assert hung_up == 1000


async def test_audio_that_is_not_cut_into_frames_is_refused_and_noted(stage: Stage) -> None:
    async def careless(media: MediaSocket) -> None:
        await media.hello()
        with pytest.raises(ValueError, match="640 bytes"):
            await media.send_frame(b"\x01" * 641)
        await media._socket.send_bytes(b"\x01" * 641)
        await media._socket.send_text('{"action":"dance"}')
        async for _ in media.events():
            pass

    stage.app.talk = careless
    async with running(stage.app):
        call = await stage.call(lambda: SilentPhone(hang_up_after_s=0.5))
        await call.ended()
    assert [violation.rule for violation in stage.network.violations] == ["frame-size", "unknown-action"]
    assert call.tape is not None
    assert not call.tape.right.any()


async def test_more_than_a_minute_of_audio_overflows_the_carriers_queue(stage: Stage) -> None:
    async def flood(media: MediaSocket) -> None:
        await media.hello()
        for _ in range(3072 + 200):
            await media.send_frame(SILENCE)
        async for _ in media.events():
            pass

    stage.app.talk = flood
    async with running(stage.app):
        call = await stage.call(lambda: SilentPhone(hang_up_after_s=1.0))
        await call.ended()
    assert {violation.rule for violation in stage.network.violations} == {"queue-full"}


async def test_webhooks_swapped_and_repeated_lead_to_the_same_end(stage: Stage) -> None:
    stage.network.faults = WebhookFaults(
        swap_started=True, duplicate=frozenset({"answered", "completed"}), drop=frozenset({"ringing"})
    )
    async with running(stage.app):
        await (await stage.call(lambda: SilentPhone(hang_up_after_s=0.2))).ended()
    assert stage.app.statuses() == ["started", "answered", "answered", "completed", "completed"]
    progress = Progress()
    for event in stage.app.events:
        assert isinstance(event, LegStatus)
        progress, _ = progress.receive(event)
    assert progress.outcome == "completed"


async def test_started_can_come_after_ringing(stage: Stage) -> None:
    stage.network.faults = WebhookFaults(swap_started=True)
    async with running(stage.app):
        await (await stage.call(BusyPhone)).ended()
    assert stage.app.statuses()[:2] == ["ringing", "started"]


async def test_unsigned_webhooks_are_refused_and_the_call_comes_to_nothing(stage: Stage) -> None:
    stage.network.faults = WebhookFaults(unsigned=True)
    async with running(stage.app):
        call = await stage.call(SilentPhone)
        await call.ended()
    assert stage.app.events == []
    assert {refusal.fault for refusal in stage.app.refusals} == {Fault.UNSIGNED}
    assert call.media_legs == []


async def test_an_answer_webhook_that_fails_once_is_asked_again(stage: Stage) -> None:
    stage.app.answer_failures = 1
    async with running(stage.app):
        call = await stage.call(lambda: SilentPhone(hang_up_after_s=0.3))
        await call.ended()
    assert stage.app.answers == 2
    assert len(call.media_legs) == 1


async def test_the_fallback_address_is_asked_when_the_answer_webhook_is_down(stage: Stage) -> None:
    stage.app.ncco = say_and_end("Bye")
    async with running(stage.app):
        stage.network.fallback_answer_url = stage.app.answer_url
        call = await stage.call(SilentPhone, answer_url="http://127.0.0.1:9/answer")
        await call.ended()
    assert call.said == ["Bye"]


async def test_an_ncco_that_the_carrier_does_not_know_ends_the_call_with_an_error_event(stage: Stage) -> None:
    stage.app.raw_ncco = b'[{"action":"dance"}]'
    async with running(stage.app):
        assert await (await stage.call(SilentPhone)).ended() == "completed"
    [error] = [event for event in stage.app.events if isinstance(event, NccoError)]
    assert "dance" in error.reason


@pytest.mark.parametrize("network", [1.0], indirect=True)
async def test_a_connect_beyond_the_carriers_calls_a_second_is_told_as_an_error(stage: Stage) -> None:
    async with running(stage.app):
        call = await stage.call(SilentPhone)
        assert await call.ended() == "completed"
    [error] = [event for event in stage.app.events if isinstance(event, NccoError)]
    assert "Too many calls a second" in error.reason


async def test_a_media_socket_that_cannot_be_reached_is_told_to_us(stage: Stage) -> None:
    async with running(stage.app):
        stage.app.raw_ncco = stage.app.socket_ncco().body().replace(b"/media", b"/nowhere")
        stage.app.reply_to = {"failed": say_and_end("Sorry.")}
        call = await stage.call(SilentPhone)
        await call.ended()
    assert stage.app.statuses("websocket") == ["started", "ringing", "failed"]
    assert call.said == ["Sorry."]


async def test_a_voicemail_is_detected_and_its_beep_told(stage: Stage) -> None:
    async with running(stage.app):
        call = await stage.call(MachinePhone, machine_detection=MachineDetection())
        await stage.until(lambda: len(stage.app.statuses("unknown") + stage.app.statuses()) >= 5)
        call.hang_up()
        await call.ended()
    progress = Progress()
    for event in stage.app.events:
        assert isinstance(event, LegStatus)
        progress, _ = progress.receive(event)
    assert progress.answerer == "machine"
    assert progress.beeps == {"beep_start"}


async def test_a_call_is_cut_off_by_its_length_timer(stage: Stage) -> None:
    async with running(stage.app):
        call = await stage.call(SilentPhone, length_timer_s=1)
        assert await call.ended() == "completed"
    assert call.tape is not None
    assert call.tape.duration_s == pytest.approx(1.0, abs=0.1)


async def test_a_phone_that_breaks_ends_its_call_and_no_other(stage: Stage) -> None:
    class Broken(SilentPhone):
        def next_frame(self) -> bytes:
            return b"too short"

    async with running(stage.app):
        broken = await stage.call(Broken)
        well = await stage.call(lambda: SilentPhone(hang_up_after_s=0.4))
        assert [await broken.ended(), await well.ended()] == ["completed", "completed"]
    assert "a frame is 640" in broken.errors[0]
    assert well.errors == []


async def test_a_phone_that_cannot_even_ring_fails_its_call(stage: Stage) -> None:
    class Dead(SilentPhone):
        def ring(self) -> Ring:
            raise OSError("no battery")

    async with running(stage.app):
        call = await stage.call(Dead)
        assert await call.ended() == "failed"
        await stage.client.hang_up(call.uuid)
    assert stage.app.statuses() == ["started", "ringing", "failed", "completed"]
    assert call.errors == ["OSError: no battery"]


async def test_the_carriers_recording_is_given_to_the_application_only(stage: Stage) -> None:
    async with running(stage.app):
        stage.app.ncco = Ncco((Record(stage.app.event_url), *stage.app.socket_ncco().actions))
        call = await stage.call(lambda: ToneOrFilePhone(TONE, hang_up_after_s=0.5))
        await call.ended()
        [ready] = [event for event in stage.app.events if isinstance(event, RecordingReady)]
        trust = ssl.create_default_context(cafile=str(stage.network.ca_file))
        async with httpx.AsyncClient(verify=trust) as http:
            refused = await http.get(ready.url)
            forged = jwt.encode({"application_id": stage.network.application_id}, "x" * 32, algorithm="HS256")
            mistrusted = await http.get(ready.url, headers={"Authorization": f"Bearer {forged}"})
            voice = stage.client._voice(stage.network.api_host)
            header = voice.http_client.auth.create_jwt_auth_string().decode()
            given = await http.get(ready.url, headers={"Authorization": header})
    assert (refused.status_code, mistrusted.status_code, given.status_code) == (401, 401, 200)
    assert call.tape is not None
    assert given.content == call.tape.wav()
    assert ready.size == len(given.content)
