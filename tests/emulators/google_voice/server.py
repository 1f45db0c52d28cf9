"""The server: grpc.aio with Google's own message types. What it was asked is kept in `streams` and `requests`."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal

import grpc
import grpc.aio
from google.cloud import texttospeech_v1 as tts

from tests.emulators.faults import Fault, FaultPlan
from tests.emulators.google_voice import rules
from tests.emulators.google_voice.rules import Refusal
from tests.emulators.google_voice.sound import Sound, ToneSound, pieces, sound_of, wav

_SERVICE = "google.cloud.texttospeech.v1.TextToSpeech"
_SENTENCE_ENDS = (".", "!", "?", "…")
NATIVE_RATE = 24_000

WAY_BACK_S = 0.005
"""A refusal needs a way through the network: it never comes before the client has sent what it was about to."""

WavVariant = Literal["plain", "list", "zero", "unknown", "damaged"]


@dataclass
class StreamLog:
    """One stream or request as the server saw it; times are the loop's. `ended`: ok, cancelled, or the status."""

    voice: str = ""
    rate: int = 0
    speed: float = 1.0
    texts: list[str] = field(default_factory=list)
    markup: list[bool] = field(default_factory=list)
    opened: float = 0.0
    first_text: float | None = None
    half_closed: float | None = None
    first_sound: float | None = None
    sent_bytes: int = 0
    ended: str = ""
    ended_at: float = 0.0


class GoogleVoiceEmulator:
    """`first_sound_s`: from the text to the first piece. `speed`: how much faster than real time the rest comes.
    `idle_s`: Google's five seconds. `odd`: pieces split samples. `whole_rate`: rate of whole answers whatever was
    asked (a service that ignores it). `silence`: zeros instead of sound. `sessions`, `per_minute`: the quota."""

    def __init__(
        self,
        sound: Sound | None = None,
        *,
        port: int = 0,
        first_sound_s: float = 0.2,
        speed: float = 20.0,
        idle_s: float = 5.0,
        odd: bool = True,
        seed: int = 1,
        wav_variant: WavVariant = "list",
        whole_rate: int = 0,
        silence: bool = False,
        sessions: int = 100,
        per_minute: int = 200,
    ) -> None:
        self.faults = FaultPlan()
        self.streams: list[StreamLog] = []
        self.requests: list[StreamLog] = []
        self.first_sound_s = first_sound_s
        self.speed = speed
        self.idle_s = idle_s
        self.odd = odd
        self.wav_variant: WavVariant = wav_variant
        self.whole_rate = whole_rate
        self.ignores_rate = False
        """Streams come at 24 kHz whatever was asked for."""
        self.silence = silence
        self.sessions = sessions
        self.per_minute = per_minute
        self._sound: Sound = sound or ToneSound()
        self._port = port
        self._chance = random.Random(seed)
        self._open = 0
        self._recent: deque[float] = deque()
        self._server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def cancelled(self) -> list[StreamLog]:
        """Streams that the client has cut off."""
        return [each for each in self.streams if each.ended == "cancelled"]

    async def __aenter__(self) -> GoogleVoiceEmulator:
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        handlers = {
            "StreamingSynthesize": grpc.stream_stream_rpc_method_handler(
                self._stream,
                request_deserializer=tts.StreamingSynthesizeRequest.deserialize,
                response_serializer=tts.StreamingSynthesizeResponse.serialize,
            ),
            "SynthesizeSpeech": grpc.unary_unary_rpc_method_handler(
                self._whole,
                request_deserializer=tts.SynthesizeSpeechRequest.deserialize,
                response_serializer=tts.SynthesizeSpeechResponse.serialize,
            ),
            "ListVoices": grpc.unary_unary_rpc_method_handler(
                self._list,
                request_deserializer=tts.ListVoicesRequest.deserialize,
                response_serializer=tts.ListVoicesResponse.serialize,
            ),
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
        self._port = self._server.add_insecure_port(self.address)
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        await self._server.stop(0)

    # --- streams ---

    async def _stream(
        self, requests: AsyncIterator[tts.StreamingSynthesizeRequest], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[tts.StreamingSynthesizeResponse]:
        log = StreamLog(opened=_now())
        self.streams.append(log)
        self._open += 1
        try:
            self._count()
            changed = self.faults.changed
            fault = self.faults.strike()
            await self._at_once(fault)
            async with asyncio.timeout(self.idle_s):
                first = await anext(requests, None)
            if first is None:
                raise rules.invalid("The first message must have a streaming_config and no input.")
            config = rules.check_first(first)
            log.voice, log.speed = config.voice.name, config.streaming_audio_config.speaking_rate or 1.0
            asked = config.streaming_audio_config.sample_rate_hertz
            log.rate = NATIVE_RATE if self.ignores_rate else asked or NATIVE_RATE
            async for text, markup in self._inputs(requests, log):
                if changed.is_set():
                    changed = self.faults.changed
                    fault = self.faults.strike() or fault
                    await self._at_once(fault)
                async for data in self._speak(log, text, markup, fault):
                    if changed.is_set():  # a fault in the middle
                        changed = self.faults.changed
                        fault = self.faults.strike() or fault
                    log.sent_bytes += len(data)
                    yield tts.StreamingSynthesizeResponse(audio_content=data)
                    await self._after_piece(fault)
            log.ended = "ok"
        except Refusal as refusal:
            log.ended = refusal.code.name
            await asyncio.sleep(WAY_BACK_S)
            await context.abort(refusal.code, refusal.text)
        except TimeoutError:
            log.ended = "ABORTED"
            await context.abort(grpc.StatusCode.ABORTED, rules.IDLE_TEXT)
        except asyncio.CancelledError:
            log.ended = "cancelled"
            raise
        finally:
            self._open -= 1
            log.ended = log.ended or "cancelled"
            log.ended_at = _now()

    async def _inputs(
        self, requests: AsyncIterator[tts.StreamingSynthesizeRequest], log: StreamLog
    ) -> AsyncIterator[tuple[str, bool]]:
        """Texts to speak: held back until a sentence ends or the client half-closes."""
        held, held_markup = "", False
        while True:
            async with asyncio.timeout(self.idle_s):
                request = await anext(requests, None)
            if request is None:
                if not log.texts:  # a client that goes away looks, for a moment, like one that half-closes
                    await asyncio.sleep(4 * WAY_BACK_S)
                log.half_closed = _now()
                break
            text, markup = rules.check_input(request)
            log.texts.append(text)
            log.markup.append(markup)
            log.first_text = log.first_text or _now()
            held, held_markup = held + text, held_markup or markup
            if held.rstrip().endswith(_SENTENCE_ENDS):
                yield held, held_markup
                held, held_markup = "", False
        if held.strip():
            yield held, held_markup

    async def _speak(self, log: StreamLog, text: str, markup: bool, fault: Fault | None) -> AsyncIterator[bytes]:
        began = _now()
        if log.first_sound is None:
            wait = self.first_sound_s + (fault.seconds if fault and fault.kind == "delay" else 0.0)
            await asyncio.sleep(wait)
        played = 0.0
        async for part in sound_of(self._sound, log.voice, text, markup, log.rate, log.speed):
            useless = self.silence or (fault is not None and fault.kind == "corrupt")
            for data in pieces(bytes(len(part)) if useless else part, self._chance, self.odd):
                log.first_sound = log.first_sound or _now()
                yield data
                played += len(data) / (2 * log.rate)
                ahead = began + self.first_sound_s + played / self.speed - _now()
                if ahead > 0:
                    await asyncio.sleep(ahead)

    # --- whole answers ---

    async def _whole(
        self, request: tts.SynthesizeSpeechRequest, context: grpc.aio.ServicerContext
    ) -> tts.SynthesizeSpeechResponse:
        log = StreamLog(opened=_now())
        self.requests.append(log)
        try:
            self._count()
            fault = self.faults.strike()
            await self._at_once(fault)
            text, markup = rules.check_whole(request)
            audio = request.audio_config
            log.voice, log.speed = request.voice.name, audio.speaking_rate or 1.0
            log.texts, log.markup = [text], [markup]
            log.rate = self.whole_rate or audio.sample_rate_hertz or NATIVE_RATE
            await asyncio.sleep(self.first_sound_s + (fault.seconds if fault and fault.kind == "delay" else 0.0))
            await self._after_piece(fault)
            parts = sound_of(self._sound, log.voice, text, markup, log.rate, log.speed)
            pcm = b"".join([part async for part in parts])
            if self.silence:
                pcm = bytes(len(pcm))
            log.sent_bytes = len(pcm)
            log.ended = "ok"
            if int(audio.audio_encoding) == 7:
                return tts.SynthesizeSpeechResponse(audio_content=pcm)
            damaged = fault is not None and fault.kind == "corrupt"
            variant = "damaged" if damaged else self.wav_variant
            return tts.SynthesizeSpeechResponse(audio_content=wav(pcm, log.rate, variant))
        except Refusal as refusal:
            log.ended = refusal.code.name
            await context.abort(refusal.code, refusal.text)
        finally:
            log.ended = log.ended or "cancelled"
            log.ended_at = _now()

    async def _list(self, request: tts.ListVoicesRequest, context: grpc.aio.ServicerContext) -> tts.ListVoicesResponse:
        try:
            await self._at_once(self.faults.strike())
        except Refusal as refusal:
            await context.abort(refusal.code, refusal.text)
        return tts.ListVoicesResponse(
            voices=[
                tts.Voice(language_codes=[name[:5]], name=name, natural_sample_rate_hertz=NATIVE_RATE)
                for name in rules.voices(request.language_code)
            ]
        )

    # --- what goes wrong ---

    def _count(self) -> None:
        now = _now()
        while self._recent and self._recent[0] < now - 60:
            self._recent.popleft()
        self._recent.append(now)
        if len(self._recent) > self.per_minute or self._open > self.sessions:
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, rules.ERRORS["RESOURCE_EXHAUSTED"])

    @staticmethod
    async def _at_once(fault: Fault | None) -> None:
        if fault is None:
            return
        if fault.kind == "rate_limit":
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, fault.message or rules.ERRORS["RESOURCE_EXHAUSTED"])
        if fault.kind == "refuse":
            await asyncio.sleep(fault.seconds)
            code = grpc.StatusCode[fault.error]
            raise Refusal(code, fault.message or rules.ERRORS.get(fault.error, fault.error))

    @staticmethod
    async def _after_piece(fault: Fault | None) -> None:
        if fault is None:
            return
        if fault.kind == "stall":
            await asyncio.Event().wait()
        if fault.kind == "cut":
            raise Refusal(grpc.StatusCode[fault.error], fault.message or "Socket closed")


def _now() -> float:
    return asyncio.get_running_loop().time()
