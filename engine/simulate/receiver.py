"""A stand-in for a customer's CRM: receives our webhooks on loopback, believes signed ones only, drops repeats.

    async with Receiver() as crm:
        crm.url, crm.secret        # for a connection of kind "webhook"
        crm.deliveries             # what came, each once
        crm.contacts["+14155550123"]

For demos and tests; it keeps everything in memory.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.sdk import Json


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook that was believed and taken. `id`: its webhook-id. `arrived`: seconds on the event loop's clock."""

    id: str
    document: Mapping[str, Json]
    arrived: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """How the receiver is to answer a coming request, to show what happens then."""

    status: int
    headers: Mapping[str, str]


def new_secret() -> str:
    """A secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


class Receiver:
    """Listens for the length of an `async with`. `port` 0 takes a free one."""

    def __init__(self, port: int = 0, secret: str = "") -> None:
        self.secret = secret or new_secret()
        self.deliveries: list[Delivery] = []
        self.repeats = 0
        self.requests = 0
        self.refused = 0
        self.contacts: dict[str, Json] = {}
        self.calls: dict[str, Json] = {}
        self.delay_s = 0.0
        """Seconds to wait after taking a delivery, before answering: the moment in which a worker may be killed."""
        self._coming: list[Refusal] = []
        self._taken: set[str] = set()
        self._arrival = asyncio.Event()
        app = Starlette(routes=[Route("/hooks", self._take, methods=["POST"])])
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off", ws="none")
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def port(self) -> int:
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    def refuse_next(self, *statuses: int, headers: Mapping[str, str] | None = None) -> None:
        """Answer the next requests with these codes instead of taking them."""
        self._coming += [Refusal(status, headers or {}) for status in statuses]

    def calm(self) -> None:
        """Refuse nothing any more."""
        self._coming.clear()

    async def arrived(self, count: int, within_s: float = 30.0) -> Sequence[Delivery]:
        """Waits until `count` deliveries have been taken. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while len(self.deliveries) < count:
                self._arrival.clear()
                await self._arrival.wait()
        return self.deliveries

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            if self._task.done():
                await self._task
                raise OSError("The receiver could not listen.")
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    async def _take(self, request: Request) -> Response:
        self.requests += 1
        body = await request.body()
        try:
            Webhook(self.secret).verify(body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, binascii.Error, ValueError):  # broken base64 raises the second
            self.refused += 1
            return JSONResponse({"error": "The signature does not fit."}, 401)
        if self._coming:
            answer = self._coming.pop(0)
            return Response(status_code=answer.status, headers=dict(answer.headers))
        id = request.headers["webhook-id"]
        if id in self._taken:
            self.repeats += 1
        else:
            self._keep(id, json.loads(body))
        await asyncio.sleep(self.delay_s)
        return JSONResponse({"id": f"crm-{id}"})

    def _keep(self, id: str, document: Mapping[str, Json]) -> None:
        self._taken.add(id)
        self.deliveries.append(Delivery(id, document, asyncio.get_running_loop().time()))
        lead, call = document.get("lead"), document.get("call")
        if isinstance(lead, dict):
            self.contacts[str(lead.get("phone"))] = lead
        if isinstance(call, dict):
            self.calls[str(call.get("id"))] = call
        self._arrival.set()
