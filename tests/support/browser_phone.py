"""The engine's view of a browser: what ui/frontend/src/call does on the media socket, without sound hardware."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import websockets
from websockets.asyncio.client import ClientConnection

from engine.speech.audio import FRAME_S, SILENCE
from tests.support.api import Leadline
from tests.support.servers import Servers

ORIGIN = "http://builder.test:8501"


@dataclass
class BrowserPhone:
    """Joined to a call. `heard`: frames of the agent; marks come back at once. `next_ticket`: to come back with."""

    socket: ClientConnection
    heard: list[bytes] = field(default_factory=list)
    cleared: int = 0
    next_ticket: str = ""
    _saying: list[bytes] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._speak())]

    def say(self, pcm: bytes) -> None:
        """Into the microphone, from now on."""
        self._saying += [pcm[at : at + 640] for at in range(0, len(pcm), 640)]

    async def press(self, digit: str) -> None:
        await self.socket.send(json.dumps({"event": "websocket:dtmf", "digit": digit, "duration": 120}))

    async def until_heard(self, frames: int = 1, within_s: float = 10.0) -> None:
        async with asyncio.timeout(within_s):
            while len(self.heard) < frames:  # noqa: ASYNC110  the socket has no other way to tell
                await asyncio.sleep(0.01)

    async def closed(self, within_s: float = 20.0) -> int:
        """The code with which the engine closes."""
        async with asyncio.timeout(within_s):
            await self.socket.wait_closed()
        return self.socket.close_code or 0

    async def hang_up(self) -> None:
        await self.socket.close(1000)

    def vanish(self) -> None:
        """The network is gone: no goodbye."""
        self.socket.transport.abort()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.socket.close()

    async def _listen(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for message in self.socket:
                if isinstance(message, bytes):
                    self.heard.append(message)
                    continue
                told = json.loads(message)
                match told["action"]:
                    case "clear":
                        self.cleared += 1
                        await self.socket.send('{"event":"websocket:cleared"}')
                    case "notify":
                        await self.socket.send(json.dumps({"event": "websocket:notify", "payload": told["payload"]}))
                    case "ticket":
                        self.next_ticket = told["ticket"]

    async def _speak(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await self.socket.send(self._saying.pop(0) if self._saying else SILENCE)
                due += FRAME_S
                await asyncio.sleep(max(0.0, due - clock()))


async def connect(url: str, ticket: str, origin: str = ORIGIN) -> ClientConnection:
    protocols = [websockets.Subprotocol(each) for each in ("leadline.call.v1", f"ticket.{ticket}")]
    return await websockets.connect(
        url, origin=websockets.Origin(origin), subprotocols=protocols, compression=None, proxy=None
    )


@asynccontextmanager
async def joined(opened: dict[str, str], ticket: str = "", origin: str = ORIGIN) -> AsyncIterator[BrowserPhone]:
    """On the line of a call that `POST /test-calls` has opened. `ticket`: another one than that."""
    phone = BrowserPhone(await connect(opened["url"], ticket or opened["ticket"], origin))
    hello = {"event": "websocket:connected", "content-type": "audio/l16;rate=16000", "call_id": opened["call_id"]}
    with contextlib.suppress(websockets.ConnectionClosed):  # refused already
        await phone.socket.send(json.dumps(hello))
    phone.start()
    try:
        yield phone
    finally:
        await phone.stop()


async def open_call(house: Leadline | Servers, **changes: object) -> dict[str, str]:
    """Have a call from the browser made ready."""
    asked = {"flow_id": "home_services_v1", "kind": "browser", "first_name": "Dana", "origin": ORIGIN, **changes}
    answer = await house.client.post("/test-calls", json=asked)
    assert answer.status_code == 201, answer.text
    opened: dict[str, str] = answer.json()
    return opened
