"""What staff do at a lead source of the kind Meta: see what waits to be fetched, fetch it again, subscribe the page,
take in what was missed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking, Caller
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.leads.graph_errors import GraphTrouble
from engine.leads.meta_account import AccountUnusable, MetaAccount
from engine.leads.meta_fetch import SourceStuck
from engine.leads.meta_kind import in_words
from engine.leads.sources.meta import MetaSettings
from engine.leads.sources.meta_event import read_id
from engine.sdk import Json, Transient
from engine.store import audit, lead_fetches, lead_sources
from engine.store.lead_sources import LeadSource

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": ProblemOut}, 422: {"model": ProblemOut}, 503: {"model": ProblemOut},
}  # fmt: skip
router = APIRouter(
    prefix="/lead-sources/{source_id}/meta", tags=["lead sources"], dependencies=[NEEDS_TOKEN], responses=_ANSWERS
)

SourceId = Annotated[str, Path(max_length=64)]
LONGEST_DAYS: Final = 90
"""So long Meta keeps leads."""


class ProblemOfLeads(BaseModel):
    """`sentence`: what is wrong and what to do; `leads`: how many wait for it."""

    sentence: str
    leads: int


class FetchesOut(BaseModel):
    """Leads whose answers are still at Meta. `waiting`: they are fetched, or tried again, by themselves. `parked`: not
    before somebody has mended what `problems` say."""

    waiting: int
    parked: int
    problems: list[ProblemOfLeads]


class PageOut(BaseModel):
    """A page of the source. `problem`: why it cannot be told; empty if it can."""

    connection: str
    page_id: str
    subscribed: bool
    problem: str = ""


class ResumedOut(BaseModel):
    """What is fetched again."""

    leads: int = Field(description="How many are fetched again, now.")


class BackfillIn(BaseModel):
    """`form_ids`: without them those that the source has settings for."""

    days: int = Field(7, ge=1, le=LONGEST_DAYS)
    form_ids: list[str] = Field(default_factory=list, max_length=50)


class BackfillOut(BaseModel):
    """`found`: leads that Meta has of that time; `new`: those that were not here yet, and are called now."""

    found: int
    new: int


@router.get("")
async def leads_at_meta(source_id: SourceId, use: Use) -> FetchesOut:
    """How many leads of a source are still to be fetched, and what keeps them."""
    await _of_meta(use, source_id)
    async with use.database.read() as tx:
        found = await lead_fetches.standing(tx, source_id)
    problems = [ProblemOfLeads(sentence=sentence, leads=count) for sentence, count in found.problems]
    return FetchesOut(waiting=found.waiting, parked=found.parked, problems=problems)


@router.post("/fetch-again", dependencies=[NEEDS_PUBLISHER])
async def fetch_again(source_id: SourceId, use: Use, asking: Asking) -> ResumedOut:
    """Try again to fetch the leads that wait for something that is mended by now."""
    source = await _of_meta(use, source_id)
    now = datetime.now(UTC)  # real time, as that of the tries
    async with use.database.begin() as tx:
        count = await lead_fetches.resume(tx, now, source_id=source_id)
        await _told(tx, use, asking, "fetched_leads_again", source, {"leads": count})
    use.meta.fetch.wake()
    return ResumedOut(leads=count)


@router.get("/subscription", dependencies=[NEEDS_PUBLISHER])
async def subscription(source_id: SourceId, use: Use) -> list[PageOut]:
    """Ask Meta whether an app hears of the leads of the source's pages."""
    await _of_meta(use, source_id)
    return [await _page(use, account) for account in await _accounts(use, source_id)]


@router.post("/subscription", dependencies=[NEEDS_PUBLISHER])
async def subscribe(source_id: SourceId, use: Use, asking: Asking) -> list[PageOut]:
    """Have Meta tell the app of the leads of the source's pages. May be done again."""
    source = await _of_meta(use, source_id)
    accounts = await _accounts(use, source_id)
    for account in accounts:
        try:
            await use.meta.graph.subscribe(account)
        except GraphTrouble as trouble:
            raise _problem(trouble) from None
    async with use.database.begin() as tx:
        await _told(tx, use, asking, "subscribed_page", source, {"pages": len(accounts)})
    return [await _page(use, account) for account in accounts]


@router.post("/backfill", dependencies=[NEEDS_PUBLISHER])
async def take_in_what_was_missed(source_id: SourceId, given: BackfillIn, use: Use, asking: Asking) -> BackfillOut:
    """Fetch the leads of the last days, form by form. Whoever is here already does not come in again."""
    source = await _of_meta(use, source_id)
    settings = await _settings(use, source_id)
    forms = [*dict.fromkeys(given.form_ids or settings.forms)]
    if wrong := [each for each in forms if not read_id(each)]:
        raise Problem(422, f"'{wrong[0][:40]}' is no id of a form. It is a number, shown beside the form at Meta.")
    if not forms:
        raise Problem(422, "Name the forms: their ids stand beside them at Meta, under “Instant forms”.")
    found = new = 0
    for form_id in forms:
        try:
            done = await use.meta.backfill(source_id, form_id, given.days)
        except (AccountUnusable, SourceStuck) as problem:
            raise Problem(422, str(problem)) from None
        except GraphTrouble as trouble:
            raise _problem(trouble, f"The form {form_id}: ") from None
        found, new = found + done.found, new + done.new
    async with use.database.begin() as tx:
        detail: dict[str, Json] = {"days": given.days, "found": found, "new": new}
        await _told(tx, use, asking, "backfilled_leads", source, detail)
    return BackfillOut(found=found, new=new)


async def _page(use: Services, account: MetaAccount) -> PageOut:
    try:
        subscribed, problem = await use.meta.graph.is_subscribed(account), ""
    except GraphTrouble as trouble:
        subscribed, problem = False, str(in_words(trouble))
    return PageOut(connection=account.name, page_id=account.page_id, subscribed=subscribed, problem=problem)


async def _accounts(use: Services, source_id: str) -> list[MetaAccount]:
    try:
        return await use.meta.accounts.of(await _settings(use, source_id))
    except AccountUnusable as problem:
        raise Problem(422, str(problem)) from None


async def _settings(use: Services, source_id: str) -> MetaSettings:
    try:
        settings, _ = await use.meta.source(source_id)
    except SourceStuck as stuck:
        raise Problem(422, str(stuck)) from None
    return settings


async def _of_meta(use: Services, source_id: str) -> LeadSource:
    async with use.database.read() as tx:
        source = await lead_sources.read(tx, source_id)
    if source is None:
        raise Problem(404, "There is no such lead source.")
    if source.kind != "meta":
        raise Problem(422, "This is no lead source of the kind Meta.")
    return source


def _problem(trouble: GraphTrouble, about: str = "") -> Problem:
    said = in_words(trouble)
    return Problem(503 if isinstance(said, Transient) else 422, f"{about}{said}")


async def _told(
    tx: AsyncConnection, use: Services, asking: Caller, what: str, source: LeadSource, detail: dict[str, Json]
) -> None:
    # Not by its id: that is an address, and whoever reads the log could send leads.
    told: dict[str, Json] = {"source": source.name, **detail}
    await audit.add(tx, asking.who, what, f"campaign:{source.campaign_id}", told, use.clock.now())
