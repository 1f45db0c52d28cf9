"""Pings on the media socket: sent, and never waited for."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os

from fastapi import FastAPI, WebSocket

from engine.api.server import Server
from engine.supervisor import free_port

PING, CLOSE = 0x9, 0x8


async def test_a_carrier_that_answers_no_pings_keeps_its_media_socket() -> None:
    app = FastAPI()
    closed = asyncio.Event()

    @app.websocket("/media")
    async def media(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive()
        closed.set()

    server = Server(app, drain_s=1.0, signals=False, ping_every_s=0.05)
    server.config.host, server.config.port = "127.0.0.1", free_port()
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110  the server tells nobody that it has started
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.config.port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            "GET /media HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        async with asyncio.timeout(10):
            assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
            kinds = [await frame(reader) for _ in range(6)]
        assert kinds == [PING] * 6, "a close in between would be the ping's timeout"
        assert not closed.is_set()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    finally:
        server.should_exit = True
        await serving


async def frame(reader: asyncio.StreamReader) -> int:
    """The kind of the next message, which is read and not answered."""
    first, length = await reader.readexactly(2)
    assert length < 126
    await reader.readexactly(length)
    return first & 0x0F
