"""What it costs that another process than the carrier reached holds a call: `python -m bench.relay` (a minute).

Webhooks: two web servers on one database; a call rings, and genuine webhooks about it are sent to the process that
holds it, and to the other one, which passes them on. Sound: frames of 20 ms to an echo and back, without and with a
process in between that carries them through.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from engine.api.bridge import Bridges
from engine.flow import shipped
from engine.simulate.judge import percentile
from engine.simulate.network import NoAnswerPhone
from engine.simulate.scenario import load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.simulate.stage import Stage
from engine.speech.audio import SILENCE
from engine.store import processes

WEBHOOKS = 300
FRAMES = 2000
PHONE = "+14155550300"


def show(what: str, times: list[float]) -> None:
    ms = [1000 * each for each in times]
    print(f"  {what:44} p50 {percentile(ms, 0.5):6.2f} ms   p95 {percentile(ms, 0.95):6.2f} ms", flush=True)


async def webhooks() -> None:
    suite = load_suite(shipped_scenarios("home_services"))
    text = (shipped.folder() / "home_services.json").read_text(encoding="utf-8")
    folder = Path(tempfile.mkdtemp(prefix="leadline-relay-"))
    async with Stage(folder, text, lambda line: None, suite.get("hs01").clock, servers=2) as stage:
        await stage.open_calendar(suite.get("hs01"))
        stage.network.register(PHONE, NoAnswerPhone)
        form = {
            "id": f"relay-{time.time_ns()}", "first_name": "Dana", "last_name": "Reyes", "phone": PHONE,
            "country": "US", "flow": stage.flow.id, "answers": {}, "page_url": "https://example.com",
            "consent": {"call": True, "text": "An AI assistant may call me.", "at": "2026-09-15T10:14:00-07:00"},
        }  # fmt: skip
        call_id = await stage.api.call_of(await stage.api.send_form(form), within_s=30.0)
        async with asyncio.timeout(20):
            while not stage.network.calls:  # noqa: ASYNC110  the network does not tell
                await asyncio.sleep(0.05)
        async with stage.database.read() as tx:
            held = await processes.holding(tx, call_id=call_id)
        assert held is not None
        addresses = [server.program.ready_url.removesuffix("/ready") for server in stage.servers]
        (other,) = [address for address in addresses if address != held.address]
        print("a webhook of a call that rings, until its answer:", flush=True)
        async with httpx.AsyncClient(trust_env=False) as client:
            times: dict[str, list[float]] = {held.address: [], other: []}
            for number in range(2 * WEBHOOKS):
                address = (held.address, other)[number % 2]
                body = json.dumps({"uuid": stage.network.calls[-1].uuid, "status": "ringing", "to": PHONE[1:]}).encode()
                token = stage.network.herald.signer.token(body)
                began = time.perf_counter()
                answer = await client.post(
                    f"{address}/vonage/event/{call_id}",
                    content=body,
                    headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                )
                times[address].append(time.perf_counter() - began)
                answer.raise_for_status()
                await asyncio.sleep(0.005)
        show("to the process that holds it", times[held.address])
        show("to the other one, passed on", times[other])
        stage.network.calls[-1].hang_up()


@asynccontextmanager
async def sockets(serve: WebSocketRoute) -> AsyncIterator[str]:
    config = uvicorn.Config(
        Starlette(routes=[serve]), log_level="error", lifespan="off", ws="websockets-sansio",
        ws_per_message_deflate=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive_text()
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        await websocket.send_bytes(message["bytes"])


async def round_trips(address: str) -> list[float]:
    times = []
    async with connect(f"ws{address.removeprefix('http')}/vonage/media", proxy=None, compression=None) as line:
        await line.send("{}")
        for _ in range(FRAMES):
            began = time.perf_counter()
            await line.send(SILENCE)
            await line.recv()
            times.append(time.perf_counter() - began)
    return times


async def sound() -> None:
    print("20 ms of sound there and back:", flush=True)
    async with sockets(WebSocketRoute("/vonage/media", echo)) as holder:

        async def through(websocket: WebSocket) -> None:
            await websocket.accept()
            await Bridges().carry(websocket, await websocket.receive_text(), holder)

        async with sockets(WebSocketRoute("/vonage/media", through)) as other:
            show("straight to the process", await round_trips(holder))
            spent = time.process_time()
            show("carried through another one", await round_trips(other))
            spent = time.process_time() - spent
    print(f"  all three ends together: {1000 * spent / FRAMES:.2f} ms of processor for a frame each way", flush=True)


async def main() -> None:
    await sound()
    await webhooks()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
