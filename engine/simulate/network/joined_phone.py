"""A second phone that an NCCO's `connect` puts on the line: it rings, and once answered, talks till one hangs up."""

from __future__ import annotations

import asyncio
import io
import time
import uuid as uuids
import wave
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

import httpx

from engine.simulate.network.far_end import Nobody, OtherPhone, Sound
from engine.simulate.network.herald import Body
from engine.simulate.network.ncco_reader import JoinPhone, NccoRefused, Step
from engine.simulate.network.phone import Answers, Phone, ring_result
from engine.speech.audio import RATE

if TYPE_CHECKING:
    from engine.simulate.network.call import LoopbackCall

DETECTION_S: Final = 0.3
"""How long the pretended machine detection listens."""

Ask = Callable[[str, Body], Awaitable[list[Step] | None]]
"""Send an event and read the NCCO in its answer, if the connect was synchronous."""


class JoinedPhone:
    """A leg of its own: the application can hang it up by its uuid, but not send it elsewhere."""

    def __init__(self, call: LoopbackCall) -> None:
        self.uuid = str(uuids.uuid4())
        self.created = time.monotonic()
        self.hung_up = asyncio.Event()
        self.is_over = False
        self._call = call

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

    def transfer(self, steps: Sequence[Step]) -> None:
        raise NccoRefused("A phone that was joined by connect cannot be transferred on this network.")


async def join_phone(call: LoopbackCall, join: JoinPhone, ask: Ask) -> list[Step] | None:
    """Ring the phone while the caller hears the ring-back tone; then let the two talk. The NCCO to go on with, if the
    application has answered a failure with one."""
    url = join.event_url or call.order.event_url
    leg = JoinedPhone(call)

    def body(status: str, **more: object) -> Body:
        return {**call.body(status, **more), "uuid": leg.uuid, "to": join.number}

    factory = call.exchange.factory_for(join.number)
    if factory is None or not call.exchange.take_connect_slot():
        return await ask(url, body("failed", detail="cannot_route"))
    call.joined.append(leg)
    phone = factory()
    call.courier.tell(url, body("started"))
    call.courier.tell(url, body("ringing"))
    plan = phone.ring()
    seconds, status = ring_result(plan, join.ring_s)
    try:
        await _ring(call, join, leg, seconds)
    except asyncio.CancelledError:
        leg.is_over = True
        phone.ended("cancelled")
        call.courier.tell(url, body("cancelled"))
        call.courier.tell(url, body("completed"))
        raise
    if leg.hung_up.is_set():
        status = "cancelled"
    if status != "answered":
        leg.is_over = True
        phone.ended(status)
        details = {"rejected": "declined", "unanswered": "unavailable"}
        new = await ask(url, body(status, **({"detail": details[status]} if status in details else {})))
        if status != "rejected":
            call.courier.tell(url, body("completed"))
        return new
    call.courier.tell(url, body("answered"))
    await _talk(call, leg, phone, _detect(call, join, leg, plan, url, body) if join.detection else None)
    call.courier.tell(url, body("completed"))
    return None


async def _ring(call: LoopbackCall, join: JoinPhone, leg: JoinedPhone, seconds: float) -> None:
    """The caller hears silence unless the application has given a tone."""
    ringing = asyncio.ensure_future(asyncio.wait_for(leg.hung_up.wait(), seconds))
    try:
        if join.ringback_url:
            try:
                call.far_end = Sound(await read_wav(join.ringback_url), again=True)
            except ValueError as problem:
                call.errors.append(str(problem))
        await asyncio.wait({ringing})
    finally:
        call.far_end = Nobody()
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)


async def _talk(call: LoopbackCall, leg: JoinedPhone, phone: Phone, detect: Awaitable[None] | None) -> None:
    tasks = [asyncio.ensure_future(phone.on_call(leg))]
    if detect is not None:
        tasks.append(asyncio.ensure_future(detect))
    call.far_end = OtherPhone(phone)
    try:
        await leg.hung_up.wait()
    finally:
        leg.is_over = True
        call.far_end = Nobody()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        phone.ended("completed")


async def _detect(
    call: LoopbackCall, join: JoinPhone, leg: JoinedPhone, plan: object, url: str, body: Callable[..., Body]
) -> None:
    machine = isinstance(plan, Answers) and plan.machine
    await asyncio.sleep(DETECTION_S)
    event = dict(body("machine" if machine else "human"))
    event.pop("direction")
    call.courier.tell(url, {"call_uuid": event.pop("uuid"), **event})
    if machine and join.detection == "hangup":
        leg.hang_up()


async def read_wav(url: str) -> bytes:
    """The sound of a WAV file in the house's format; the network decodes no other. Raises `ValueError`."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
            response = await client.get(url)
        with wave.open(io.BytesIO(response.raise_for_status().content)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            pcm: bytes = file.readframes(file.getnframes())
    except (httpx.HTTPError, wave.Error, EOFError) as err:
        raise ValueError(f"The file to play could not be read: {type(err).__name__}.") from None
    if form != (1, 2, RATE):
        raise ValueError("This network plays mono 16-bit WAV files at 16 kHz only.")
    return pcm
