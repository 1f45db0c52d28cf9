"""Campaigns: how the leads of a source are treated. The list, one, changing it, and what the validator says."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.auth import NEEDS_TOKEN, NEEDS_VIEWER, Asking, require_role
from engine.api.campaign_around import CALLS_PER_MINUTE, OurNumbers, around, week
from engine.api.campaign_shapes import (
    CampaignConflict,
    CampaignFull,
    CampaignIn,
    CampaignIssueOut,
    CampaignLine,
    CampaignNotReady,
    CheckIn,
    CheckOut,
    ChoicesOut,
    DutyOut,
    FiguresOut,
    NewCampaign,
    SourceLine,
    StateOut,
    WordsOut,
)
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.campaigns import Around, Campaign, CampaignRefused, Issue, check_document, errors, read, write
from engine.campaigns.changes import changes, renamed
from engine.campaigns.checks.rules import LOOSENINGS
from engine.campaigns.words import hours_words, plan_words
from engine.compliance.duties import signable
from engine.compliance.law import law
from engine.sdk import Json
from engine.store import audit, campaign_figures, campaigns, lead_sources
from engine.store.campaign_figures import CampaignFigures
from engine.store.campaigns import CampaignChanged, StoredCampaign
from engine.store.people import Role

router = APIRouter(prefix="/campaigns", tags=["campaigns"])

A_DAY: Final = timedelta(hours=24)
SLUG_LENGTH: Final = 40
MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ProblemOut}}

Since = Annotated[datetime | None, Query(description="Calls are counted from then; the last 24 hours if left out.")]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the answers about campaigns are made of. `names`: of flows, by id."""

    around: Around
    names: Mapping[str, str]
    figures: Mapping[str, CampaignFigures]
    sources: Mapping[str, list[SourceLine]]


@router.get("", dependencies=[NEEDS_TOKEN])
async def list_campaigns(
    use: Use, numbers: OurNumbers, since: Since = None, archived: bool = False
) -> list[CampaignLine]:
    """All campaigns by name, with what became of their leads; with `archived` also those that were put away."""
    async with use.database.read() as tx:
        found = await campaigns.all_of_them(tx)
        seen = await look(tx, use, numbers, since)
    return [_line(each, seen) for each in found if archived or each.state != "archived"]


@router.get("/choices", dependencies=[NEEDS_TOKEN], operation_id="campaign_choices")
async def choices(use: Use, numbers: OurNumbers) -> ChoicesOut:
    """What the fields of a campaign can be filled with, and the table of states."""
    loosened = [DutyOut(id=each.id, words=each.said, loosens=True) for each in LOOSENINGS]
    return ChoicesOut(
        numbers=numbers,
        max_calls=use.settings.max_calls,
        calls_per_minute=CALLS_PER_MINUTE,
        states=[
            StateOut(code=row.code, name=row.name, duties=sorted(row.duties), words=row.words, verify=row.verify)
            for row in sorted(law().states.values(), key=lambda row: row.name)
        ],
        duties=[*loosened, *(DutyOut(id=id, words=words, loosens=False) for id, words in signable().items())],
    )


@router.post("/check", dependencies=[NEEDS_VIEWER], operation_id="check_campaign_document")
async def check_unsaved(given: CheckIn, use: Use, numbers: OurNumbers) -> CheckOut:
    """What the validator says about a document, and what it comes to in words; nothing is saved."""
    async with use.database.read() as tx:
        facts, _ = await around(tx, use, numbers)
    return _checked(given.document, facts, given.state)


@router.post("", status_code=201, dependencies=[NEEDS_TOKEN], responses={422: {"model": CampaignNotReady}})
async def create_campaign(new: NewCampaign, use: Use, numbers: OurNumbers, asking: Asking) -> CampaignFull:
    """A new campaign. It is paused: nobody is called by it before it is switched on."""
    if (new.document is None) == (not new.flow_id):
        raise Problem(422, "Say what the campaign begins as: give either 'flow_id' or 'document'.", code="one_start")
    given: dict[str, Json] = new.document if new.document is not None else {"flow_id": new.flow_id}
    now = use.clock.now()
    async with use.database.begin() as tx:
        facts, _ = await around(tx, use, numbers)
        campaign = _readable(given, facts)
        campaign_id = new.id or _id(new.name)
        if await campaigns.read(tx, campaign_id) is not None:
            raise Problem(409, f"There is a campaign '{campaign_id}' already. Choose another id.", code="id_taken")
        stored = await campaigns.save(
            tx, campaign_id, name=new.name.strip(), state="paused", document=write(campaign), revision=0,
            by=asking.author(new.by), now=now,
        )  # fmt: skip
        await audit.add(tx, asking.who, "created_campaign", f"campaign:{campaign_id}", {"revision": 1}, now)
        return full(stored, await look(tx, use, numbers))


@router.get("/{campaign_id}", dependencies=[NEEDS_TOKEN], responses=MISSING)
async def one_campaign(campaign_id: str, use: Use, numbers: OurNumbers, since: Since = None) -> CampaignFull:
    """A campaign with its document and what the validator says about it."""
    async with use.database.read() as tx:
        return full(await there(tx, campaign_id), await look(tx, use, numbers, since))


@router.get("/{campaign_id}/check", dependencies=[NEEDS_TOKEN], responses=MISSING)
async def check_campaign(
    campaign_id: str, use: Use, numbers: OurNumbers,
    state: Annotated[str, Query(pattern=r"^[A-Z]{2}$", description="For the picture of the week.")] = "CA",
) -> CheckOut:  # fmt: skip
    """Whether a campaign could be switched on, what is wrong with it, and what it comes to in words."""
    async with use.database.read() as tx:
        stored = await there(tx, campaign_id)
        facts, _ = await around(tx, use, numbers)
    return _checked(stored.document, facts, state)


@router.put(
    "/{campaign_id}",
    dependencies=[NEEDS_TOKEN],
    responses={**MISSING, 409: {"model": CampaignConflict}, 422: {"model": CampaignNotReady}},
)
async def save_campaign(
    campaign_id: str, new: CampaignIn, use: Use, numbers: OurNumbers, asking: Asking
) -> CampaignFull:
    """Change a campaign. It may have issues while it is paused; while it is on, errors are refused, and the change goes
    live at once: that takes the role of a publisher."""
    now = use.clock.now()
    async with use.database.begin() as tx:
        old = await there(tx, campaign_id)
        if old.state == "on":
            require_role(asking, Role.publisher)
        not_newer(old)
        seen = await look(tx, use, numbers)
        campaign = _readable(new.document, seen.around)
        name, document = new.name.strip(), write(campaign)
        if old.revision != new.revision:
            raise _conflict(old, name, document, seen)
        if old.state == "on":
            forbid_errors(old.name, document, seen.around)
        if old.document == document and old.name == name:
            return full(old, seen)
        try:
            stored = await campaigns.save(
                tx, campaign_id, name=name, state=old.state, document=document, revision=new.revision,
                by=asking.author(new.by), now=now,
            )  # fmt: skip
        except CampaignChanged as changed:
            raise _conflict(changed.now, name, document, seen) from None
        paths: list[Json] = [each.path for each in [*renamed(old.name, name), *changes(old.document, document)]]
        detail: dict[str, Json] = {"revision": stored.revision, "fields": paths}
        await audit.add(tx, asking.who, "changed_campaign", f"campaign:{campaign_id}", detail, now)
    use.doors.forget()
    use.dialer.wake()
    return full(stored, seen)


async def there(tx: AsyncConnection, campaign_id: str) -> StoredCampaign:
    found = await campaigns.read(tx, campaign_id)
    if found is None:
        raise Problem(404, f"There is no campaign '{campaign_id}'.", code="no_campaign")
    return found


async def look(tx: AsyncConnection, use: Services, numbers: list[str], since: datetime | None = None) -> Seen:
    if since is not None and since.tzinfo is None:
        raise Problem(422, "'since' needs a time zone, such as 2026-11-24T12:00:00Z.")
    facts, names = await around(tx, use, numbers)
    figures = await campaign_figures.of_campaigns(tx, since or use.clock.now() - A_DAY)
    sources: dict[str, list[SourceLine]] = {}
    for each in await lead_sources.all_of_them(tx):
        line = SourceLine(id=each.id, kind=each.kind, name=each.name, state=each.state)
        sources.setdefault(each.campaign_id, []).append(line)
    return Seen(facts, names, figures, sources)


def full(stored: StoredCampaign, seen: Seen) -> CampaignFull:
    campaign, issues = check_document(stored.document, seen.around)
    return CampaignFull(
        **_line(stored, seen).model_dump(),
        document=stored.document if isinstance(stored.document, dict) else {},
        read_only=any(each.code == "newer_format" for each in issues),
        issues=[CampaignIssueOut.of(each) for each in issues],
        words=_words(campaign),
    )


def forbid_errors(name: str, document: Json, facts: Around) -> None:
    """Raises `Problem` for a campaign that nobody may be called by."""
    _, issues = check_document(document, facts)
    if found := errors(issues):
        more = f" There are {len(found) - 1} more problems." if len(found) > 1 else ""
        raise _not_ready(f"“{name}” cannot be on: {found[0].sentence} {found[0].fix}{more}", issues, "has_errors")


def not_newer(stored: StoredCampaign) -> None:
    """Raises `Problem` for a campaign that can only be looked at here."""
    try:
        read(stored.document)
    except CampaignRefused as refused:
        if refused.newer:
            raise Problem(422, str(refused), code="newer_format") from None


def _readable(document: dict[str, Json], facts: Around) -> Campaign:
    campaign, issues = check_document(document, facts)
    if campaign is None:
        raise _not_ready(f"{issues[0].sentence} {issues[0].fix}", issues, issues[0].code)
    return campaign


def _not_ready(detail: str, issues: list[Issue], code: str) -> Problem:
    return Problem(
        422, detail, code=code, issues=[CampaignIssueOut.of(each).model_dump(mode="json") for each in issues]
    )  # fmt: skip


def _conflict(now: StoredCampaign, name: str, yours: Json, seen: Seen) -> Problem:
    told = [*renamed(now.name, name), *changes(now.document, yours)]
    return Problem(
        409,
        f"{CampaignChanged(now)} Compare the two, then save again; nothing of yours was stored yet.",
        code="campaign_changed",
        current=full(now, seen).model_dump(mode="json"),
        yours=yours,
        changes=[
            {"path": each.path, "title": each.title, "sentence": each.sentence, "before": each.before,
             "after": each.after}
            for each in told
        ],
    )  # fmt: skip


def _line(stored: StoredCampaign, seen: Seen) -> CampaignLine:
    campaign, issues = check_document(stored.document, seen.around)
    wrong = len(errors(issues))
    flow_id = campaign.flow_id if campaign else ""
    return CampaignLine(
        id=stored.id,
        name=stored.name,
        state=stored.state,
        revision=stored.revision,
        flow_id=flow_id,
        flow_name=seen.names.get(flow_id, ""),
        priority=campaign.priority if campaign else 0,
        changed_at=stored.changed_at,
        changed_by=stored.changed_by,
        errors=wrong,
        warnings=len(issues) - wrong,
        figures=FiguresOut.of(seen.figures.get(stored.id, CampaignFigures())),
        sources=seen.sources.get(stored.id, []),
    )


def _checked(document: Json, facts: Around, state: str) -> CheckOut:
    campaign, issues = check_document(document, facts)
    return CheckOut(
        ready=not errors(issues),
        issues=[CampaignIssueOut.of(each) for each in issues],
        words=_words(campaign),
        week=week(campaign, state, facts) if campaign and state else [],
    )


def _words(campaign: Campaign | None) -> WordsOut | None:
    return WordsOut(plan=plan_words(campaign.attempts), hours=hours_words(campaign)) if campaign else None


def _id(name: str) -> str:
    """Readable, and unlike any other: 'website_3f2a9c'."""
    slug = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:SLUG_LENGTH].strip("_")
    return f"{slug or 'campaign'}_{secrets.token_hex(3)}"
