"""The addresses that leads are sent to, one a source: `/in/src_...`. What each kind answers: `engine.api.doors`."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import APIRouter, Request, Response

from engine.api.doors import any_json, google, meta, website
from engine.api.doors.door import Door, DoorStuck, NoDoor, Sent
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.api.visitors import visitor
from engine.observe.metrics import METRICS
from engine.store.lead_sources import SourceKind

log = logging.getLogger(__name__)
router = APIRouter(prefix="/in", tags=["leads"])

Take = Callable[[Door, Sent, Services], Awaitable[Response]]

_TAKES: Final[Mapping[SourceKind, Take]] = {
    "website": website.take, "google": google.take, "meta": meta.take, "json": any_json.take,
}  # fmt: skip
"""What is posted. Kinds that are not here take nothing by HTTP."""
_ANSWERS: Final[Mapping[SourceKind, Take]] = {"meta": meta.answer_challenge}
"""What is asked by GET: a source's question whether the address is ours."""
_PREFLIGHTS: Final[Mapping[SourceKind, Take]] = {"website": website.may_post}
"""What browsers ask before a script may post."""


@router.options("/{source_id}", include_in_schema=False)
async def may_a_page_post(source_id: str, request: Request, use: Use) -> Response:
    return await _by_kind(_PREFLIGHTS, source_id, request, use)


@router.post("/{source_id}", responses={404: {"model": ProblemOut}, 413: {"model": ProblemOut}})
async def send_lead(source_id: str, request: Request, use: Use) -> Response:
    """A lead, as the source at this address sends it: a form, or the webhook of an advertising service. Answered when
    it is stored; the call follows by itself."""
    return await _by_kind(_TAKES, source_id, request, use)


@router.get("/{source_id}", responses={404: {"model": ProblemOut}})
async def answer_challenge(source_id: str, request: Request, use: Use) -> Response:
    """What some services ask before they send anything: whether this address is theirs to use."""
    return await _by_kind(_ANSWERS, source_id, request, use)


async def _by_kind(ways: Mapping[SourceKind, Take], source_id: str, request: Request, use: Services) -> Response:
    at = use.clock.now()
    try:
        door = await use.doors.at(source_id)
    except NoDoor:
        METRICS.add("leads_refused_no_source")
        raise Problem(
            404,
            "Nothing is taken at this address. Copy the address of the lead source again.",
            headers=website.ANY_WEBSITE,
            message="Nothing is taken at this address.",  # what Google shows of an answer
        ) from None
    except DoorStuck as stuck:
        # Why, is for those who look after Leadline; outside it would tell of its insides.
        log.warning("A lead source takes nothing: %s", stuck)
        METRICS.add("leads_refused_stuck")
        raise Problem(
            503,
            "This lead source cannot take leads at the moment. Send again later.",
            headers={**website.ANY_WEBSITE, "Retry-After": "60"},
        ) from None
    if (way := ways.get(door.source.kind)) is None:
        raise Problem(405, "This lead source takes nothing in this way.")
    sent = Sent(
        body=await request.body(),
        content_type=request.headers.get("content-type", ""),
        headers=dict(request.headers),
        query=dict(request.query_params),
        ip=visitor(request, use.settings),
        at=at,
        world=time.time(),
    )
    return await way(door, sent, use)
