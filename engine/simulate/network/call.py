"""One call on the loopback network, from the order to the last webhook.

Three tasks while the parties talk: the pace (20 ms of audio each way on an absolute clock), the script (the NCCO),
and whatever the phone does by itself. The first end wins: script over, someone hangs up, or the length timer.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid as uuids
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, Protocol

from engine.simulate.network.far_end import FarEnd, MediaLeg, Nobody
from engine.simulate.network.herald import Body, Courier, Herald
from engine.simulate.network.joined_phone import JoinedPhone
from engine.simulate.network.keypad import Keypad
from engine.simulate.network.ncco_reader import JoinSocket, Step
from engine.simulate.network.phone import Answers, Phone, PhoneFactory, Ring, ring_result
from engine.simulate.network.playout import Breach
from engine.simulate.network.room import Rooms
from engine.simulate.network.script import fetch_steps, run_steps
from engine.simulate.network.tape import CallTape
from engine.speech.audio import FRAME_BYTES, FRAME_S

log = logging.getLogger(__name__)


class Detection(StrEnum):
    """What the application wants done about answering machines."""

    OFF = ""
    CONTINUE = "continue"
    HANG_UP = "hangup"


@dataclass(frozen=True, slots=True)
class CallOrder:
    """A checked `POST /v1/calls`, or a call that comes in. Numbers are the carrier's digits."""

    to: str
    from_number: str
    ncco: tuple[Step, ...] | None
    answer_url: str
    answer_method: str
    event_url: str
    ringing_timer_s: float
    length_timer_s: float
    detection: Detection = Detection.OFF
    hears_beeps: bool = False
    beep_timeout_s: float = 45.0
    direction: Literal["outbound", "inbound"] = "outbound"


@dataclass(frozen=True, slots=True)
class Violation:
    """The application broke the carrier's rules on a call."""

    call_uuid: str
    rule: str
    detail: str


@dataclass(slots=True)
class CallStats:
    """How well the network itself kept time: `lateness_ms` has one entry for each 20 ms tick."""

    ticks: int = 0
    lateness_ms: list[float] = field(default_factory=list)


class Exchange(Protocol):
    """What a call needs of the network it is on."""

    @property
    def herald(self) -> Herald: ...

    @property
    def fallback_answer_url(self) -> str: ...

    @property
    def region_url(self) -> str: ...

    @property
    def tells_of_drops(self) -> bool: ...

    def factory_for(self, number: str) -> PhoneFactory | None: ...

    @property
    def rooms(self) -> Rooms: ...

    def take_connect_slot(self) -> bool:
        """Whether one more `connect` fits into this second's allowance."""
        ...

    def new_leg(self, call: LoopbackCall, step: JoinSocket) -> MediaLeg: ...

    def report(self, violation: Violation) -> None: ...


class LoopbackCall:
    """One call. `phone`: that of a caller who dials in; else the dialled one is made when it rings.

    `status` is the carrier's; `statuses` all that the phone leg went through."""

    def __init__(self, order: CallOrder, exchange: Exchange, phone: Phone | None = None) -> None:
        self.order = order
        self.uuid = str(uuids.uuid4())
        self.conversation_uuid = f"CON-{uuids.uuid4()}"
        self.created = time.monotonic()
        self.status = "started"
        self.statuses: list[str] = []
        self.tape: CallTape | None = None
        self.media_legs: list[MediaLeg] = []
        self.joined: list[JoinedPhone] = []
        self.keypad: Keypad | None = None
        self.said: list[str] = []
        self.errors: list[str] = []
        self.recording_id = ""
        self.recording_event_url = ""
        self.stats = CallStats()
        self.answered_wall: datetime | None = None
        self.ended_wall: datetime | None = None
        self.phone = phone
        self.far_end: FarEnd = Nobody()
        self.exchange = exchange
        self.courier = Courier(exchange.herald, self.errors.append)
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._done = asyncio.Event()
        self._answered = asyncio.Event()
        self._script: asyncio.Task[None] | None = None
        self._transfer: Sequence[Step] | None = None
        self._ring_plan: Ring | None = None

    @property
    def to(self) -> str:
        return f"+{self.order.to}"

    @property
    def from_number(self) -> str:
        return f"+{self.order.from_number}"

    # What a phone sees of its call (`Line`).

    @property
    def call_uuid(self) -> str:
        return self.uuid

    @property
    def caller(self) -> str:
        return self.from_number

    def press(self, digit: str, duration_ms: int = 260) -> None:
        if isinstance(self.far_end, MediaLeg):
            self.far_end.press(digit, duration_ms)
        elif self.keypad is not None:
            self.keypad.press(digit)

    def hang_up(self) -> None:
        """End the call, from either side."""
        if not self.over.done():
            self.over.set_result("completed" if self._answered.is_set() else "cancelled")

    def drop_media(self) -> None:
        if isinstance(self.far_end, MediaLeg):
            self.far_end.drop()

    # What tests and the REST side see.

    @property
    def is_over(self) -> bool:
        return self.over.done() or self._done.is_set()

    @property
    def media(self) -> MediaLeg | None:
        """The latest media leg."""
        return self.media_legs[-1] if self.media_legs else None

    async def answered(self) -> None:
        await self._answered.wait()

    async def ended(self) -> str:
        """Wait until the call is over and its last webhook is delivered; the final status."""
        await self._done.wait()
        return self.status

    def transfer(self, steps: Sequence[Step]) -> None:
        """Leave the running NCCO for another one."""
        if self._script is not None:
            self._transfer = steps
            self._script.cancel()

    def report(self, breach: Breach) -> None:
        self.exchange.report(Violation(self.uuid, breach.rule, breach.detail))

    def tell(self, status: str, **more: object) -> None:
        """The phone leg has reached `status`: tell the application."""
        self.status = status if status not in {"human", "machine"} else self.status
        self.statuses.append(status)
        self.courier.tell(self.order.event_url, self.body(status, **more))

    def body(self, status: str, **more: object) -> Body:
        return {
            "from": self.order.from_number,
            "to": self.order.to,
            "uuid": self.uuid,
            "conversation_uuid": self.conversation_uuid,
            "status": status,
            "direction": self.order.direction,
            **more,
        }

    async def run(self) -> None:
        """The whole life of the call. Never raises but for cancellation; what broke is in `errors`."""
        try:
            try:
                end = await self._ring()
                if end == "answered":
                    end = await self._talk()
            except Exception as err:
                self._note(err)
                end = "failed"
            self._close_book(end)
            await self.courier.finish()
        finally:
            await self.courier.cancel()
            self._done.set()

    async def _ring(self) -> str:
        self.tell("started")
        if self.phone is not None:  # it dials in: the application answers
            self.tell("ringing")
            return "answered"
        factory = self.exchange.factory_for(self.order.to)
        if factory is None:
            return "failed"
        self.phone = phone = factory()
        self.tell("ringing")
        self._ring_plan = phone.ring()
        seconds, status = ring_result(self._ring_plan, self.order.ringing_timer_s)
        done, _ = await asyncio.wait({self.over}, timeout=seconds)
        return self.over.result() if done else status

    async def _talk(self) -> str:
        phone = self.phone
        assert phone is not None
        self.tape = CallTape(time.monotonic())
        self.answered_wall = datetime.now(UTC)
        self._answered.set()
        self.tell("answered", start_time=None, rate=None, network=None)
        pace = asyncio.create_task(self._pace(phone, self.tape))
        own_life = asyncio.create_task(phone.on_call(self))
        watch: list[asyncio.Task[None]] = [pace, own_life]
        if self.order.detection:
            watch.append(asyncio.create_task(self._detect()))
        for task in watch:
            task.add_done_callback(self._note_failure)
        self._script = asyncio.create_task(self._run_scripts())
        self._script.add_done_callback(self._note_failure)
        ends: set[asyncio.Future[str] | asyncio.Task[None]] = {self.over, self._script}
        await asyncio.wait(ends, timeout=self.order.length_timer_s, return_when=asyncio.FIRST_COMPLETED)
        self.hang_up()
        tasks = [*watch, self._script]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return self.over.result()

    def _note_failure(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (err := task.exception()) is not None:
            self._note(err)
            self.hang_up()

    def _note(self, err: BaseException) -> None:
        log.error("A simulated call broke.", exc_info=err)
        self.errors.append(f"{type(err).__name__}: {err}")

    async def _pace(self, phone: Phone, tape: CallTape) -> None:
        """Audio both ways, 50 times a second, on deadlines counted from the answer, so that nothing drifts."""
        while True:
            wait = tape.started + self.stats.ticks * FRAME_S - time.monotonic()
            # When late: catch up tick by tick, but let the others run in between.
            await asyncio.sleep(max(0.0, wait))
            self.stats.lateness_ms.append(max(0.0, time.monotonic() - tape.started - self.stats.ticks * FRAME_S) * 1000)
            self.stats.ticks += 1
            spoken = phone.next_frame()
            if len(spoken) != FRAME_BYTES:
                raise ValueError(f"The phone gave a frame of {len(spoken)} bytes; a frame is {FRAME_BYTES}.")
            heard = await self.far_end.tick(spoken)
            phone.heard(heard)
            tape.add(spoken, heard)

    async def _detect(self) -> None:
        ring = self._ring_plan
        if not isinstance(ring, Answers):
            return
        await asyncio.sleep(ring.detect_after_s)
        self._tell_detected(ring.taken_for)
        if ring.taken_for == "machine" and self.order.detection is Detection.HANG_UP:
            self.hang_up()
            return
        # The beep is heard whoever was taken for what; only the advanced detection listens for it.
        if not self.order.hears_beeps:
            return
        if ring.machine and ring.beep_after_s is not None:
            await asyncio.sleep(max(0.0, ring.beep_after_s - ring.detect_after_s))
            self._tell_detected("machine", sub_state="beep_start")
        elif ring.taken_for == "machine":
            await asyncio.sleep(self.order.beep_timeout_s)
            self._tell_detected("machine", sub_state="beep_timeout")

    def _tell_detected(self, status: str, **more: object) -> None:
        """Detection events name the call by another key, and have no direction (vonage-voice.md, section 6.2)."""
        self.statuses.append(status)
        body = {key: value for key, value in self.body(status, **more).items() if key != "direction"}
        self.courier.tell(self.order.event_url, {"call_uuid": body.pop("uuid"), **body})

    async def _run_scripts(self) -> None:
        steps: Sequence[Step] | None = self.order.ncco
        while True:
            current = asyncio.current_task()
            try:
                return await run_steps(self, await fetch_steps(self) if steps is None else steps)
            except asyncio.CancelledError:
                if self._transfer is None or self.is_over or current is None:
                    raise
                current.uncancel()
                steps, self._transfer = self._transfer, None

    def _close_book(self, end: str) -> None:
        if not self.over.done():
            self.over.set_result(end)
        self.ended_wall = datetime.now(UTC)
        details = {
            "rejected": "declined",
            "unanswered": "unavailable",
            "failed": "number_out_of_service" if self.phone is None else "internal_error",
        }
        if end != "completed":
            self.tell(end, **({"detail": details[end]} if end in details else {}))
        if end != "rejected":
            self.courier.tell(self.order.event_url, self.body("completed", **self.bill()))
            if end == "completed":
                self.status = end
                self.statuses.append(end)
        if self.recording_id and self.tape is not None:
            self.courier.tell(
                self.recording_event_url or self.order.event_url,
                {
                    "recording_url": f"{self.exchange.region_url}/v1/files/{self.recording_id}",
                    "recording_uuid": str(uuids.uuid4()),
                    "conversation_uuid": self.conversation_uuid,
                    "size": self.tape.wav_size,
                    "start_time": _iso(self.answered_wall),
                    "end_time": _iso(self.ended_wall),
                },
            )
        if self.phone is not None:
            try:
                self.phone.ended(end)
            except Exception as err:
                self._note(err)

    def bill(self) -> Body:
        """What is told of a call that is over: times, length and price, written as the carrier writes them."""
        seconds = 0.0
        if self.answered_wall and self.ended_wall:
            seconds = (self.ended_wall - self.answered_wall).total_seconds()
        return {
            "start_time": _iso(self.answered_wall),
            "end_time": _iso(self.ended_wall),
            "duration": str(round(seconds)),
            "rate": "0.01000000",
            "price": f"{seconds / 60 * 0.01:.8f}",
            "network": "00101",
        }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
