"""A form on a website, answered: with JSON to a script, with a page to a browser that posted the form by itself."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse

from engine.api.doors.door import Door, Sent
from engine.api.leads import LeadRefused, LeadTaken, told
from engine.api.problems import MEDIA_TYPE, Problem
from engine.api.services import Services
from engine.leads import FormUnreadable, read_fields
from engine.leads.sources import website
from engine.leads.sources.settings import settings_of
from engine.observe.metrics import METRICS


async def take(door: Door, sent: Sent, use: Services) -> Response:
    settings = settings_of(website.WebsiteSettings, door.source.document)
    if isinstance(settings, tuple):
        raise Problem(503, "This form's settings cannot be read. Whoever looks after Leadline must correct them.")
    try:
        fields = read_fields(sent.content_type, sent.body)
    except FormUnreadable as unreadable:
        raise Problem(415 if unreadable.unsupported else 400, str(unreadable)) from None
    submission = website.read(fields, settings, door.arrival(sent, allow_fiction=use.settings.phone == "simulated"))
    intake = await use.inlet.take_in(submission)
    METRICS.add("leads_received" if intake.is_new else "leads_repeated")
    problems = [told(each) for each in submission.problems]
    if not submission.usable:
        METRICS.add("leads_unusable")
        fatal = " ".join(each.problem for each in submission.problems if each.fatal)
        refused = LeadRefused(
            title="Unprocessable Content",
            status=422,
            detail=f"{fatal} Put it right and send the form again.",
            lead_id=intake.lead.id,
            problems=problems,
        )
        return JSONResponse(refused.model_dump(), 422, media_type=MEDIA_TYPE)
    taken = LeadTaken(lead_id=intake.lead.id, new=intake.is_new, problems=problems)
    return JSONResponse(taken.model_dump(), 201 if intake.is_new else 200)
