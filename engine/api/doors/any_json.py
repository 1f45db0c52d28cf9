"""What a connector or a form builder sends, answered. Also a lead that nobody can be called by is answered with 200:
the service would only send the same once more."""

from __future__ import annotations

import asyncio
import json

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from engine.api.doors.door import Door, Sent
from engine.api.doors.proving import refused, signed, with_token
from engine.api.leads import FieldProblemOut, told
from engine.api.services import Services
from engine.leads import FormUnreadable, Intake
from engine.leads.sources import any_json
from engine.leads.sources.any_json import JsonSettings, Read, TooMany
from engine.leads.sources.settings import settings_of


class SentLead(BaseModel):
    """`state`: waiting if the person will be called, unusable if nobody can be, for `reason`."""

    lead_id: str
    new: bool = Field(description="False when it had come before: nobody is called twice.")
    state: str
    reason: str
    problems: list[FieldProblemOut]


async def take(door: Door, sent: Sent, use: Services) -> Response:
    settings = settings_of(JsonSettings, door.source.document)
    if isinstance(settings, tuple):
        raise refused(door, use, "no_settings", 503, "The settings of this lead source must be corrected.", 60.0)
    id_, verified = "", ""
    if settings.signature_connection:
        id_, verified = signed(door, sent, use, settings.signature).id, "signed by the service"
    if settings.token_connection:
        with_token(door, sent, use, settings.token_header)
        verified = verified or "sent with the service's token"
    try:
        document = any_json.open_body(sent.content_type, sent.body)
        found = any_json.read(
            document, settings, door.arrival(sent, allow_fiction=use.settings.phone == "simulated"), id_, verified
        )
    except FormUnreadable as unreadable:
        raise refused(door, use, "unreadable", 400, str(unreadable)) from None
    except TooMany as many:
        raise refused(door, use, "too_many", 422, str(many)) from None
    taken = await asyncio.gather(*(_take_in(each, door, sent, use, only=len(found) == 1) for each in found))
    new = any(each.new and each.state != "unusable" for each in taken)
    if settings.leads_at:
        return JSONResponse({"leads": [each.model_dump() for each in taken]}, 201 if new else 200)
    return JSONResponse(taken[0].model_dump(), 201 if new else 200)


async def _take_in(read: Read, door: Door, sent: Sent, use: Services, *, only: bool) -> SentLead:
    # Of several leads, each is kept with its own part of what was sent.
    arrived = sent.with_payload(read.arrived, None if only else json.dumps(read.part).encode())
    intake: Intake = await use.inlet.take_in(arrived)
    if not arrived.usable and "phone" not in read.found:
        use.refusals.count(door.source.id, "no_phone")
    return SentLead(
        lead_id=intake.lead.id,
        new=intake.is_new,
        state=intake.lead.state,
        reason=intake.lead.reason,
        problems=[told(each) for each in arrived.problems],
    )
