"""What the REST side of the network is told to do wrong: refuse, be late, stall, cut, answer nonsense, limit the rate.

A plan is asked once by each request whose token was good. What was asked is carried out all the same where only the
answer suffers (`stall`, `cut`, `corrupt`): that is the hard case, a call that rings and of which nobody was told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

STATUSES: Final = {
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "INVALID_ARGUMENT": 400,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}

LONGEST_STALL_S: Final = 60.0


class RestFault(Protocol):
    """`kind`: `refuse`, `delay`, `stall`, `cut`, `corrupt` or `rate_limit`. `error`: a name of `STATUSES`."""

    @property
    def kind(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def error(self) -> str: ...
    @property
    def message(self) -> str: ...


class RestFaults(Protocol):
    """A plan of faults; it may change while the network runs."""

    def strike(self) -> RestFault | None:
        """The fault that this request is to meet, if any."""
        ...


def problem(status: int, title: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "error_title": title, "detail": detail}
    return JSONResponse(body, status_code=status)


async def served(
    request: Request,
    do: Callable[[Request], Awaitable[Response]],
    fault: RestFault | None,
    cut: Callable[[tuple[str, int]], None],
) -> Response:
    """The answer to a request, as the fault has it. `cut` closes the connection of a peer."""
    if fault is None:
        return await do(request)
    match fault.kind:
        case "refuse":
            status = STATUSES.get(fault.error, 503)
            return problem(status, fault.error.replace("_", " ").title(), fault.message or "Refused on purpose.")
        case "rate_limit":
            return problem(429, "Too Many Requests", fault.message or "Too many requests.")
        case "delay":
            await asyncio.sleep(fault.seconds)
            return await do(request)
        case "stall":
            await do(request)
            return StreamingResponse(_stalled(fault.seconds or LONGEST_STALL_S), media_type="application/json")
        case "cut":
            await do(request)
            if request.client is not None:
                cut((request.client.host, request.client.port))
            return Response(status_code=500)
        case "corrupt":
            answer = await do(request)
            return Response('{"uuid": "63f61', status_code=answer.status_code, media_type="application/json")
        case kind:
            raise ValueError(f"There is no fault {kind!r}.")


async def _stalled(seconds: float) -> AsyncIterator[bytes]:
    yield b'{"uu'
    await asyncio.sleep(seconds)
