"""A web server on loopback that answers as it is told and remembers what it was asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Answer:
    """`after_s`: how long the server thinks about it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_s: float = 0.0


@dataclass(frozen=True)
class Asked:
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    target: str = ""
    """Path and query, as they came over the wire."""


class Door:
    """Gives the answers in turn, then 200. `certificate`: a file with certificate and key, for https."""

    def __init__(self, answers: Iterable[Answer], certificate: Path | None = None) -> None:
        self._answers = list(answers)
        self.requests: list[Asked] = []
        app = Starlette(routes=[Route("/{path:path}", self._open, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])])
        self._server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", lifespan="off", ws="none", ssl_certfile=certificate)
        )
        self._socket = socket.create_server(("127.0.0.1", 0))

    def give(self, *answers: Answer) -> None:
        """Answers to give next."""
        self._answers += answers

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/hooks"

    async def __aenter__(self) -> Self:
        # Already listening: who connects before the server is ready waits in the socket's queue.
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._task

    async def _open(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        target = request.scope["raw_path"].decode() + query
        self.requests.append(Asked(dict(request.headers), await request.body(), request.method, target))
        answer = self._answers.pop(0) if self._answers else Answer(200)
        await asyncio.sleep(answer.after_s)
        return Response(answer.body, answer.status, dict(answer.headers))
