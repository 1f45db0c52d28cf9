"""The carrier's side: signed webhooks, and the media socket.

Nothing here waits for work: a webhook is answered from memory, and rows are written behind its back (the carrier gives
up after a second and then calls twice). What is about a call that another process holds goes to that one: webhooks by
`engine.api.relay`, sound by `engine.api.bridge`.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response, WebSocket

from engine.api.problems import Problem, ProblemOut
from engine.api.relay import is_passed_on
from engine.api.services import Services, Use, services_of
from engine.observe.logs import about_call
from engine.observe.metrics import METRICS
from engine.telephony.events import AnswerRequest, CarrierEvent, LegStatus, MalformedWebhook, parse_answer, parse_event
from engine.telephony.given_answers import delivery
from engine.telephony.media import Closed, Connected, MediaSocket
from engine.telephony.ncco import Ncco
from engine.telephony.ringback import ringback_tone
from engine.telephony.webhooks import Genuine, Refusal, verify_handshake, verify_webhook

log = logging.getLogger(__name__)
router = APIRouter(prefix="/vonage", tags=["carrier"], responses={401: {"model": ProblemOut}})

POLICY: int = 1008
"""WebSocket close code: you may not."""

HOLDER_WITHIN_S: float = 1.0
"""So long a media socket waits to learn who holds its call; nobody gives up on a socket so soon."""


@router.post("/answer")
async def came_in(request: Request, use: Use) -> Response:
    """Somebody calls us: what is to happen on the line. This is the answer URL of the application."""
    return await _came_in(request, use, await request.body())


@router.get("/answer")
async def came_in_by_get(request: Request, use: Use) -> Response:
    """The same, for applications whose answer method is GET."""
    return await _came_in(request, use, _query_as_body(request))


async def _came_in(request: Request, use: Services, body: bytes) -> Response:
    _genuine(request, body, use)
    asked = _asked(body)
    if (theirs := await use.relay.pass_on(request, body, uuid=asked.uuid)) is not None:
        return theirs
    return await _once(request, body, use, lambda: use.reception.answer(asked))


@router.post("/event")
async def event_without_call(request: Request, use: Use) -> Response:
    """Something happened on a call that came in. This is the event URL of the application."""
    body = await request.body()
    told, again = _told(request, body, use)
    uuid = told.uuid if isinstance(told, LegStatus) else ""
    if uuid and (theirs := await use.relay.pass_on(request, body, uuid=uuid)) is not None:
        return theirs
    return await _once(request, body, use, lambda: use.reception.event(told), again=again)


@router.post("/answer/{call_id}")
async def answered(call_id: str, request: Request, use: Use) -> Response:
    """The phone was picked up: what is to happen on the line (an NCCO)."""
    return await _answered(call_id, request, use, await request.body())


@router.get("/answer/{call_id}")
async def answered_by_get(call_id: str, request: Request, use: Use) -> Response:
    """The same, for applications whose answer method is GET."""
    return await _answered(call_id, request, use, _query_as_body(request))


async def _answered(call_id: str, request: Request, use: Services, body: bytes) -> Response:
    with about_call(call_id):
        _genuine(request, body, use, call_id)
        asked = _asked(body)
        if (theirs := await use.relay.pass_on(request, body, call_id=call_id)) is not None:
            return theirs
        return await _once(request, body, use, lambda: use.switchboard.answer_webhook(call_id, asked))


@router.post("/event/{call_id}")
async def event(call_id: str, request: Request, use: Use) -> Response:
    """Something happened on the call: it rings, was answered, is over."""
    return await _of_call(call_id, request, use, use.switchboard.carrier_event)


@router.post("/colleague/{call_id}")
async def colleague(call_id: str, request: Request, use: Use) -> Response:
    """The same of the phone of a colleague whom the caller is to be put through to, and the keys pressed there."""
    return await _of_call(call_id, request, use, use.switchboard.colleague_event)


@router.get("/ringback.wav")
def ringback() -> Response:
    """What a caller hears while a colleague's phone rings. The carrier fetches it; there is nothing secret in it."""
    return Response(ringback_tone(), media_type="audio/wav")


async def _of_call(
    call_id: str, request: Request, use: Services, take: Callable[[str, CarrierEvent], Awaitable[Ncco | None]]
) -> Response:
    with about_call(call_id):
        body = await request.body()
        told, again = _told(request, body, use, call_id)
        # A repetition is passed on too: only the holder knows whether the first one reached it.
        if (theirs := await use.relay.pass_on(request, body, call_id=call_id)) is not None:
            return theirs
        return await _once(request, body, use, lambda: take(call_id, told), again=again)


@router.websocket("/media")
async def media(websocket: WebSocket) -> None:
    """A call's sound. The first message says which call, and proves it by a token that works once."""
    use = services_of(websocket)
    verdict = verify_handshake(websocket.headers.get("authorization"), use.webhook_keys, time.time())
    if isinstance(verdict, Refusal):
        METRICS.add("media_refused")
        log.warning("A media socket was refused: %s", verdict.reason)
        await websocket.close(POLICY)
        return
    await websocket.accept()
    socket = MediaSocket(websocket)
    hello = await socket.hello()
    if isinstance(hello, Closed):
        return
    claimed = None
    if isinstance(hello, Connected):
        call_id = hello.headers.get("call_id", "")
        holder = (
            "" if is_passed_on(websocket.headers) else await use.relay.holder(call_id=call_id, within_s=HOLDER_WITHIN_S)
        )
        if holder and await use.bridges.carry(websocket, socket.introduction, holder):
            return
        claimed = await use.switchboard.claim(call_id, hello.headers.get("token", ""))
    if claimed is None:
        METRICS.add("media_refused")
        why = "its call is unknown or its token was used" if isinstance(hello, Connected) else hello.reason
        log.warning("A media socket was closed: %s", why)
        await socket.close(POLICY)
        return
    live, line = claimed
    await use.switchboard.answer(live, line, socket)
    with about_call(live.call_id):
        log.info("Media socket closed: %s", socket.counts)


def _genuine(request: Request, body: bytes, use: Services, call_id: str = "") -> Genuine:
    """`call_id`: the call of ours that the address names, if it does."""
    verdict = verify_webhook(request.headers.get("authorization"), body, use.webhook_keys, use.replays, time.time())
    if isinstance(verdict, Refusal):
        METRICS.add("webhooks_refused")
        log.warning("A webhook was refused (%s): %s", verdict.fault.value, verdict.reason)
        use.switchboard.webhook_refused(call_id, verdict)
        raise Problem(401, f"This webhook is not believed: {verdict.reason}")
    use.switchboard.webhook_believed()
    return verdict


def _query_as_body(request: Request) -> bytes:
    """For a GET the carrier hashes its parameters as a compact JSON object in their order."""
    return json.dumps(dict(request.query_params), separators=(",", ":"), ensure_ascii=False).encode()


def _asked(body: bytes) -> AnswerRequest:
    try:
        return parse_answer(body)
    except MalformedWebhook as malformed:
        raise Problem(400, str(malformed)) from None


def _told(request: Request, body: bytes, use: Services, call_id: str = "") -> tuple[CarrierEvent, bool]:
    """What a genuine event webhook says, and whether it was delivered here before."""
    verdict = _genuine(request, body, use, call_id)
    try:
        told = parse_event(body)
    except MalformedWebhook as malformed:
        raise Problem(400, str(malformed)) from None
    log.debug("Carrier: %r", told)
    return told, verdict.duplicate


async def _once(
    request: Request, body: bytes, use: Services, act: Callable[[], Awaitable[Ncco | None]], *, again: bool = False
) -> Response:
    """Act on a genuine webhook, and answer it; a repetition gets the answer of the first one. `again`: it was delivered
    here before, so without that answer nothing is done."""
    key = delivery(request.url.path, body)
    ncco = None if again and key not in use.given else await use.given.once(key, act)
    if ncco is None:
        return Response(status_code=204)
    return Response(ncco.body(), media_type="application/json")
