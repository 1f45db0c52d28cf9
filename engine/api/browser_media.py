"""The media socket of a call from the browser. It speaks the protocol of the carrier's (`engine.telephony.media`).

    GET /test-calls/media   Origin: one of the builder's   Sec-WebSocket-Protocol: leadline.call.v1, ticket.<ticket>

The ticket travels as a sub-protocol: addresses end up in logs. A page from elsewhere is turned away before anything is
said to it (CORS guards no WebSockets); whoever has a ticket that is of no use learns why from the close code. Once the
socket is open the browser gets a ticket for the next line, to come back with if this one breaks.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from enum import IntEnum
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket

from engine.api.relay import is_passed_on
from engine.api.services import Services, services_of
from engine.api.vonage import HOLDER_WITHIN_S
from engine.call.browser_line import BrowserLine
from engine.call.live import LiveCall
from engine.observe.logs import about_call
from engine.observe.metrics import METRICS
from engine.store import DatabaseDown, calls
from engine.telephony.call_tickets import CallTicket
from engine.telephony.media import Closed, Connected, MediaSocket

log = logging.getLogger(__name__)
router = APIRouter(prefix="/test-calls", tags=["test bench"])

PROTOCOL: Final = "leadline.call.v1"
_TICKET: Final = "ticket."

SETTLED_WITHIN_S: Final = 1.5
"""So long the socket of a call that is over stays open, to say how it ended."""


class Code(IntEnum):
    """Why the engine closes the socket; the words for people stand with the page (ui/texts)."""

    OVER = 1000
    COME_BACK = 4100
    BAD_HELLO = 4400
    REFUSED = 4401
    GONE = 4404
    LIMIT = 4408
    USED = 4409
    EXPIRED = 4410
    FAILED = 4500
    STOPPING = 4503


@router.websocket("/media")
async def media(websocket: WebSocket) -> None:
    """A browser's microphone and loudspeaker, for the call that its ticket names."""
    use = services_of(websocket)
    if websocket.headers.get("origin") not in use.settings.origins_of_builder:
        METRICS.add("media_refused")
        log.warning("A media socket from a page of %s was refused", _site(websocket.headers.get("origin", "")))
        await websocket.close(Code.REFUSED)
        return
    await websocket.accept(subprotocol=PROTOCOL)
    code = await _hold(websocket, use)
    if code is not None and code is not Code.OVER:
        log.info("A browser's media socket is closed: %s", code.name)
    if code is not None:
        await MediaSocket(websocket).close(code)


async def _hold(websocket: WebSocket, use: Services) -> Code | None:
    """Talk on the socket as long as it is needed; why it is closed then, None if it is closed already."""
    ticket = _ticket(websocket, use)
    if isinstance(ticket, Code):
        METRICS.add("media_refused")
        return ticket
    socket = MediaSocket(websocket)
    hello = await socket.hello()
    if isinstance(hello, Closed):
        return None
    if not isinstance(hello, Connected) or hello.headers.get("call_id") != ticket.call_id:
        METRICS.add("media_refused")
        return Code.BAD_HELLO
    if await _carried(websocket, socket, use, ticket):
        return None
    with about_call(ticket.call_id):
        try:
            live = await use.switchboard.claim_line(ticket.call_id, ticket.line)
        except DatabaseDown:
            return Code.COME_BACK
        if live is None:
            METRICS.add("media_refused")
            return await _why_not(use, ticket)
        line = BrowserLine(socket, live.carrier_over.set)
        await websocket.send_text(_next_ticket(use, live, ticket))
        await use.switchboard.answer(live, ticket.line, line)
        log.info("Media socket closed: %s", socket.counts)
        return None if line.closed else await _how_it_ended(use, live)


def _ticket(websocket: WebSocket, use: Services) -> CallTicket | Code:
    asked = [each.strip() for each in websocket.headers.get("sec-websocket-protocol", "").split(",")]
    given = next((each.removeprefix(_TICKET) for each in asked if each.startswith(_TICKET)), "")
    found = use.call_tickets.read(given, time.time())
    match found:
        case CallTicket(use="join", origin=origin) if origin in ("", websocket.headers.get("origin")):
            return found
        case "expired":
            return Code.EXPIRED
        case _:
            return Code.REFUSED


async def _carried(websocket: WebSocket, socket: MediaSocket, use: Services, ticket: CallTicket) -> bool:
    """Whether another process holds the call, and has had the socket carried to it until its end."""
    if is_passed_on(websocket.headers):
        return False
    holder = await use.relay.holder(call_id=ticket.call_id, within_s=HOLDER_WITHIN_S)
    return bool(holder) and await use.bridges.carry(websocket, socket.introduction, holder)


def _next_ticket(use: Services, live: LiveCall, ticket: CallTicket) -> str:
    lasts_s = live.conversation.max_call_s + 60.0
    following = use.call_tickets.join(ticket.call_id, ticket.line + 1, ticket.origin, time.time(), lasts_s)
    return json.dumps({"action": "ticket", "ticket": following})


async def _why_not(use: Services, ticket: CallTicket) -> Code:
    """Why a genuine ticket gets no line: it was used, or the call is over."""
    if use.switchboard.draining:
        return Code.STOPPING
    try:
        async with use.database.read() as tx:
            record = await calls.read(tx, ticket.call_id)
    except DatabaseDown:
        return Code.COME_BACK
    return Code.USED if record is not None and record.state in calls.UNDER_WAY else Code.GONE


async def _how_it_ended(use: Services, live: LiveCall) -> Code:
    """For a socket that is not needed any more, though the browser has not closed it."""
    if live.holding is not None:
        await asyncio.wait({live.holding}, timeout=SETTLED_WITHIN_S)
    ended = live.ended
    if live.moved.is_set() or ended is None:
        return Code.COME_BACK
    match ended.by:
        case "limit":
            return Code.LIMIT
        case "failure":
            return Code.STOPPING if use.switchboard.draining else Code.FAILED
        case _:
            return Code.OVER


def _site(origin: str) -> str:
    return urlsplit(origin).hostname or "nowhere"
