"""The REST side of the loopback network: `/v1/calls` and `/v1/files`, judged as strictly as the carrier does."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.utils import formatdate
from typing import Protocol

import jwt
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.simulate.network.call import CallOrder, Detection, LoopbackCall
from engine.simulate.network.ncco_reader import NccoRefused, Step, read_ncco
from engine.simulate.network.rest_faults import RestFaults, problem, served
from engine.simulate.network.tape import CallTape

_NUMBER = re.compile(r"[1-9]\d{6,14}")


class OrderRefused(ValueError):
    """A body of `POST /v1/calls` that the carrier answers with 400."""


class Party(Protocol):
    """A phone that an order can be about."""

    created: float

    @property
    def is_over(self) -> bool: ...

    def hang_up(self) -> None: ...

    def transfer(self, steps: Sequence[Step]) -> None:
        """Leave the running NCCO for another one. Raises `NccoRefused` where that is not possible."""
        ...


class Switchboard(Protocol):
    """What the REST side needs of the network."""

    application_id: str
    public_key_pem: str
    early_hang_up_refused_s: float
    rest_faults: RestFaults | None
    clock_ahead_s: float
    hosts_asked: list[str]
    own_numbers: frozenset[str]
    recordings_late: int

    def cut(self, peer: tuple[str, int]) -> None:
        """Close the peer's connection."""
        ...

    def all_calls(self) -> Sequence[LoopbackCall]: ...

    def take_create_slot(self) -> bool: ...

    def take_request_slot(self) -> bool: ...

    def place(self, order: CallOrder) -> LoopbackCall: ...

    def call(self, uuid: str) -> LoopbackCall | None: ...

    def party(self, uuid: str) -> Party | None: ...

    def recording(self, file_id: str) -> CallTape | None: ...

    def swallow_answer(self, peer: tuple[str, int]) -> bool:
        """Close the peer's connection instead of answering, if a test asked for it."""
        ...


class TokenBucket:
    """At most `rate` a second, in bursts of at most `burst`. Time is an argument."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._left, self._at = rate, burst, burst, 0.0

    def take(self, now: float) -> bool:
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def rest_app(board: Switchboard) -> Starlette:
    def route(path: str, method: str, do: Callable[[Request], Awaitable[Response]]) -> Route:
        async def guarded(request: Request) -> Response:
            board.hosts_asked.append(request.headers.get("host", ""))
            if why := token_fault(board, request.headers.get("authorization"), time.time() + board.clock_ahead_s):
                return problem(401, "Unauthorized", why)
            plan = board.rest_faults
            return await served(request, do, plan.strike() if plan is not None else None, board.cut)

        return Route(path, guarded, methods=[method])

    async def create(request: Request) -> Response:
        if not board.take_create_slot():
            return problem(429, "Too Many Requests", "Three calls a second are allowed.")
        try:
            order = read_order(json.loads(await request.body()))
        except OrderRefused as refused:
            return problem(400, "Bad Request", str(refused))
        except ValueError:
            return problem(400, "Bad Request", "The body is not JSON.")
        if board.own_numbers and f"+{order.from_number}" not in board.own_numbers:
            return problem(400, "Bad Request", "from: this number does not belong to the account.")
        call = board.place(order)
        if request.client is not None and board.swallow_answer((request.client.host, request.client.port)):
            return Response(status_code=500)
        body = {
            "uuid": call.uuid,
            "status": "started",
            "direction": "outbound",
            "conversation_uuid": call.conversation_uuid,
        }
        return JSONResponse(body, status_code=201)

    async def look(request: Request) -> Response:
        if not board.take_request_slot():
            return problem(429, "Too Many Requests", "Fifteen requests a second are allowed.")
        call = board.call(request.path_params["uuid"])
        return problem(404, "Not Found", "No such call.") if call is None else JSONResponse(_card(call))

    async def listing(request: Request) -> Response:
        if not board.take_request_slot():
            return problem(429, "Too Many Requests", "Fifteen requests a second are allowed.")
        size = int(request.query_params.get("page_size", "10"))
        found = [_card(call) for call in board.all_calls()]
        links = {"self": {"href": "/calls"}}
        page = {"count": len(found), "page_size": size, "record_index": 0, "_links": links}
        return JSONResponse({**page, "_embedded": {"calls": found[:size]}})

    async def change(request: Request) -> Response:
        if not board.take_request_slot():
            return problem(429, "Too Many Requests", "Fifteen requests a second are allowed.")
        call = board.party(request.path_params["uuid"])
        if call is None or call.is_over:
            return problem(404, "Not Found", "No such call, or it is over.")
        try:
            wish = json.loads(await request.body())
        except ValueError:
            return problem(400, "Bad Request", "The body is not JSON.")
        match wish.get("action") if isinstance(wish, dict) else None:
            case "hangup":
                if time.monotonic() - call.created < board.early_hang_up_refused_s:
                    return problem(400, "Bad Request", "The call is too young to be ended.")
                call.hang_up()
            case "mute" | "unmute" | "earmuff" | "unearmuff":
                pass  # nothing on this network can hear the difference
            case "transfer":
                destination = wish.get("destination")
                try:
                    call.transfer(read_ncco(destination.get("ncco") if isinstance(destination, dict) else None))
                except NccoRefused as refused:
                    return problem(400, "Bad Request", str(refused))
            case _:
                return problem(400, "Bad Request", "This action does not exist.")
        return Response(status_code=204)

    async def recording(request: Request) -> Response:
        tape = board.recording(request.path_params["file_id"])
        if board.recordings_late > 0:
            board.recordings_late -= 1
            tape = None
        if tape is None:
            return problem(404, "Not Found", "No such file.")
        return Response(await asyncio.to_thread(tape.wav), media_type="audio/wav")

    return Starlette(
        routes=[
            route("/v1/calls", "POST", create),
            route("/v1/calls", "GET", listing),
            route("/v1/calls/{uuid}", "GET", look),
            route("/v1/calls/{uuid}", "PUT", change),
            route("/v1/files/{file_id}", "GET", recording),
        ]
    )


def token_fault(board: Switchboard, authorization: str | None, now: float) -> str | None:
    """What is wrong with an application's token (RS256, vonage-voice.md, section 2); None if nothing is."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme != "Bearer":
        return "A bearer token is missing."
    try:
        claims = jwt.decode(
            token,
            board.public_key_pem,
            algorithms=["RS256"],
            options={"require": ["iat", "exp", "jti"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as err:
        return f"The token is not valid ({type(err).__name__})."
    if claims.get("application_id") != board.application_id:
        return "The application is not known."
    issued, ends = claims["iat"], claims["exp"]
    if not isinstance(issued, int | float) or not isinstance(ends, int | float):
        return "The token's times are not numbers."
    if ends <= now:
        return "The token has expired."
    return "The token is from the future." if issued > now + 1 else None


def read_order(data: object) -> CallOrder:
    """Check the body of `POST /v1/calls` (vonage-voice.md, section 1.1). Raises `OrderRefused`."""
    if not isinstance(data, dict):
        raise OrderRefused("The body is not an object.")
    to = data.get("to")
    if not isinstance(to, list) or len(to) != 1 or not isinstance(to[0], dict):
        raise OrderRefused("to must be an array of exactly one endpoint.")
    if to[0].get("type") != "phone":
        raise OrderRefused("This network dials phones only.")
    caller = data.get("from")
    if (caller is None) != bool(data.get("random_from_number")):
        raise OrderRefused("Give either from or random_from_number.")
    if ("ncco" in data) == ("answer_url" in data):
        raise OrderRefused("Give either ncco or answer_url.")
    steps: tuple[Step, ...] | None = None
    if "ncco" in data:
        try:
            steps = tuple(read_ncco(data["ncco"]))
        except NccoRefused as refused:
            raise OrderRefused(str(refused)) from None
    event_url = _one_url(data, "event_url")
    if not event_url:
        raise OrderRefused("event_url is missing: the application has no default.")
    return CallOrder(
        to=_number(to[0], "to"),
        from_number=_number(caller, "from") if isinstance(caller, dict) else "12025550100",
        ncco=steps,
        answer_url=_one_url(data, "answer_url"),
        answer_method=_choice(data, "answer_method", ("GET", "POST")),
        event_url=event_url,
        ringing_timer_s=_timer(data, "ringing_timer", 60, 120),
        length_timer_s=_timer(data, "length_timer", 7200, 86_400),
        detection=_detection(data),
        hears_beeps=isinstance(data.get("advanced_machine_detection"), dict),
        beep_timeout_s=_beep_timeout(data),
    )


def _detection(data: Mapping[str, object]) -> Detection:
    """What to do about a machine; the advanced form beats the plain one."""
    advanced = data.get("advanced_machine_detection")
    if isinstance(advanced, dict):
        beep = advanced.get("beep_timeout", 45)
        if isinstance(beep, bool) or not isinstance(beep, int) or not 45 <= beep <= 120:
            raise OrderRefused("beep_timeout must be 45 to 120.")
        wish = _choice(advanced, "behavior", ("continue", "hangup"))
    else:
        wish = _choice(data, "machine_detection", ("", "continue", "hangup"))
    return Detection(wish)


def _beep_timeout(data: Mapping[str, object]) -> float:
    advanced = data.get("advanced_machine_detection")
    timeout = advanced.get("beep_timeout") if isinstance(advanced, dict) else None
    return float(timeout) if isinstance(timeout, int) else 45.0


def _number(end: Mapping[str, object], name: str) -> str:
    number = end.get("number")
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise OrderRefused(f"{name}: the number must be 7 to 15 digits without a plus sign.")
    return number


def _one_url(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], str):
        raise OrderRefused(f"{key} must be an array of one address.")
    if not value[0].startswith(("http://", "https://")):
        raise OrderRefused(f"{key} must begin with http:// or https://.")
    return value[0]


def _timer(data: Mapping[str, object], key: str, default: int, most: int) -> float:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise OrderRefused(f"{key} must be 1 to {most} seconds.")
    return float(value)


def _choice(data: Mapping[str, object], key: str, choices: tuple[str, ...]) -> str:
    value = data.get(key, choices[0])
    if not isinstance(value, str) or value not in choices:
        raise OrderRefused(f"{key} must be one of {', '.join(choice for choice in choices if choice)}.")
    return value


def _card(call: LoopbackCall) -> dict[str, object]:
    """What the carrier says about a call. Its bill only when it is over."""
    card: dict[str, object] = {
        "_links": {"self": {"href": f"/calls/{call.uuid}"}},
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "to": {"type": "phone", "number": call.order.to},
        "from": {"type": "phone", "number": call.order.from_number},
        "status": call.status,
        "direction": call.order.direction,
    }
    if call.ended_wall is None:
        return card
    bill = {key: value for key, value in call.bill().items() if value is not None}
    for key in ("start_time", "end_time"):
        if isinstance(moment := bill.get(key), str):
            bill[key] = moment[:19].replace("T", " ")
    return card | bill


def dated(app: Starlette, ahead_s: Callable[[], float]) -> Starlette:
    """The same application with a `Date` header by the carrier's own clock."""

    async def date(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["Date"] = formatdate(time.time() + ahead_s(), usegmt=True)
        return response

    app.add_middleware(BaseHTTPMiddleware, dispatch=date)
    return app
