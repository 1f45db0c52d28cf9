"""Leads: taking in website forms, and looking at what came in."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_TOKEN, Asking, same
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.api.visitors import visitor
from engine.flow.document import FlowDocument, FlowRefused
from engine.leads import Arrival, FieldProblem, FormUnreadable, read_fields, read_submission
from engine.leads.phone import region_of
from engine.leads.website import flow_named, key_given
from engine.store import calls, campaigns, consents, flows, leads
from engine.store.calls import CallFilter
from engine.store.leads import StoredLead

log = logging.getLogger(__name__)
router = APIRouter(prefix="/leads", tags=["leads"])

# A form on another website may post here by script; no cookie or token of ours goes with it.
_ANY_WEBSITE: Final = {"Access-Control-Allow-Origin": "*"}


class FieldProblemOut(BaseModel):
    """What is wrong with a field, and what to do about it."""

    field: str
    problem: str
    fix: str


class LeadTaken(BaseModel):
    """`problems`: what should be put right though the lead can be called."""

    lead_id: str
    new: bool = Field(description="False when this very form had come before: nobody is called twice.")
    problems: list[FieldProblemOut] = Field(default_factory=list)


class LeadRefused(ProblemOut):
    """A form that nobody can be called by."""

    lead_id: str = Field(description="The form was kept, with the reason why it cannot be called.")
    problems: list[FieldProblemOut]


class LeadOut(BaseModel):
    """Somebody who asked to be called."""

    id: str
    source: str
    external_id: str | None
    received_at: datetime
    flow_id: str | None
    first_name: str
    last_name: str
    phone: str | None
    phone_typed: str
    email: str | None
    zone: str | None
    form: dict[str, str]
    state: str = Field(description="waiting, unusable or closed")
    reason: str
    next_call_at: datetime | None

    @classmethod
    def of(cls, lead: StoredLead) -> LeadOut:
        return cls(**{name: getattr(lead, name) for name in cls.model_fields})


class ConsentOut(BaseModel):
    """Evidence as it was given; it is never changed. `text_sha256`: of the text as shown."""

    id: str
    level: str
    seller: str
    text: str
    text_sha256: str
    ticked: bool | None
    given_at: datetime | None
    received_at: datetime
    form_url: str
    certificate: str
    ip: str
    user_agent: str
    phone_typed: str
    phone: str | None
    revoked_at: datetime | None
    revoked_how: str


class LeadFull(LeadOut):
    """A lead with the evidence of consent and the calls."""

    consents: list[ConsentOut]
    calls: list[str] = Field(description="Ids of the calls with this lead, newest first.")


class LeadPage(BaseModel):
    """`next`: pass it as `before` for the page that follows; null on the last one."""

    leads: list[LeadOut]
    next: datetime | None


@router.options("/website", include_in_schema=False)
async def may_a_website_post() -> Response:
    headers = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type, X-Form-Key"}
    return Response(status_code=204, headers=_ANY_WEBSITE | headers | {"Access-Control-Max-Age": "600"})


@router.post(
    "/website",
    status_code=201,
    response_model=LeadTaken,
    responses={200: {"model": LeadTaken}, 422: {"model": LeadRefused}, 400: {"model": ProblemOut}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "object", "example": {"name": "Zoë Miller", "phone": "(415) 555-2671"}}}
                for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
            },
        }
    },
)
async def website_form(
    request: Request, use: Use, flow: Annotated[str, Query(description="The flow to call with.")] = ""
) -> JSONResponse:
    """A website's form. Answered when it is stored; the call follows by itself, within a second."""
    body = await request.body()
    try:
        fields = read_fields(request.headers.get("content-type", ""), body)
    except FormUnreadable as unreadable:
        raise Problem(415 if unreadable.unsupported else 400, str(unreadable), headers=_ANY_WEBSITE) from None
    _check_key(request, use, key_given(fields))
    arrival = await _arrival(request, use, flow or flow_named(fields) or use.settings.default_flow)
    submission = read_submission(fields, arrival)
    intake = await use.inlet.take_in(submission)
    problems = [told(each) for each in submission.problems]
    if not submission.usable:
        fatal = " ".join(each.problem for each in submission.problems if each.fatal)
        detail = f"{fatal} Put it right and send the form again."
        refused = LeadRefused(
            title="Unprocessable Content", status=422, detail=detail, lead_id=intake.lead.id, problems=problems
        )
        return JSONResponse(refused.model_dump(), 422, _ANY_WEBSITE, "application/problem+json")
    taken = LeadTaken(lead_id=intake.lead.id, new=intake.is_new, problems=problems)
    return JSONResponse(taken.model_dump(), 201 if intake.is_new else 200, _ANY_WEBSITE)


@router.get("", dependencies=[NEEDS_TOKEN])
async def list_leads(
    use: Use, asking: Asking, limit: Annotated[int, Query(ge=1, le=500)] = 50, before: datetime | None = None
) -> LeadPage:
    """Newest first."""
    await use.looks.note(asking.who, "saw_leads", "leads", use.clock.now())
    if before is not None and before.tzinfo is None:
        raise Problem(422, "'before' needs a time zone, such as 2026-11-24T12:00:00Z.")
    async with use.database.read() as tx:
        found = await leads.recent(tx, limit, before)
    following = found[-1].received_at if len(found) == limit else None
    return LeadPage(leads=[LeadOut.of(each) for each in found], next=following)


@router.get("/{lead_id}", dependencies=[NEEDS_TOKEN], responses={404: {"model": ProblemOut}})
async def one_lead(lead_id: str, use: Use, asking: Asking) -> LeadFull:
    """A lead with its consent evidence."""
    await use.looks.note(asking.who, "saw_lead", f"lead:{lead_id}", use.clock.now())
    async with use.database.read() as tx:
        lead = await leads.read(tx, lead_id)
        if lead is None:
            raise Problem(404, f"There is no lead {lead_id}.")
        evidence = await consents.of_lead(tx, lead_id)
        placed = await calls.recent(tx, CallFilter(lead_id=lead_id), limit=100)
    own = {"id", "text_sha256", "received_at", "revoked_at", "revoked_how"}
    return LeadFull(
        **LeadOut.of(lead).model_dump(),
        consents=[
            ConsentOut(
                **{name: getattr(each if name in own else each.evidence, name) for name in ConsentOut.model_fields}
            )
            for each in evidence
        ],
        calls=[each.id for each in placed],
    )


def _check_key(request: Request, use: Services, in_form: str) -> None:
    key = use.settings.form_key
    if key is None:
        return
    given = request.headers.get("x-form-key") or request.query_params.get("key") or in_form
    if not same(given, key.get_secret_value()):
        raise Problem(
            401,
            "The form's key is missing or wrong. Send it as header 'X-Form-Key' or as hidden field 'form_key'.",
            headers=_ANY_WEBSITE,
        )


async def _arrival(request: Request, use: Services, flow_id: str) -> Arrival:
    async with use.database.read() as tx:
        version = await flows.read_version(tx, flow_id)
        campaign = await campaigns.for_flow(tx, flow_id)
    if version is None:
        detail = (
            f"There is no published flow '{flow_id}' to call with. Publish it, or name another one in the field 'flow'."
        )
        problem: dict[str, str | int | float | bool | None] = {
            "field": "flow", "problem": detail, "fix": "The list of flows is at /flows."
        }  # fmt: skip
        raise Problem(422, detail, headers=_ANY_WEBSITE, problems=[dict(problem)])
    try:
        seller = FlowDocument.load(version.text).flow.seller
    except FlowRefused as refused:
        raise Problem(500, f"The published flow '{flow_id}' cannot be read: {refused}") from None
    return Arrival(
        flow_id=flow_id,
        seller=seller.legal_name,
        region=region_of(seller.phone),
        ip=visitor(request, use.settings),
        user_agent=request.headers.get("user-agent", ""),
        referer=request.headers.get("referer", ""),
        allow_fiction=use.settings.phone == "simulated",
        campaign_id=campaign.id if campaign else None,
    )


def told(problem: FieldProblem) -> FieldProblemOut:
    return FieldProblemOut(field=problem.field, problem=problem.problem, fix=problem.fix)
