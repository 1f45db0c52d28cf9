"""Runs an NCCO on an answered call: the carrier's interpreter (vonage-voice.md, sections 4, 5.5 and 6.4)."""

from __future__ import annotations

import asyncio
import io
import uuid as uuids
import wave
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import httpx
import websockets

from engine.simulate.network.far_end import MediaLeg, Nobody, OtherPhone, Sound
from engine.simulate.network.herald import Body
from engine.simulate.network.ncco_reader import (
    JoinPhone,
    JoinSocket,
    NccoRefused,
    Notify,
    Pause,
    PlayFile,
    Say,
    StartRecording,
    Step,
    read_ncco,
)
from engine.simulate.network.phone import ring_result
from engine.speech.audio import RATE

if TYPE_CHECKING:
    from engine.simulate.network.call import LoopbackCall

CHARACTERS_A_SECOND: Final = 15
"""How fast the carrier's voice speaks; the network has none and stays silent for as long."""


async def fetch_steps(call: LoopbackCall) -> list[Step]:
    """Ask the application what to do now that the phone was answered. An error leaves nothing to do: the call ends."""
    order, exchange = call.order, call.exchange
    reply = await exchange.herald.fetch_ncco(
        order.answer_url,
        {
            "to": order.to,
            "from": order.from_number,
            "uuid": call.uuid,
            "conversation_uuid": call.conversation_uuid,
            "region_url": exchange.region_url,
            "endpoint_type": "phone",
        },
        method=order.answer_method,
        fallback_url=exchange.fallback_answer_url,
    )
    if not reply.ok:
        tell_error(call, f"The answer webhook failed: {reply.why}.")
        return []
    try:
        return read_ncco(reply.data)
    except NccoRefused as refused:
        tell_error(call, str(refused))
        return []


async def run_steps(call: LoopbackCall, steps: Sequence[Step]) -> None:
    """Run the steps in order; a webhook that answers with a new NCCO replaces all that is left."""
    left = deque(steps)
    while left:
        match left.popleft():
            case JoinSocket() as join:
                new = await _join_socket(call, join)
            case JoinPhone() as join:
                new = await _join_phone(call, join)
            case Say(text):
                call.said.append(text)
                await asyncio.sleep(len(text) / CHARACTERS_A_SECOND)
                new = None
            case StartRecording(event_url):
                call.recording_id, call.recording_event_url = str(uuids.uuid4()), event_url
                new = None
            case PlayFile(url):
                await _play(call, url)
                new = None
            case Notify(payload, event_url):
                reply = await call.courier.ask(
                    event_url, {"payload": payload, "conversation_uuid": call.conversation_uuid}
                )
                new = _read_reply(call, reply.data)
            case Pause(seconds):
                await asyncio.sleep(seconds)
                new = None
        if new is not None:
            left = deque(new)


def tell_error(call: LoopbackCall, reason: str) -> None:
    """The error event of the carrier: it has a reason and the conversation, nothing else."""
    call.errors.append(reason)
    call.courier.tell(call.order.event_url, {"reason": reason, "conversation_uuid": call.conversation_uuid})


async def _join_socket(call: LoopbackCall, join: JoinSocket) -> list[Step] | None:
    if not call.exchange.take_connect_slot():
        tell_error(call, "Too many calls a second: the connect action was not carried out.")
        return None
    leg = call.exchange.new_leg(call, join)
    call.media_legs.append(leg)
    url = join.event_url or call.order.event_url
    call.courier.tell(url, _leg_body(call, leg, "started"))
    call.courier.tell(url, _leg_body(call, leg, "ringing"))
    try:
        await leg.open()
    except (OSError, TimeoutError, websockets.WebSocketException, ValueError) as err:
        call.errors.append(f"The media socket could not be opened: {type(err).__name__}.")
        return await _ask(call, url, _leg_body(call, leg, "failed", detail="cannot_route"), join.synchronous)
    call.courier.tell(url, _leg_body(call, leg, "answered", start_time=None, rate=None, network=None))
    call.far_end = leg
    try:
        await leg.listen()
        call.far_end = Nobody()
        new = await _ask(call, url, _leg_body(call, leg, "disconnected"), join.synchronous)
    finally:
        # Also when the call ends or is transferred: then the leg just completes, without a `disconnected`.
        call.far_end = Nobody()
        call.courier.tell(url, _leg_body(call, leg, "completed", duration="0", rate="0", price="0"))
        await leg.close()
    return new


async def _join_phone(call: LoopbackCall, join: JoinPhone) -> list[Step] | None:
    """Put a second phone on the line until either hangs up."""
    url = join.event_url or call.order.event_url
    leg_uuid = str(uuids.uuid4())

    def body(status: str) -> Body:
        return {**call.body(status), "uuid": leg_uuid, "to": join.number}

    factory = call.exchange.factory_for(join.number)
    if factory is None or not call.exchange.take_connect_slot():
        return await _ask(call, url, {**body("failed"), "detail": "cannot_route"}, join.synchronous)
    phone = factory()
    call.courier.tell(url, body("started"))
    call.courier.tell(url, body("ringing"))
    seconds, status = ring_result(phone.ring(), join.ring_s)
    await asyncio.sleep(seconds)
    if status != "answered":
        phone.ended(status)
        return await _ask(call, url, body(status), join.synchronous)
    call.courier.tell(url, body("answered"))
    line = _SecondLine(call)
    life = asyncio.create_task(phone.on_call(line))
    call.far_end = OtherPhone(phone)
    try:
        await line.hung_up.wait()
    finally:
        call.far_end = Nobody()
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        phone.ended("completed")
        call.courier.tell(url, body("completed"))
    return None


class _SecondLine:
    """What the phone that a call was transferred to can do with it."""

    def __init__(self, call: LoopbackCall) -> None:
        self._call = call
        self.hung_up = asyncio.Event()

    @property
    def call_uuid(self) -> str:
        return self._call.uuid

    @property
    def caller(self) -> str:
        return self._call.from_number

    def press(self, digit: str, duration_ms: int = 260) -> None:
        return None

    def hang_up(self) -> None:
        self.hung_up.set()

    def drop_media(self) -> None:
        return None


async def _ask(call: LoopbackCall, url: str, body: Body, synchronous: bool) -> list[Step] | None:
    """Only the events of a synchronous connect may be answered with a new NCCO."""
    if not synchronous:
        call.courier.tell(url, body)
        return None
    reply = await call.courier.ask(url, body)
    return _read_reply(call, reply.data)


def _leg_body(call: LoopbackCall, leg: MediaLeg, status: str, **more: object) -> Body:
    return {
        **call.body(status, **more),
        "uuid": leg.uuid,
        "to": leg.step.uri,
        "headers": dict(leg.step.headers),
    }


async def _play(call: LoopbackCall, url: str) -> None:
    """Play a WAV file of the house format; the network decodes no other."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
            response = await client.get(url)
        with wave.open(io.BytesIO(response.raise_for_status().content)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            pcm = file.readframes(file.getnframes())
    except (httpx.HTTPError, wave.Error, EOFError) as err:
        return tell_error(call, f"The file to play could not be read: {type(err).__name__}.")
    if form != (1, 2, RATE):
        return tell_error(call, "This network plays mono 16-bit WAV files at 16 kHz only.")
    call.far_end = sound = Sound(pcm)
    try:
        await sound.done.wait()
    finally:
        call.far_end = Nobody()
    return None


def _read_reply(call: LoopbackCall, data: object) -> list[Step] | None:
    """The NCCO in a webhook's answer; None when it holds none, or one that the carrier refuses."""
    if not isinstance(data, list) or not data:
        return None
    try:
        return read_ncco(data)
    except NccoRefused as refused:
        tell_error(call, str(refused))
        return None
