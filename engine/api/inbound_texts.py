"""Replies to our text messages, from Vonage's SMS API: whoever writes STOP is never called or written to again."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from engine.api.opting_out import opt_out
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.dialogue.recognisers import reflexes
from engine.dialogue.recognisers.reflex import Reflex
from engine.providers.stored import vault_of
from engine.sdk import ConnectionMissing
from engine.store import connections
from engine.store.connections import WrongKey
from engine.telephony.inbound_texts import METHODS, NotBelieved, SignatureMethod, read_text, wants_no_more

log = logging.getLogger(__name__)
router = APIRouter(prefix="/vonage/text", tags=["carrier"], responses={401: {"model": ProblemOut}})

LONGEST = 16_384  # bytes; a text of ten parts is less than a tenth of it
Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="The connection of the kind vonage_sms.")]


@router.get("/{name}", status_code=204)
async def text_came_in_by_get(name: Name, request: Request, use: Use) -> Response:
    """A lead has answered a text message. For accounts whose webhooks come as GET."""
    return await _take(name, dict(request.query_params), use)


@router.post("/{name}", status_code=204)
async def text_came_in(name: Name, request: Request, use: Use) -> Response:
    """A lead has answered a text message, as a form or as JSON. Signed by Vonage."""
    body = await request.body()
    if len(body) > LONGEST:
        raise Problem(413, "This is longer than any text message.")
    if "json" in request.headers.get("content-type", ""):
        try:
            given = json.loads(body)
        except ValueError:
            raise Problem(400, "This is not JSON.") from None
        if not isinstance(given, dict):
            raise Problem(400, "This is no message.")
        return await _take(name, {str(key): _plain(value) for key, value in given.items()}, use)
    form = await request.form()
    return await _take(name, {key: str(value) for key, value in form.items()}, use)


async def _take(name: str, given: Mapping[str, str], use: Services) -> Response:
    secret, method = await _signature(name, use)
    try:
        # Real time, not the house's: Vonage's clock is that of the world.
        message = read_text(given, secret, method, datetime.now(UTC))
    except NotBelieved as why:
        log.warning("A text message was not believed: %s", why)
        raise Problem(401, f"This webhook is not believed. {why}") from None
    if message is not None and (wants_no_more(message.words) or _says_so(message.words)):
        done = await opt_out(use, message.phone, f"text {message.id}", "wrote STOP", door="text", words=message.words)
        log.info("Somebody has written STOP%s", "" if done.new else " again")
    return Response(status_code=204)


def _says_so(words: str) -> bool:
    """In a sentence, as somebody on the phone would: the law asks for no particular word."""
    return any(each.value is Reflex.OPT_OUT_CLEAR for each in reflexes.detect(words))


async def _signature(name: str, use: Services) -> tuple[str, SignatureMethod]:
    try:
        async with use.database.read() as tx:
            kept = await connections.read(tx, vault_of(use.settings), name)
    except (ConnectionMissing, WrongKey):
        raise Problem(401, "There is no connection of that name that could be believed.") from None
    secret, method = kept.settings.get("signature_secret", ""), kept.settings.get("signature_method") or METHODS[0]
    if kept.kind != "vonage_sms" or not secret or method not in METHODS:
        raise Problem(401, "The connection has no signature secret. Enter it, so that replies can be believed.")
    return secret, method


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
