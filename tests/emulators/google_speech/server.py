"""The emulator's server: one gRPC method, streams that live and die as Google's do.

async with GoogleSpeechEmulator(Scripted([...])) as google:
    ear = GoogleEar(GoogleAccess(project="leadline-dev", endpoint=google.address))
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import grpc.aio
from google.cloud.speech_v2 import types

from tests.emulators.faults import Fault, FaultPlan
from tests.emulators.google_speech.listeners import Listening
from tests.emulators.google_speech.rules import Refused, SpeechRules
from tests.emulators.google_speech.scripted import Scripted

_QUOTA = (
    "Quota exceeded for quota metric 'Streaming recognition requests' and limit 'Streaming requests per minute per "
    "region' of service 'speech.googleapis.com'."
)
_SERVICE = "google.cloud.speech.v2.Speech"
_DAMAGED = b"\xff\xff\xff\xff no message of any kind"


@dataclass
class StreamRecord:
    """What a stream was like, for tests. `ended`: name of the status it ended with, empty while it runs."""

    number: int
    recognizer: str = ""
    config: types.StreamingRecognitionConfig | None = None
    sound: bytearray = field(default_factory=bytearray)
    largest_chunk: int = 0
    messages: int = 0
    half_closed: bool = False
    ended: str = ""

    @property
    def received_s(self) -> float:
        return len(self.sound) / 32_000


class GoogleSpeechEmulator:
    """`listening`: who hears the streams; without it nothing is ever said. `streams`: all there were, for tests."""

    def __init__(self, listening: Listening | None = None, *, rules: SpeechRules | None = None, port: int = 0) -> None:
        self.faults = FaultPlan()
        self.rules = rules or SpeechRules()
        self.listening: Listening = listening or Scripted()
        self.streams: list[StreamRecord] = []
        self._port = port
        self._server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._port}"

    async def __aenter__(self) -> GoogleSpeechEmulator:
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        handler = grpc.stream_stream_rpc_method_handler(
            self._stream,
            request_deserializer=types.StreamingRecognizeRequest.deserialize,
            response_serializer=_serialized,
        )
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(_SERVICE, {"StreamingRecognize": handler}),)
        )
        self._port = self._server.add_insecure_port(self.address)
        await self._server.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        await self._server.stop(grace=None)

    async def _stream(self, requests: AsyncIterator[types.StreamingRecognizeRequest], context: Any) -> None:
        record = StreamRecord(len(self.streams))
        self.streams.append(record)
        stream = _Stream(self, record, requests, context)
        try:
            await stream.run()
            record.ended = "OK"
        except Refused as refused:
            record.ended = refused.code.name
            await context.abort(refused.code, refused.message)
        finally:
            record.ended = record.ended or "CANCELLED"
            stream.close()


class _Stream:
    """One stream: everything that happens to it stands in one queue, so that it can be ended from one place."""

    def __init__(
        self,
        emulator: GoogleSpeechEmulator,
        record: StreamRecord,
        requests: AsyncIterator[types.StreamingRecognizeRequest],
        context: Any,
    ) -> None:
        self._emulator = emulator
        self._rules = emulator.rules
        self._record = record
        self._requests = requests
        self._context = context
        self._events: asyncio.Queue[object] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._sent = 0
        self._fault: Fault | None = None
        self._struck = False  # the fault has done its work: nothing comes any more
        self._waiting = 0  # messages on their delayed way

    async def run(self) -> None:
        plan = self._emulator.faults
        changed = plan.changed
        self._fault = plan.strike()
        if self._fault is not None and self._fault.kind in ("refuse", "rate_limit"):
            raise _refusal(self._fault)
        await self._context.send_initial_metadata(())
        first = await self._next_first()
        self._record.recognizer = first.recognizer
        self._record.config = self._rules.first(first)
        listener = self._emulator.listening.open(self._record.config, self._record.number, self._emit)
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._watch_faults(changed))]
        try:
            await self._serve(listener)
        finally:
            listener.close()

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _next_first(self) -> types.StreamingRecognizeRequest:
        try:
            async with asyncio.timeout(self._rules.idle_s):
                async for request in self._requests:
                    return request
        except TimeoutError:
            raise self._rules.idle() from None
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "The stream held no message.")

    async def _serve(self, listener: Any) -> None:
        rules, record = self._rules, self._record
        rate = record.config.config.explicit_decoding_config.sample_rate_hertz if record.config else 16_000
        over = False
        while True:
            if over and self._events.empty() and not self._waiting:
                break
            match await self._events.get():
                case types.StreamingRecognizeRequest() as request:
                    sound = rules.sound(request)
                    record.messages += 1
                    record.largest_chunk = max(record.largest_chunk, len(sound))
                    record.sound += sound
                    listener.feed(sound)
                    await self._send_all()
                    rules.too_long(len(record.sound) / 2 / rate)
                case types.StreamingRecognizeResponse() as response:
                    await self._send(response)
                case Fault() as fault:
                    self._fault, self._struck = fault, False
                    if fault.kind in ("refuse", "rate_limit"):
                        raise _refusal(fault)
                    if fault.kind == "cut":
                        raise _cut(fault)
                    self._struck = fault.kind == "stall"
                case "healed":
                    self._fault, self._struck = None, False
                case "idle":
                    raise rules.idle()
                case "finished":
                    record.half_closed = True
                    await listener.finish()
                    over = True
        if self._struck:
            await asyncio.Event().wait()
        billed = math.ceil(len(record.sound) / 2 / rate)
        metadata = types.RecognitionResponseMetadata(total_billed_duration=timedelta(seconds=billed))
        await self._context.write(types.StreamingRecognizeResponse(metadata=metadata))

    async def _send_all(self) -> None:
        """What the listener said to this sound goes out before the stream may end."""
        held = []
        while not self._events.empty():
            event = self._events.get_nowait()
            if isinstance(event, types.StreamingRecognizeResponse):
                await self._send(event)
            else:
                held.append(event)
        for event in held:
            self._events.put_nowait(event)

    def _emit(self, message: types.StreamingRecognizeResponse) -> None:
        if self._fault is not None and self._fault.kind == "delay":
            self._waiting += 1
            asyncio.get_running_loop().call_later(self._fault.seconds, self._arrive, message)
        else:
            self._events.put_nowait(message)

    def _arrive(self, message: types.StreamingRecognizeResponse) -> None:
        self._waiting -= 1
        self._events.put_nowait(message)

    async def _send(self, message: types.StreamingRecognizeResponse) -> None:
        if self._struck:
            return
        kind = self._fault.kind if self._fault is not None else None
        await self._context.write(_DAMAGED if kind == "corrupt" else message)
        self._sent += 1
        if kind == "cut":
            assert self._fault is not None
            raise _cut(self._fault)
        self._struck = kind == "stall"

    async def _read(self) -> None:
        iterator = aiter(self._requests)
        with suppress(asyncio.CancelledError):
            while True:
                try:
                    async with asyncio.timeout(self._rules.idle_s):
                        self._events.put_nowait(await anext(iterator))
                except StopAsyncIteration:
                    self._events.put_nowait("finished")
                    return
                except TimeoutError:
                    self._events.put_nowait("idle")
                    return

    async def _watch_faults(self, changed: asyncio.Event) -> None:
        plan = self._emulator.faults
        while True:
            await changed.wait()
            changed = plan.changed
            fault = plan.strike()
            if fault is not None or plan.standing is None:
                self._events.put_nowait(fault or "healed")


def _refusal(fault: Fault) -> Refused:
    if fault.kind == "rate_limit":
        return Refused(grpc.StatusCode.RESOURCE_EXHAUSTED, fault.message or _QUOTA)
    return Refused(grpc.StatusCode[fault.error], fault.message or f"{fault.error}, as the test wanted it.")


def _cut(fault: Fault) -> Refused:
    return Refused(grpc.StatusCode.UNAVAILABLE, fault.message or "502:Bad Gateway")


def _serialized(message: types.StreamingRecognizeResponse | bytes) -> bytes:
    return message if isinstance(message, bytes) else types.StreamingRecognizeResponse.serialize(message)
