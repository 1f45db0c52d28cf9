"""Meta Lead Ads, answered: the question whether the address is ours, and posts that are signed over their raw body."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from fastapi import Response
from fastapi.responses import JSONResponse, PlainTextResponse

from engine.api.auth import same
from engine.api.doors.door import Door, Sent
from engine.api.doors.proving import refused
from engine.api.services import Services
from engine.leads.meta_account import AccountUnusable, MetaAccount
from engine.leads.sources.meta import MetaSettings, arriving
from engine.leads.sources.meta_event import SIGNATURE, believed, read_events
from engine.leads.sources.settings import settings_of

log = logging.getLogger(__name__)

AWAY: Final = "This lead source cannot take leads at the moment. Send again later."


async def answer_challenge(door: Door, sent: Sent, use: Services) -> Response:
    """The bare challenge, as Meta wants it; 403 for who does not know the verify token."""
    accounts = await _accounts(door, use)
    given = sent.query.get("hub.verify_token", "")
    # All are compared, so that the time tells nothing.
    known = [same(given, each.verify_token) for each in accounts]
    if sent.query.get("hub.mode") != "subscribe" or not any(known):
        raise refused(door, use, "wrong_token", 403, "The verify token is another one than that of the connection.")
    return PlainTextResponse(sent.query.get("hub.challenge", ""))


async def take(door: Door, sent: Sent, use: Services) -> Response:
    """Answered when all leads of the post are stored; what the people typed is fetched right after."""
    accounts = await _accounts(door, use)
    secrets = dict.fromkeys(secret for each in accounts for secret in each.app_secrets)
    if not believed(sent.body, sent.header(SIGNATURE.lower()), secrets):
        raise refused(door, use, "forged", 401, "This is not signed with the app secret. Nothing was stored.")
    posted = read_events(sent.body)
    for _ in range(posted.unreadable):
        use.refusals.count(door.source.id, "unreadable")
    arrival = door.arrival(sent, allow_fiction=use.settings.phone == "simulated")
    taken = await asyncio.gather(*(use.inlet.take_in(arriving(each, arrival, sent.body)) for each in posted.events))
    if any(each.lead.state == "arriving" for each in taken):
        use.meta.fetch.wake()
    # Also for what could not be read: Meta would only send the same once more.
    return JSONResponse({"leads": len(taken), "unreadable": posted.unreadable})


async def _accounts(door: Door, use: Services) -> list[MetaAccount]:
    settings = settings_of(MetaSettings, door.source.document)
    if isinstance(settings, tuple):
        raise refused(door, use, "no_settings", 503, AWAY, wait_s=60)
    try:
        return await use.meta.accounts.of(settings)
    except AccountUnusable as problem:
        # Which connection that is, is nobody's business outside. Meta sends again for 36 hours.
        log.warning("The lead source “%s” takes nothing: %s", door.source.name, problem)
        raise refused(door, use, "no_settings", 503, AWAY, wait_s=60) from None
