"""A media socket that goes through another process: nothing is lost or added, and each end learns of the other's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.server import ServerProtocol

from engine.api.bridge import LOST, Bridges
from engine.api.relay import MARK
from engine.supervisor import free_port

HELLO = '{"event":"websocket:connected","content-type":"audio/l16;rate=16000","call_id":"call_1"}'
SIGNED = {"Authorization": "Bearer signed-by-the-carrier"}
FRAMES = [bytes([number]) * 640 for number in range(1, 60)]

Serve = Callable[[WebSocket], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[tuple[str, uvicorn.Server]]:
    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/vonage/media", serve)]),
        log_level="critical",
        lifespan="off",
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def carried(bridges: Bridges, holder: Serve | str) -> AsyncIterator[ClientConnection]:
    """The carrier's end of a socket that is carried through to `holder`; 4000 closes it if that was not to be had."""

    async def through(websocket: WebSocket) -> None:
        await websocket.accept()
        if not await bridges.carry(websocket, await websocket.receive_text(), address):
            await websocket.close(4000)

    async with listening(through) as (here, _):
        if isinstance(holder, str):
            address = holder
            async with connect(f"{here.replace('http', 'ws')}/vonage/media", proxy=None) as line:
                yield line
            return
        async with (
            listening(holder) as (address, _),
            connect(f"{here.replace('http', 'ws')}/vonage/media", additional_headers=SIGNED, proxy=None) as line,
        ):
            yield line


async def test_every_message_arrives_as_it_was_sent_in_order_both_ways() -> None:
    arrived: list[str | bytes] = []
    headers: dict[str, str] = {}

    async def holder(websocket: WebSocket) -> None:
        headers.update(websocket.headers)
        await websocket.accept()
        while (message := await websocket.receive())["type"] != "websocket.disconnect":
            data = message.get("bytes") or message["text"]
            arrived.append(data)
            await (websocket.send_bytes(data) if isinstance(data, bytes) else websocket.send_text(data))

    sent = [HELLO, *FRAMES, '{"event":"websocket:dtmf","digit":"1"}', b"odd", *FRAMES]
    async with carried(Bridges(), holder) as line:
        for each in sent:
            await line.send(each)
        back = [await line.recv() for _ in sent]
    assert arrived == back == sent
    assert headers["authorization"] == SIGNED["Authorization"]
    assert headers[MARK] == "1"


@pytest.mark.parametrize("code", [1000, 1008])
async def test_the_holders_end_is_the_carriers_end(code: int) -> None:
    async def holder(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        await websocket.close(code)

    async with carried(Bridges(), holder) as line:
        await line.send(HELLO)
        with pytest.raises(ConnectionClosed):
            await line.recv()
        assert line.close_code == code


async def test_a_holder_that_vanishes_closes_the_carriers_socket() -> None:
    """Then the carrier tells of it, and is answered with a way back."""

    async def vanishes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = ServerProtocol()
        protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
        (request,) = protocol.events_received()
        protocol.send_response(protocol.accept(request))
        writer.writelines(protocol.data_to_send())
        await writer.drain()
        await reader.read(10)
        writer.transport.abort()

    server = await asyncio.start_server(vanishes, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with carried(Bridges(), address) as line:
            await line.send(HELLO)
            with pytest.raises(ConnectionClosed):
                await line.recv()
            assert line.close_code == LOST


async def test_the_carriers_end_is_the_holders_end() -> None:
    over = asyncio.Event()

    async def holder(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            over.set()

    async with carried(Bridges(), holder) as line:
        await line.send(HELLO)
        await line.close()
        async with asyncio.timeout(5):
            await over.wait()


async def test_a_holder_that_is_not_there_or_wants_no_socket_leaves_it_to_us() -> None:
    async def refuses(websocket: WebSocket) -> None:
        await websocket.close(1008)  # before it was accepted: a refused handshake

    for holder in (f"http://127.0.0.1:{free_port()}", refuses):
        async with carried(Bridges(), holder) as line:
            await line.send(HELLO)
            with pytest.raises(ConnectionClosed):
                await line.recv()
            assert line.close_code == 4000


async def test_a_process_that_is_stopped_waits_for_the_sound_that_goes_through_it() -> None:
    bridges = Bridges()

    async def holder(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        await websocket.send_text("here")
        await websocket.receive()

    assert await bridges.drain(0.0) == 0
    async with carried(bridges, holder) as line:
        await line.send(HELLO)
        assert await line.recv() == "here"
        assert await bridges.drain(0.05) == 1
        waiting = asyncio.create_task(bridges.drain(10.0))
        await line.close()
        assert await waiting == 0
