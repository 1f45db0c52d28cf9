"""What an answered phone can be joined to: nothing, a file, another phone, or the application's media socket.

Each far end is asked every 20 ms, by the pacing task of the call, to take a frame and to give one.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final, Literal, Protocol

import websockets
from websockets.asyncio.client import ClientConnection

from engine.simulate.network.ncco_reader import JoinSocket
from engine.simulate.network.phone import Phone
from engine.simulate.network.playout import Breach, Playout
from engine.speech.audio import FRAME_BYTES, SILENCE

UNREAD_LIMIT: Final = 320_000
"""Bytes (ten seconds) that may pile up towards an application which does not read; more is dropped."""


class FarEnd(Protocol):
    async def tick(self, spoken: bytes) -> bytes:
        """Take the 20 ms the phone spoke; give the 20 ms it hears. Never waits for the other side."""
        ...


class Nobody:
    async def tick(self, spoken: bytes) -> bytes:
        return SILENCE


class Sound:
    """Plays `pcm` (16-bit mono, 16 kHz) once, then sets `done`; with `again` over and over."""

    def __init__(self, pcm: bytes, *, again: bool = False) -> None:
        self._pcm = pcm + bytes(-len(pcm) % FRAME_BYTES)
        self._again = again
        self._at = 0
        self.done = asyncio.Event()

    async def tick(self, spoken: bytes) -> bytes:
        if self._again and self._at >= len(self._pcm):
            self._at = 0
        frame = self._pcm[self._at : self._at + FRAME_BYTES]
        self._at += FRAME_BYTES
        if not frame:
            self.done.set()
        return frame or SILENCE


class OtherPhone:
    """A second phone on the line, after a transfer."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone

    async def tick(self, spoken: bytes) -> bytes:
        self._phone.heard(spoken)
        return self._phone.next_frame()


class Jitter:
    """An uneven way to the application: now and then frames are held up, at most `frames`, then come all at once.

    The same `seed` gives the same unevenness. With no frames to hold, everything passes at once.
    """

    def __init__(self, frames: int, seed: int) -> None:
        self._most = frames
        # Not for secrets: the same jitter again is what a test wants.
        self._random = Random(seed)  # noqa: S311
        self._held: list[bytes] = []
        self._hold = 0

    def pass_on(self, frame: bytes) -> list[bytes]:
        """The frames that arrive in this tick, in order; none is lost."""
        if not self._most:
            return [frame]
        self._held.append(frame)
        if self._hold > 0:
            self._hold -= 1
            return []
        arrived, self._held = self._held, []
        if self._random.random() < 0.1:
            self._hold = self._random.randint(1, self._most)
        return arrived


class MediaLeg:
    """The media socket to the application: Vonage's side of it (vonage-voice.md, section 5)."""

    def __init__(
        self,
        uuid: str,
        step: JoinSocket,
        playout: Playout,
        token: str,
        report: Callable[[Breach], None],
        jitter: Jitter,
    ) -> None:
        self.uuid = uuid
        self.step = step
        self.playout = playout
        self.sent = 0
        self.unread = 0
        self.close_code: int | None = None
        self.fault: Literal["", "stall", "corrupt"] = ""
        """`stall`: nothing comes out of this socket any more, nor is anything played that goes in; the socket stays
        open. `corrupt`: instead of each frame comes something that is none. Both end with the leg."""
        self.struck = 0
        """Frames that the fault has hit."""
        self._token = token
        self._report = report
        self._jitter = jitter
        self._outbox: deque[str] = deque()
        self._socket: ClientConnection | None = None

    async def open(self) -> None:
        """Connect and introduce ourselves. Raises `OSError`, `TimeoutError` or `websockets.InvalidHandshake`."""
        headers = {}
        if self.step.authorization:
            signed = self.step.authorization == "vonage"
            headers["Authorization"] = f"Bearer {self._token}" if signed else self.step.authorization
        self._socket = await websockets.connect(
            self.step.uri,
            additional_headers=headers,
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=5,
            close_timeout=1,
            # No limits of our own: a minute of audio may come at once, and breaches are counted, not cut off.
            max_size=1 << 20,
            max_queue=None,
            write_limit=4 * UNREAD_LIMIT,
        )
        hello = {"event": "websocket:connected", "content-type": "audio/l16;rate=16000", **self.step.headers}
        await self._socket.send(json.dumps(hello))

    async def listen(self) -> None:
        """Take what the application sends until the socket closes."""
        socket = self._open_socket()
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    if (breach := self.playout.receive_bytes(message)) is not None:
                        self._report(breach)
                    continue
                answer = self.playout.receive_text(message)
                if isinstance(answer, Breach):
                    self._report(answer)
                    continue
                for text in answer:
                    await socket.send(text)
        except websockets.ConnectionClosed:
            return
        finally:
            self.close_code = socket.close_code

    async def tick(self, spoken: bytes) -> bytes:
        self.struck += bool(self.fault)
        if self.fault == "stall":
            return SILENCE
        heard, due = self.playout.next_frame()
        socket = self._open_socket()
        if self.fault == "corrupt":
            spoken = spoken[: len(spoken) // 2 + self.struck % 3]
        try:
            for text in due:
                await socket.send(text)
            while self._outbox:
                await socket.send(self._outbox.popleft())
            if socket.transport.get_write_buffer_size() > UNREAD_LIMIT:
                if not self.unread:
                    self._report(Breach("not-reading", "The application does not read its media socket."))
                self.unread += 1
            else:
                for frame in self._jitter.pass_on(spoken):
                    await socket.send(frame)
                    self.sent += 1
        except websockets.ConnectionClosed:
            pass  # `listen` tells the call
        return heard

    def press(self, digit: str, duration_ms: int) -> None:
        self._outbox.append(json.dumps({"event": "websocket:dtmf", "digit": digit, "duration": duration_ms}))

    def drop(self) -> None:
        """Cut the connection without a closing handshake."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    def _open_socket(self) -> ClientConnection:
        if self._socket is None:
            raise RuntimeError("The media leg was used before it was opened.")
        return self._socket
