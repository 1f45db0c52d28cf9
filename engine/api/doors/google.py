"""A lead form of Google Ads, answered: `{}`, or a message that Google shows to whoever presses “Send test data”."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse

from engine.api.doors.door import Door, Sent
from engine.api.services import Services
from engine.leads.sources import google
from engine.leads.sources.google import GoogleSettings, GoogleUnreadable
from engine.leads.sources.reasons import Reason
from engine.leads.sources.settings import settings_of
from engine.leads.sources.signatures import same_secret


async def take(door: Door, sent: Sent, use: Services) -> Response:
    """Also a lead that nobody can be called by is answered with 200: Google would only send the same once more."""
    settings = settings_of(GoogleSettings, door.source.document)
    if isinstance(settings, tuple):
        return _refused(door, use, "no_settings", 503, "The settings of this lead source must be corrected.")
    try:
        lead = google.parse(sent.body)
    except GoogleUnreadable as unreadable:
        return _refused(door, use, "unreadable", 400, str(unreadable))
    # All are compared, so that the time tells nothing.
    fits = [same_secret(lead.key, each) for each in door.secrets.get("key_connection", ())]
    if not any(fits):
        return _refused(door, use, "wrong_key", 401, "The key is another one than that of this lead source.")
    arrived = google.read(lead, settings, door.arrival(sent, allow_fiction=use.settings.phone == "simulated"))
    await use.inlet.take_in(sent.with_payload(arrived, lead.payload))
    return JSONResponse({})


def _refused(door: Door, use: Services, why: Reason, status: int, message: str) -> Response:
    use.refusals.count(door.source.id, why)
    return JSONResponse({"message": message}, status)
