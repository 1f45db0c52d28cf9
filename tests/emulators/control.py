"""The emulators' small HTTP control: what is asked of them from another process.

    GET    /                     addresses of the emulators
    GET    /connections          kind and settings of the connections that lead to them
    GET    /ready                200 when all of them serve
    GET    /{name}               how it stands: fault, hits, requests, the last of them
    PUT    /{name}/fault         set a fault: {"kind": "cut", "seconds": 0, "skip": 0, "times": null, "error": "..."}
    DELETE /{name}/fault         clear it
    PUT    /gemini/flow          a flow document that Gemini's stand-in is to know

`name`: one of those that `GET /` tells. Only for this machine; it guards nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from typing import Any, Protocol, get_args

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.model import Flow
from tests.emulators.faults import Fault, FaultKind
from tests.emulators.trio import Emulator

SHOWN = 20
"""How many of the last requests are shown."""


class Steered(Protocol):
    """Emulators that serve: three for a call (`Trio`), or all of them (`Everything`)."""

    def named(self, name: str) -> Emulator | None: ...
    def addresses(self) -> dict[str, str]: ...
    def connections(self) -> dict[str, tuple[str, dict[str, str]]]: ...
    def requests(self, name: str) -> list[dict[str, Any]]: ...
    def learn(self, flow: Flow) -> None: ...


def control_app(all: Steered) -> Starlette:
    async def addresses(_: Request) -> Response:
        return JSONResponse(all.addresses())

    async def connections(_: Request) -> Response:
        found = all.connections()
        return JSONResponse({name: {"kind": kind, "settings": given} for name, (kind, given) in found.items()})

    def unknown() -> Response:
        return JSONResponse({"problem": f"Emulators are called {', '.join(all.addresses())}."}, 404)

    async def one(request: Request) -> Response:
        emulator = all.named(request.path_params["name"])
        if emulator is None:
            return unknown()
        standing = emulator.faults.standing
        requests = all.requests(request.path_params["name"])
        return JSONResponse(
            {
                "address": emulator.address,
                "fault": asdict(standing) if standing is not None else None,
                "hits": emulator.faults.hits,
                "requests": len(requests),
                "last": requests[-SHOWN:],
            }
        )

    async def set_fault(request: Request) -> Response:
        emulator = all.named(request.path_params["name"])
        if emulator is None:
            return unknown()
        try:
            fault = Fault(**await request.json())
        except (TypeError, ValueError) as problem:
            return JSONResponse({"problem": f"This is no fault: {problem}"}, 422)
        if fault.kind not in get_args(FaultKind):
            return JSONResponse({"problem": f"Faults are {', '.join(get_args(FaultKind))}."}, 422)
        emulator.faults.set(fault)
        return Response(status_code=204)

    async def clear_fault(request: Request) -> Response:
        emulator = all.named(request.path_params["name"])
        if emulator is None:
            return unknown()
        emulator.faults.clear()
        return Response(status_code=204)

    async def learn_flow(request: Request) -> Response:
        try:
            all.learn(FlowDocument.load((await request.body()).decode()).flow)
        except (FlowRefused, UnicodeDecodeError) as problem:
            return JSONResponse({"problem": str(problem)}, 422)
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/", addresses),
            Route("/ready", addresses),
            Route("/connections", connections),
            Route("/gemini/flow", learn_flow, methods=["PUT"]),
            Route("/{name}", one),
            Route("/{name}/fault", set_fault, methods=["PUT"]),
            Route("/{name}/fault", clear_fault, methods=["DELETE"]),
        ]
    )


@contextlib.asynccontextmanager
async def control(all: Steered, port: int = 0) -> AsyncIterator[str]:
    """Serve the control; gives its address."""
    listener = socket.create_server(("127.0.0.1", port))
    server = _Guest(
        uvicorn.Config(
            control_app(all), log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
    )
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


class _Guest(uvicorn.Server):
    """Leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
