"""Runs an NCCO on an answered call: the carrier's interpreter (vonage-voice.md, sections 4, 5.5 and 6.4)."""

from __future__ import annotations

import asyncio
import uuid as uuids
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import websockets

from engine.simulate.network.far_end import MediaLeg, Nobody, Sound
from engine.simulate.network.herald import Body
from engine.simulate.network.joined_phone import join_phone, read_wav
from engine.simulate.network.keypad import Keypad
from engine.simulate.network.ncco_reader import (
    AskKeys,
    JoinPhone,
    JoinSocket,
    Meet,
    NccoRefused,
    Notify,
    Pause,
    PlayFile,
    Say,
    StartRecording,
    Step,
    read_ncco,
)

if TYPE_CHECKING:
    from engine.simulate.network.call import LoopbackCall

PROPERLY_CLOSED: Final = frozenset({1000, 1001, 1008, 1011})
"""Close codes that the application itself sent."""

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
                new = await join_phone(call, join, lambda url, body: _ask(call, url, body, join.synchronous))
            case Say(text, barge_in):
                call.said.append(text)
                # What is pressed into this sentence counts for the `AskKeys` behind it, and cuts it off.
                call.keypad = Keypad() if barge_in else None
                await _until_key(call.keypad, len(text) / CHARACTERS_A_SECOND)
                new = None
            case AskKeys() as ask:
                new = await _ask_keys(call, ask)
            case Meet() as meet:
                await _meet(call, meet)
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
    new: list[Step] | None = None
    try:
        await leg.listen()
        call.far_end = Nobody()
        # A socket whose other side just vanished was not closed by the application: whether that is told is not
        # documented (section 5.5), so both can be had.
        if leg.close_code in PROPERLY_CLOSED or call.exchange.tells_of_drops:
            new = await _ask(call, url, _leg_body(call, leg, "disconnected"), join.synchronous)
    finally:
        # Also when the call ends or is transferred: then the leg just completes, without a `disconnected`.
        call.far_end = Nobody()
        call.courier.tell(url, _leg_body(call, leg, "completed", duration="0", rate="0", price="0"))
        await leg.close()
    return new


async def _until_key(keypad: Keypad | None, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await (keypad or Keypad()).pressed.wait()
    except TimeoutError:
        return


async def _ask_keys(call: LoopbackCall, ask: AskKeys) -> list[Step] | None:
    keypad = call.keypad = call.keypad or Keypad()
    try:
        digits = await keypad.collect(ask.most, ask.timeout_s, until_hash=ask.until_hash)
    finally:
        call.keypad = None
    body = {key: value for key, value in call.body("").items() if key not in ("status", "direction")}
    result = {"digits": digits, "timed_out": not digits}
    return _read_reply(
        call, (await call.courier.ask(ask.event_url or call.order.event_url, {**body, "dtmf": result})).data
    )


async def _meet(call: LoopbackCall, meet: Meet) -> None:
    rooms = call.exchange.rooms
    member = rooms.enter(meet.name, starts=meet.starts, ends=meet.ends, mute=meet.mute)
    call.far_end = member
    try:
        await member.closed.wait()
    finally:
        call.far_end = Nobody()
        rooms.leave(meet.name, member)


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
    try:
        pcm = await read_wav(url)
    except ValueError as problem:
        return tell_error(call, str(problem))
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
