"""A small application on loopback that takes a carrier's webhooks and media socket, as Leadline's API does."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from engine.telephony.events import CarrierEvent, LegStatus, parse_answer, parse_event
from engine.telephony.media import MediaSocket
from engine.telephony.ncco import Ncco
from engine.telephony.webhooks import (
    Genuine,
    Refusal,
    ReplayCache,
    WebhookKeys,
    verify_handshake,
    verify_webhook,
)
from tests.support.ncco import talk_to_socket

FROM = "+12025550100"


@dataclass
class CarrierApp:
    """`talk`: what to do on the media socket. `ncco`: what to answer; None connects the media socket.

    `reply_to`: the NCCO with which to answer an event of that status on any leg but the lead's phone.
    """

    keys: WebhookKeys
    talk: Callable[[MediaSocket], Awaitable[None]]
    ncco: Ncco | None = None
    raw_ncco: bytes | None = None
    reply_to: dict[str, Ncco] = field(default_factory=dict)
    answer_failures: int = 0
    port: int = 0
    events: list[CarrierEvent] = field(default_factory=list)
    duplicates: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    answers: int = 0
    phone_uuid: str = ""
    handshakes: list[Genuine | Refusal] = field(default_factory=list)
    replays: ReplayCache = field(default_factory=ReplayCache)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def answer_url(self) -> str:
        return f"{self.base}/answer"

    @property
    def event_url(self) -> str:
        return f"{self.base}/event"

    def statuses(self, leg: str = "phone") -> list[str]:
        return [event.status for event in self.events if isinstance(event, LegStatus) and event.leg == leg]

    def socket_ncco(self) -> Ncco:
        uri = f"ws://127.0.0.1:{self.port}/media"
        return talk_to_socket("c_1", "one-time-secret", uri, self.event_url, FROM)

    async def answer(self, request: Request) -> Response:
        self.answers += 1
        if self.answers <= self.answer_failures:
            return Response(status_code=503)
        body = await request.body()
        verdict = verify_webhook(request.headers.get("authorization"), body, self.keys, self.replays, time.time())
        if isinstance(verdict, Refusal):
            self.refusals.append(verdict)
            return Response(status_code=401)
        self.phone_uuid = parse_answer(body).uuid
        raw = self.raw_ncco or (self.ncco or self.socket_ncco()).body()
        return Response(raw, media_type="application/json")

    async def event(self, request: Request) -> Response:
        body = await request.body()
        verdict = verify_webhook(request.headers.get("authorization"), body, self.keys, self.replays, time.time())
        if isinstance(verdict, Refusal):
            self.refusals.append(verdict)
            return Response(status_code=401)
        event = parse_event(body)
        self.duplicates += verdict.duplicate
        self.events.append(event)
        self.news.set()
        if isinstance(event, LegStatus) and event.uuid != self.phone_uuid and event.status in self.reply_to:
            return Response(self.reply_to.pop(event.status).body(), media_type="application/json")
        return Response(status_code=204)

    async def media(self, websocket: WebSocket) -> None:
        self.handshakes.append(verify_handshake(websocket.headers.get("authorization"), self.keys, time.time()))
        await websocket.accept()
        await self.talk(MediaSocket(websocket))


@contextlib.asynccontextmanager
async def running(app: CarrierApp) -> AsyncIterator[CarrierApp]:
    """Serve `app` on a free port of 127.0.0.1 until the block ends."""
    routes = [
        Route("/answer", app.answer, methods=["POST"]),
        Route("/event", app.event, methods=["POST"]),
        WebSocketRoute("/media", app.media),
    ]
    async with serving(Starlette(routes=routes)) as port:
        app.port = port
        yield app


@contextlib.asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[int]:
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the test's own server did not start"
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


class _QuietServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
