"""A form on a website, answered: with JSON to a script, with a page to a browser that posted the form by itself."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import urlsplit

from fastapi import Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import Field

from engine.api.doors import pages
from engine.api.doors.door import Door, Sent
from engine.api.doors.proving import refused, signed
from engine.api.leads import LeadRefused, LeadTaken, told
from engine.api.problems import MEDIA_TYPE, Problem, answer
from engine.api.services import Services
from engine.api.visitors import household
from engine.leads import Arrived, FormUnreadable, Intake, read_fields
from engine.leads.fields import FieldProblem
from engine.leads.sources import website
from engine.leads.sources.settings import settings_of
from engine.leads.sources.website import Sender, WebsiteSettings
from engine.store import DatabaseDown

ANY_WEBSITE: Final = {"Access-Control-Allow-Origin": "*"}
"""A script may read the answer wherever its page is from: also that its website is not in the list. No cookie or token
of ours goes with what it sends, so there is nothing to protect by keeping it from reading."""
_METHODS: Final = {
    **ANY_WEBSITE,
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
AWAY: Final = "We cannot take the form at this moment. Try again in a few seconds."


class FormTaken(LeadTaken):
    """`thank_you_url`: the page that the visitor is to see next; empty if none was set."""

    thank_you_url: str = Field("", description="The page that the visitor is to see next; empty if none was set.")


async def may_post(door: Door, sent: Sent, use: Services) -> Response:
    """The question a browser asks before a script of another website may post."""
    return Response(status_code=204, headers=_METHODS)


async def take(door: Door, sent: Sent, use: Services) -> Response:
    by_itself = "text/html" in sent.header("accept") and "json" not in sent.content_type
    try:
        response = await _take(door, sent, use, by_itself=by_itself)
    except (Problem, DatabaseDown) as problem:
        status, detail, headers = 503, AWAY, {"Retry-After": "5"}
        if isinstance(problem, Problem):
            status, detail, headers = problem.status, problem.detail, problem.headers
        if by_itself:
            response = pages.not_taken(detail, status, int(headers.get("Retry-After", "0")))
        else:
            response = answer(status, detail, headers)
    # Also on a refusal, so that the script that sent the form may read why.
    response.headers.update(ANY_WEBSITE)
    return response


async def _take(door: Door, sent: Sent, use: Services, *, by_itself: bool) -> Response:
    settings = settings_of(WebsiteSettings, door.source.document)
    if isinstance(settings, tuple):
        raise refused(door, use, "no_settings", 503, AWAY, 60.0)
    origin = sent.header("origin")
    id_, sender = "", _sender(sent)
    if settings.signature_connection:
        id_, sender = signed(door, sent, use).id, "signed"
    elif origin and not settings.lets_in(origin, _own(sent, use)):
        raise refused(door, use, "other_website", 403, "Forms of this website are not taken here.")
    else:
        _slow_down(door, sent, use, settings)
    try:
        fields = read_fields(sent.content_type, sent.body)
    except FormUnreadable as unreadable:
        raise refused(door, use, "unreadable", 415 if unreadable.unsupported else 400, str(unreadable)) from None
    arrived = website.read(
        fields, settings, door.arrival(sent, allow_fiction=use.settings.phone == "simulated"), sender, id_
    )
    arrived = sent.with_payload(arrived)
    intake = await use.inlet.take_in(arrived)
    if website.is_robot(arrived):
        use.refusals.count(door.source.id, "robot")
    if not arrived.usable:
        return _to_correct(arrived, intake, sent, by_itself=by_itself)
    if not by_itself:
        taken = FormTaken(
            lead_id=intake.lead.id,
            new=intake.is_new,
            problems=[told(each) for each in arrived.problems],
            thank_you_url=settings.thank_you_url,
        )
        return JSONResponse(taken.model_dump(), 201 if intake.is_new else 200)
    if settings.thank_you_url:
        return RedirectResponse(settings.thank_you_url, 303)
    return pages.taken(door.seller, _page_of(arrived))


def _to_correct(arrived: Arrived, intake: Intake, sent: Sent, *, by_itself: bool) -> Response:
    if by_itself:
        return pages.to_be_corrected(arrived.problems, _page_of(arrived))
    problem = LeadRefused(
        title="Unprocessable Content",
        status=422,
        detail=f"{_fatal(arrived.problems)} Put it right and send the form again.",
        lead_id=intake.lead.id,
        problems=[told(each) for each in arrived.problems],
    )
    return JSONResponse(problem.model_dump(), 422, media_type=MEDIA_TYPE)


def _fatal(problems: tuple[FieldProblem, ...]) -> str:
    return " ".join(each.problem for each in problems if each.fatal)


def _slow_down(door: Door, sent: Sent, use: Services, settings: WebsiteSettings) -> None:
    """Raises `Problem` for who sends too much. Whoever signs is not slowed down: it is the website's own server."""
    now = time.monotonic()
    for key, per_minute in (
        (f"{door.source.id} {household(sent.ip)}", settings.per_ip_per_minute),
        (door.source.id, settings.per_minute),
    ):
        if per_minute and (wait := use.buckets.take(key, per_minute, now)):
            raise refused(
                door, use, "too_often", 429, "This was sent too often. Wait a moment and send it again.", wait
            )


def _sender(sent: Sent) -> Sender:
    """Browsers name the page's origin, or at least that they fetch."""
    return "browser" if sent.header("origin") or sent.header("sec-fetch-mode") else "server"


def _own(sent: Sent, use: Services) -> tuple[str, ...]:
    """This Leadline's own origins, where its sample page is."""
    parts = urlsplit(use.settings.public_url)
    return f"{parts.scheme}://{parts.netloc}", f"http://127.0.0.1:{use.settings.port}"


def _page_of(arrived: Arrived) -> str:
    return arrived.evidence.form_url if arrived.evidence is not None else ""
