"""Carries a media socket through to the process that holds its call.

Behind a load balancer the carrier's socket may reach any process. The call stays where it is: there its ear is open,
its lines are spoken, its transfers are known. Messages go through as they come, both ways; when one side closes, or
dies, the other is closed, and the carrier brings the call back as after any drop (docs/carrier.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from engine.api.relay import MARK
from engine.observe.metrics import METRICS

log = logging.getLogger(__name__)

PROOFS: Final = ("authorization", "origin")
PROTOCOLS: Final = "sec-websocket-protocol"
OPEN_WITHIN_S: Final = 1.0
"""Then the call is taken over from its holder, as if that were dead: the caller waits."""
BIGGEST: Final = 64 * 1024
LOST: Final = 1011
"""Close code for the carrier when the holder has vanished."""
_NEVER_SENT: Final = frozenset({1005, 1006, 1015})
"""Close codes that only say how a socket was found; none may be sent."""


class Bridges:
    """All sockets that this process carries through."""

    def __init__(self) -> None:
        self.open = 0
        self._none = asyncio.Event()
        self._none.set()

    async def carry(self, carrier: WebSocket, introduction: str, address: str) -> bool:
        """Carry an accepted socket through to the process at `address` until either side closes. `introduction`: its
        first message, which has been read. False if that process does not take it: then nothing has happened. What
        proves the socket's right (of a carrier a signature, of a browser its page and its ticket) goes along."""
        headers = {MARK: "1"} | {name: carrier.headers[name] for name in PROOFS if name in carrier.headers}
        protocols = [
            Subprotocol(each.strip()) for each in carrier.headers.get(PROTOCOLS, "").split(",") if each.strip()
        ]
        try:
            holder = await connect(
                f"ws{address.removeprefix('http')}{carrier.url.path}",
                additional_headers=headers,
                subprotocols=protocols or None,
                open_timeout=OPEN_WITHIN_S,
                close_timeout=1.0,
                ping_interval=None,
                compression=None,
                max_size=BIGGEST,
                proxy=None,
            )
        except (OSError, TimeoutError, InvalidHandshake) as problem:
            METRICS.add("media_not_carried")
            log.warning("A media socket could not be carried to %s (%s)", address, type(problem).__name__)
            return False
        METRICS.add("media_carried")
        self.open += 1
        self._none.clear()
        try:
            await _both_ways(carrier, holder, introduction)
        finally:
            self.open -= 1
            if not self.open:
                self._none.set()
        return True

    async def drain(self, patience_s: float) -> int:
        """Wait for their calls to end. Gives how many are left after `patience_s`."""
        try:
            async with asyncio.timeout(patience_s):
                await self._none.wait()
        except TimeoutError:
            pass
        return self.open


async def _both_ways(carrier: WebSocket, holder: ClientConnection, introduction: str) -> None:
    ways = {asyncio.create_task(_in(carrier, holder, introduction)), asyncio.create_task(_out(holder, carrier))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        code = holder.close_code
        await holder.close()
        if WebSocketState.DISCONNECTED not in (carrier.application_state, carrier.client_state):
            # It may have hung up in this very moment.
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):
                await carrier.close(LOST if code is None or code in _NEVER_SENT else code)


async def _in(carrier: WebSocket, holder: ClientConnection, introduction: str) -> None:
    """The caller's voice, until the carrier closes."""
    try:
        await holder.send(introduction)
        while (message := await carrier.receive())["type"] != "websocket.disconnect":
            data = message.get("bytes")
            await holder.send(data if data is not None else message.get("text") or "")
    except (ConnectionClosed, WebSocketDisconnect, RuntimeError):
        return


async def _out(holder: ClientConnection, carrier: WebSocket) -> None:
    """Ours, until the holder closes."""
    try:
        async for message in holder:
            if isinstance(message, str):
                await carrier.send_text(message)
            else:
                await carrier.send_bytes(message)
    except (ConnectionClosed, WebSocketDisconnect, RuntimeError, OSError):
        return
