"""The media socket: the caller's voice in, ours out, 20 ms a message (vonage-voice.md, section 5).

`MediaCodec` knows the protocol and does no I/O; `MediaSocket` is the shell around a Starlette WebSocket. Vonage is
the client, we are the server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from engine.speech.audio import FRAME_BYTES

HELLO_WITHIN_S: Final = 5.0
"""How long a peer may take to introduce itself, and to send its first audio after that."""

QUIET_STEP_S: Final = 0.4
"""Silence of the socket itself (the carrier sends 50 frames a second, also while nobody speaks) is told so often."""

HALF_SAMPLES: Final = 5
"""Messages of an odd number of bytes that are no accident any more."""

MarkValue = str | int | float | bool | None
CLEAR_MESSAGE: Final = '{"action":"clear"}'


@dataclass(frozen=True, slots=True)
class Connected:
    """The first message. `headers`: what our NCCO asked to have sent back, such as the call's id and token."""

    content_type: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FrameIn:
    """20 ms of the caller: exactly 640 bytes."""

    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key the caller pressed: one of `0123456789*#ABCD`."""

    digit: str
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """All that was sent before the mark with this payload has been played to the caller."""

    payload: Mapping[str, MarkValue]


@dataclass(frozen=True, slots=True)
class Cleared:
    """The carrier has thrown away what it had not played yet. `generation`: the latest one that we cleared."""

    generation: int


@dataclass(frozen=True, slots=True)
class NoHello:
    """The peer did not introduce itself as Vonage does. `reason` says what was missing."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAudio:
    """Nothing at all has come for `quiet_s` seconds, though the carrier sends silence too: the line is likely dead."""

    quiet_s: float
    reason: str = "The carrier's media socket is open but sends nothing."


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is closed; the last event. Any code can come with an ordinary hang-up."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Damaged:
    """What comes is not what was agreed; told once, when it begins. `problem`: in plain words."""

    problem: str


MediaEvent = Connected | FrameIn | Dtmf | Played | Cleared | NoAudio | Damaged | Closed


class MediaClosed(Exception):
    """The socket closed while we were sending. Ordinary at the end of a call; the events end with `Closed`."""


class MediaPeer(Protocol):
    """The far end of a live call as the call sees it, whatever carries it."""

    def events(self) -> AsyncIterator[MediaEvent]: ...

    async def send_frame(self, pcm: bytes) -> None:
        """Queue 20 ms to be heard: exactly 640 bytes. Raises `MediaClosed`."""
        ...

    async def notify(self, payload: Mapping[str, MarkValue]) -> None:
        """Queue a mark that comes back as `Played`. Give it a `generation`. Raises `MediaClosed`."""
        ...

    async def clear(self, generation: int) -> None:
        """Drop all that is queued; marks of `generation` and older are no longer reported. Raises `MediaClosed`."""
        ...

    async def close(self, code: int = 1000) -> None: ...


@dataclass(slots=True)
class MediaCounts:
    """Oddities of one socket, for its log line at the end."""

    odd_sizes: int = 0
    unreadable: int = 0
    unknown: int = 0
    stale_marks: int = 0


class MediaCodec:
    """The protocol of one socket, without the socket."""

    def __init__(self) -> None:
        self.counts = MediaCounts()
        self._rest = b""
        self._cleared = -1

    def receive_bytes(self, data: bytes) -> list[FrameIn]:
        """Audio of one message as whole frames.

        Vonage sends 640 bytes a message. Other sizes are counted and cut anew across messages; no byte is lost.
        """
        if len(data) == FRAME_BYTES and not self._rest:
            return [FrameIn(data)]
        if len(data) != FRAME_BYTES:
            self.counts.odd_sizes += 1
        data = self._rest + data
        whole = len(data) - len(data) % FRAME_BYTES
        self._rest = data[whole:]
        return [FrameIn(data[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)]

    def receive_text(self, text: str) -> Connected | Dtmf | Played | Cleared | None:
        """The meaning of a text message; None for what may be ignored (unknown, unreadable, or a stale mark)."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            self.counts.unreadable += 1
            return None
        match data.get("event"):
            case "websocket:connected":
                return Connected(
                    content_type=str(data.get("content-type", "")),
                    headers={
                        key: value
                        for key, value in data.items()
                        if isinstance(value, str) and key not in {"event", "content-type"}
                    },
                )
            case "websocket:dtmf":
                return self._dtmf(data.get("digit"), data.get("duration"))
            case "websocket:notify":
                return self._played(data.get("payload"))
            case "websocket:cleared":
                return Cleared(self._cleared)
            case _:
                self.counts.unknown += 1
                return None

    def clear(self, generation: int) -> str:
        """The message that empties the carrier's queue. From now on marks of `generation` and older are stale."""
        self._cleared = max(self._cleared, generation)
        return CLEAR_MESSAGE

    @staticmethod
    def notify(payload: Mapping[str, MarkValue]) -> str:
        """The message that puts a mark into the carrier's queue."""
        return json.dumps({"action": "notify", "payload": dict(payload)}, separators=(",", ":"))

    def _dtmf(self, digit: object, duration: object) -> Dtmf | None:
        if not isinstance(digit, str) or len(digit) != 1 or digit not in "0123456789*#ABCD":
            self.counts.unreadable += 1
            return None
        return Dtmf(digit, duration if isinstance(duration, int) and not isinstance(duration, bool) else 0)

    def _played(self, payload: object) -> Played | None:
        if not isinstance(payload, dict):
            self.counts.unreadable += 1
            return None
        generation = payload.get("generation")
        # Whether `clear` swallows pending marks or returns them at once is not documented: both must be harmless.
        if isinstance(generation, int) and generation <= self._cleared:
            self.counts.stale_marks += 1
            return None
        return Played({str(k): v for k, v in payload.items() if isinstance(v, str | int | float | bool | None)})


class MediaSocket:
    """A call's media over an accepted Starlette (or FastAPI) WebSocket.

    First `hello()`, to learn whose call it is; then `events()`, by one reader; sending from one task at a time.
    Leave compression off and pings rare on the server: frames are small and many.
    """

    def __init__(self, websocket: WebSocket, *, hello_within_s: float = HELLO_WITHIN_S) -> None:
        self._socket = websocket
        self._codec = MediaCodec()
        self._patience_s = hello_within_s
        self.introduction = ""
        """The peer's first message as it came, once `hello` has returned `Connected`."""

    @property
    def counts(self) -> MediaCounts:
        return self._codec.counts

    async def hello(self) -> Connected | NoHello | Closed:
        """Wait for the peer's first message. On `NoHello` close the socket: it is not our carrier."""
        seconds = f"{self._patience_s:g} seconds"
        try:
            async with asyncio.timeout(self._patience_s):
                while True:
                    match await self._receive():
                        case Closed() as closed:
                            return closed
                        case str() as text:
                            first = self._codec.receive_text(text)
                            if isinstance(first, Connected):
                                self.introduction = text
                                return first
                            return NoHello("The peer's first message is not `websocket:connected`.")
                        case _:
                            continue  # audio ahead of the introduction belongs to nobody yet
        except TimeoutError:
            return NoHello(f"The peer did not send `websocket:connected` within {seconds}.")

    async def events(self) -> AsyncIterator[MediaEvent]:
        """All that the peer sends, in order; ends after `Closed`. `NoAudio` repeats while the line stays dead."""
        quiet_s, step_s = 0.0, min(self._patience_s, QUIET_STEP_S)
        halves = 0
        while True:
            try:
                async with asyncio.timeout(step_s):
                    message = await self._receive()
            except TimeoutError:
                quiet_s += step_s
                yield NoAudio(quiet_s)
                continue
            quiet_s = 0.0
            match message:
                case bytes() as data:
                    for frame in self._codec.receive_bytes(data):
                        yield frame
                    halves += len(data) % 2
                    if len(data) % 2 and halves == HALF_SAMPLES:
                        yield Damaged("The sound from the carrier is damaged: it comes in pieces that split samples.")
                case str() as text:
                    if (event := self._codec.receive_text(text)) is not None:
                        yield event
                case Closed() as closed:
                    yield closed
                    return

    async def send_frame(self, pcm: bytes) -> None:
        if len(pcm) != FRAME_BYTES:
            raise ValueError(f"A frame is {FRAME_BYTES} bytes; {len(pcm)} were given. Cut and pad before sending.")
        try:
            await self._socket.send_bytes(pcm)
        except (WebSocketDisconnect, RuntimeError, OSError):
            raise MediaClosed from None

    async def notify(self, payload: Mapping[str, MarkValue]) -> None:
        await self._send_text(self._codec.notify(payload))

    async def clear(self, generation: int) -> None:
        await self._send_text(self._codec.clear(generation))

    async def close(self, code: int = 1000) -> None:
        """Close our side. Mind that this does not end the call: the carrier goes on with its NCCO (use `hang_up`)."""
        if WebSocketState.DISCONNECTED in (self._socket.application_state, self._socket.client_state):
            return
        try:
            await self._socket.close(code)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return

    async def _send_text(self, text: str) -> None:
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError, OSError):
            raise MediaClosed from None

    async def _receive(self) -> bytes | str | Closed:
        try:
            message = await self._socket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return Closed(1006, "The socket was closed already.")
        if message["type"] == "websocket.disconnect":
            return Closed(int(message.get("code") or 1005), str(message.get("reason") or ""))
        data = message.get("bytes")
        if isinstance(data, bytes):
            return data
        text = message.get("text")
        return text if isinstance(text, str) else ""
