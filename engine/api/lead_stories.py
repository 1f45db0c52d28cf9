"""Leads with what became of them: the list, one lead's whole story, and the figures over many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_TOKEN, Asking
from engine.api.leads import LeadOut
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.compliance.words import TITLES
from engine.leads import funnel, speed
from engine.leads.speed import Quantiles, Stage, StageName, Times
from engine.sdk import Json
from engine.store import calls, campaigns, lead_figures, lead_sources, lead_story, leads
from engine.store.calls import CallFilter, CallRecord
from engine.store.lead_figures import FirstCall, LeadFilter, LeadLine
from engine.store.lead_story import LeadEvent
from engine.store.leads import LeadState, StoredLead

router = APIRouter(tags=["leads"], dependencies=[NEEDS_TOKEN])

_BEFORE: Final = "|"


class LeadLineOut(LeadOut):
    """A lead with its newest call, whose fields are null without any. `form_to_ring_ms`: of the first call."""

    calls: int
    call_id: str | None
    call_state: str | None
    disposition: str | None
    call_reason: str | None
    form_to_ring_ms: int | None

    @classmethod
    def line(cls, line: LeadLine) -> LeadLineOut:
        return cls(
            **LeadOut.of(line.lead).model_dump(),
            calls=line.calls,
            call_id=line.call_id,
            call_state=line.call_state,
            disposition=line.disposition,
            call_reason=line.reason,
            form_to_ring_ms=line.form_to_ring_ms,
        )


class LeadLines(BaseModel):
    """`counts`: how many there are in each state, whatever page is shown. `next`: pass it as `before` for the page that
    follows; null on the last one."""

    leads: list[LeadLineOut]
    counts: dict[str, int]
    next: str | None


class StageOut(BaseModel):
    """A stage on the way from the form to our first word. `since_start_ms`: since the first that is known; `took_ms`:
    since the one before, null for the first."""

    name: StageName
    at: datetime
    since_start_ms: int
    took_ms: int | None

    @classmethod
    def of(cls, stage: Stage) -> StageOut:
        return cls(name=stage.name, at=stage.at, since_start_ms=stage.since_start_ms, took_ms=stage.took_ms)


class AttemptOut(BaseModel):
    """A call to the lead. `decision`: why it was allowed, rule by rule; null for one that came in."""

    call_id: str
    attempt: int
    direction: str
    state: str
    placed_at: datetime
    disposition: str | None
    reason: str | None
    problem: str
    stages: list[StageOut]
    decision: Json


class EventOut(BaseModel):
    """What happened. `data` by kind: `why` is a sentence for people; `decided` holds the decision rule by rule."""

    at: datetime
    kind: str
    data: dict[str, Json]


class StoryOut(BaseModel):
    """Everything that happened to a lead, oldest first, and its calls. `held_up`: why nobody calls the lead although
    a call is due or planned, other than its time; empty if nothing is in the way."""

    lead_id: str
    held_up: str
    campaign: str | None = Field(description="Its id.")
    source_name: str = Field(description="What staff call the source; empty for the installation's own form.")
    events: list[EventOut]
    attempts: list[AttemptOut]


class QuantilesOut(BaseModel):
    """Milliseconds over `count` leads."""

    count: int
    p50: int
    p95: int

    @classmethod
    def of(cls, found: Quantiles | None) -> QuantilesOut | None:
        return cls(count=found.count, p50=found.p50, p95=found.p95) if found else None


class FunnelOut(BaseModel):
    """Numbers of leads, and the rates made of them (0 to 1; null where nobody is counted)."""

    leads: int
    unusable: int
    dialled: int
    talked: int
    qualified: int
    booked: int
    opted_out: int
    wrong_number: int
    contact_rate: float | None
    qualification_rate: float | None
    booking_rate: float | None
    opt_out_rate: float | None
    too_many_opt_outs: bool

    @classmethod
    def of(cls, found: funnel.Funnel) -> FunnelOut:
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class FiguresOut(BaseModel):
    """Figures over the leads of a time. `to_ring`: speed-to-lead, from the moment a lead reached us to the first ring;
    all speeds are of first attempts that were made at once. `stages`: each from the one before it."""

    since: datetime
    until: datetime
    to_ring: QuantilesOut | None
    to_answer: QuantilesOut | None
    to_first_word: QuantilesOut | None
    greeting: QuantilesOut | None
    stages: dict[StageName, QuantilesOut]
    all: FunnelOut
    by_source: dict[str, FunnelOut]
    by_hour: dict[int, FunnelOut]
    outcomes: dict[str, int]
    cut: bool = Field(description="Whether there were more leads than are counted at once; the newest are.")


@router.get("/lead-list", operation_id="list_leads_with_calls")
async def lead_list(
    use: Use,
    asking: Asking,
    state: LeadState | None = None,
    campaign: str | None = None,
    source: str | None = None,
    source_id: str | None = None,
    disposition: str | None = None,
    words: Annotated[str, Query(max_length=100, description="A part of name, number or e-mail address.")] = "",
    planned: Annotated[bool | None, Query(description="Whether a further call is planned.")] = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
) -> LeadLines:
    """Newest first, each with its newest call."""
    await use.looks.note(asking.who, "saw_leads", "leads", use.clock.now())
    where = LeadFilter(
        state=state,
        campaign_id=campaign,
        source_id=source_id,
        source=source,
        words=words,
        disposition=disposition,
        since=_aware("since", since),
        until=_aware("until", until),
        planned=planned,
    )
    async with use.database.read() as tx:
        found = await lead_figures.page(tx, where, limit, _place(before))
        counts = await lead_figures.counts(tx, where)
    last = found[-1].lead if len(found) == limit else None
    following = f"{last.received_at.isoformat()}{_BEFORE}{last.id}" if last else None
    return LeadLines(leads=[LeadLineOut.line(each) for each in found], counts=dict(counts), next=following)


@router.get("/leads/{lead_id}/story", responses={404: {"model": ProblemOut}}, operation_id="read_story_of_lead")
async def story(lead_id: str, use: Use, asking: Asking) -> StoryOut:
    """How a lead came in, why it was or was not called, and how long each stage took."""
    await use.looks.note(asking.who, "saw_lead", f"lead:{lead_id}", use.clock.now())
    async with use.database.read() as tx:
        lead = await leads.read(tx, lead_id)
        if lead is None:
            raise Problem(404, f"There is no lead {lead_id}.")
        events = await lead_story.of_lead(tx, lead_id)
        theirs = await calls.recent(tx, CallFilter(lead_id=lead_id), limit=100)
        proofs = {each.id: await calls.proof(tx, each.id) for each in theirs}
        door = await lead_sources.read(tx, lead.source_id) if lead.source_id else None
        stored = await campaigns.read(tx, lead.campaign_id) if lead.campaign_id else None
    held_up = (stored.why_off if stored else "") or use.dialer.why_paused
    return StoryOut(
        lead_id=lead_id,
        held_up=held_up if lead.next_call_at is not None else "",
        campaign=lead.campaign_id,
        source_name=door.name if door else "",
        events=[EventOut(at=each.at, kind=each.kind, data=_in_words(each)) for each in events],
        attempts=[
            AttemptOut(
                call_id=each.id,
                attempt=each.attempt,
                direction=each.direction,
                state=each.state,
                placed_at=each.placed_at,
                disposition=each.disposition,
                reason=each.reason,
                problem=each.problem,
                stages=[StageOut.of(stage) for stage in speed.stages(_times(lead, each))],
                decision=_titled(proofs[each.id][0]),
            )
            for each in reversed(theirs)
        ],
    )


@router.get("/figures/leads", responses={422: {"model": ProblemOut}}, operation_id="read_figures_of_leads")
async def figures(
    use: Use,
    days: Annotated[int, Query(ge=1, le=366)] = 7,
    campaign: str | None = None,
    source: str | None = None,
    zone: Annotated[str, Query(description="In whose hours of the day leads are counted (IANA name).")] = "UTC",
) -> FiguresOut:
    """How fast leads were called and what became of them, over the last days."""
    if zone not in available_timezones():
        raise Problem(422, f"There is no time zone '{zone}'. Name it like America/New_York.")
    until = use.clock.now()
    since = until - timedelta(days=days)
    async with use.database.read() as tx:
        found = await lead_figures.first_calls(tx, LeadFilter(campaign_id=campaign, source=source, since=since))
    measured = speed.speed([_times_of(each) for each in found if _at_once(each)])
    return FiguresOut(
        since=since,
        until=until,
        to_ring=QuantilesOut.of(measured.to_ring),
        to_answer=QuantilesOut.of(measured.to_answer),
        to_first_word=QuantilesOut.of(measured.to_first_word),
        greeting=QuantilesOut.of(measured.greeting),
        stages={
            name: QuantilesOut(count=each.count, p50=each.p50, p95=each.p95) for name, each in measured.took.items()
        },
        all=FunnelOut.of(funnel.funnel(found)),
        by_source={name: FunnelOut.of(each) for name, each in funnel.by_source(found).items()},
        by_hour={hour: FunnelOut.of(each) for hour, each in funnel.by_hour(found, ZoneInfo(zone)).items()},
        outcomes=dict(funnel.outcomes(found)),
        cut=len(found) == lead_figures.MOST,
    )


def _in_words(event: LeadEvent) -> dict[str, Json]:
    told = _titled(dict(event.data)) if event.kind == "decided" else None
    return told if isinstance(told, dict) else dict(event.data)


def _titled(decision: Json) -> Json:
    """The document of a decision, each rule with its name for people."""
    if not isinstance(decision, dict) or not isinstance(checks := decision.get("checks"), list):
        return decision
    named = [each | {"title": TITLES.get(str(each.get("rule")), "")} for each in checks if isinstance(each, dict)]
    return decision | {"checks": [*named]}


AT_ONCE: Final = timedelta(minutes=5)
"""A first call that was permitted later had to wait for something: its hours, a pause, a list."""


def _at_once(call: FirstCall) -> bool:
    return call.permitted_at is not None and call.permitted_at - call.received_at <= AT_ONCE


def _times(lead: StoredLead, call: CallRecord) -> Times:
    """A later attempt does not begin with the form."""
    form: dict[StageName, datetime | None] = {}
    if call.attempt == 1 and call.direction == "outbound":
        form = {"form": lead.submitted_at, "webhook": lead.webhook_at, "accepted": lead.accepted_at}
    return _known(
        form
        | {
            "permitted": call.permitted_at,
            "requested": call.requested_at,
            "ringing": call.ringing_at,
            "answered": call.answered_at,
            "greeted": call.greeted_at,
            "first_word": call.first_word_at,
        }
    )


def _times_of(call: FirstCall) -> Times:
    return _known(
        {
            "form": call.submitted_at,
            "webhook": call.webhook_at or call.received_at,
            "accepted": call.accepted_at,
            "permitted": call.permitted_at,
            "requested": call.requested_at,
            "ringing": call.ringing_at,
            "answered": call.answered_at,
            "greeted": call.greeted_at,
            "first_word": call.first_word_at,
        }
    )


def _known(times: dict[StageName, datetime | None]) -> Times:
    return {name: at for name, at in times.items() if at is not None}


def _aware(name: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Problem(422, f"'{name}' needs a time zone, such as 2026-11-24T12:00:00Z.")
    return moment


def _place(before: str | None) -> tuple[datetime, str] | None:
    if not before:
        return None
    at, _, lead_id = before.partition(_BEFORE)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not lead_id:
        raise Problem(422, "'before' is what the page before gave as 'next'.")
    return moment, lead_id
