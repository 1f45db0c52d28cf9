"""Lead sources: the doors that leads come in by, each with its address, its settings and its campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, NEEDS_VIEWER, Asking, Caller, require_role
from engine.api.lead_source_shapes import (
    NewAddressIn,
    NewSource,
    OldAddressOut,
    RefusalOut,
    SourceCheckIn,
    SourceConflict,
    SourceFiguresOut,
    SourceIn,
    SourceIssueOut,
    SourceKindOut,
    SourceNotReady,
    SourceOut,
)
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.leads.sources.kinds import KINDS, check_source
from engine.leads.sources.reasons import WORDS
from engine.leads.sources.settings import SourceIssue
from engine.sdk import Json
from engine.store import audit, campaign_figures, campaigns, connections, lead_sources, source_refusals
from engine.store.campaign_figures import SourceFigures
from engine.store.campaigns import StoredCampaign
from engine.store.lead_sources import GRACE, LeadSource, SourceAddress, SourceChanged
from engine.store.people import Role
from engine.store.source_refusals import Refusal

router = APIRouter(prefix="/lead-sources", tags=["campaigns"])

_SENTENCES: Final[Mapping[str, str]] = {str(code): words for code, words in WORDS.items()}
KEPT: Final = frozenset({"robot"})
"""Counted among refusals, though the lead is kept with the reason."""
WITHOUT_ADDRESS: Final = frozenset({"csv"})
_MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ProblemOut}}
_CHANGED: Final[dict[int | str, dict[str, Any]]] = {
    **_MISSING, 409: {"model": SourceConflict}, 422: {"model": SourceNotReady},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What the answers about sources are made of."""

    campaigns: dict[str, StoredCampaign]
    kinds: dict[str, str]
    addresses: dict[str, Sequence[SourceAddress]]
    figures: dict[str, SourceFigures]
    refusals: dict[str, Sequence[Refusal]]


@router.get("/kinds", dependencies=[NEEDS_TOKEN], operation_id="list_source_kinds")
async def list_kinds() -> list[SourceKindOut]:
    """The kinds of sources there are, with what can be set of each."""
    return [
        SourceKindOut(
            kind=each.kind,
            title=each.title,
            summary=each.summary,
            by_address=each.kind not in WITHOUT_ADDRESS,
            settings=each.settings.model_json_schema(),
        )
        for each in KINDS.values()
    ]


@router.post("/check", dependencies=[NEEDS_VIEWER], operation_id="check_source_settings")
async def check_settings(given: SourceCheckIn, use: Use) -> list[SourceIssueOut]:
    """What is wrong with settings; nothing is saved."""
    _known_kind(given.kind)
    async with use.database.read() as tx:
        kinds = await _connections(tx)
    return [SourceIssueOut.of(each) for each in check_source(given.kind, given.document, kinds)]


@router.get("", dependencies=[NEEDS_TOKEN])
async def list_lead_sources(
    use: Use, campaign_id: Annotated[str | None, Query(description="Those of one campaign.")] = None
) -> list[SourceOut]:
    """All sources by name, with what came through them."""
    await use.refusals.write_down()
    async with use.database.read() as tx:
        seen = await _look(tx)
        return [_out(each, seen, use) for each in await lead_sources.all_of_them(tx, campaign_id)]


@router.post("", status_code=201, dependencies=[NEEDS_TOKEN], responses={422: {"model": SourceNotReady}})
async def create_lead_source(new: NewSource, use: Use, asking: Asking) -> SourceOut:
    """Open a new source; its address is made here and cannot be guessed."""
    _known_kind(new.kind)
    now = use.clock.now()
    async with use.database.begin() as tx:
        await _campaign(tx, new.campaign_id)
        issues = check_source(new.kind, new.document, await _connections(tx))
        state = new.state or ("on" if asking.role >= Role.publisher and not _errors(issues) else "off")
        if state == "on":
            _may_be_on(asking, new.name, issues)
        source = await lead_sources.save(
            tx, lead_sources.new_source_id(), kind=new.kind, name=new.name.strip(), campaign_id=new.campaign_id,
            state=state, document=dict(new.document), revision=0, by=asking.author(new.by), now=now,
        )  # fmt: skip
        detail: dict[str, Json] = {"kind": source.kind, "campaign": source.campaign_id, "state": state}
        await _written(tx, asking, "created_lead_source", source, detail, now)
        return _out(source, await _look(tx), use)


@router.get("/{source_id}", dependencies=[NEEDS_TOKEN], responses=_MISSING)
async def one_lead_source(source_id: str, use: Use) -> SourceOut:
    """A source with its address, its settings, and what came through it."""
    await use.refusals.write_down()
    async with use.database.read() as tx:
        return _out(await _there(tx, source_id), await _look(tx), use)


@router.put("/{source_id}", dependencies=[NEEDS_TOKEN], responses=_CHANGED)
async def save_lead_source(source_id: str, new: SourceIn, use: Use, asking: Asking) -> SourceOut:
    """Change a source, or switch it on or off. What is on is changed by a publisher only, and not to settings with
    errors."""
    now = use.clock.now()
    async with use.database.begin() as tx:
        old = await _there(tx, source_id)
        if old.revision != new.revision:
            raise _conflict(old, await _look(tx), use)
        if new.campaign_id != old.campaign_id:
            await _campaign(tx, new.campaign_id)
        if old.state == "on" and new.state == "on":
            require_role(asking, Role.publisher)
        if new.state == "on":
            _may_be_on(asking, new.name, check_source(old.kind, new.document, await _connections(tx)))
        try:
            source = await lead_sources.save(
                tx, source_id, kind=old.kind, name=new.name.strip(), campaign_id=new.campaign_id, state=new.state,
                document=dict(new.document), revision=new.revision, by=asking.author(new.by), now=now,
            )  # fmt: skip
        except SourceChanged as changed:
            raise _conflict(changed.now, await _look(tx), use) from None
        detail: dict[str, Json] = {
            "revision": source.revision, "state": source.state, "campaign": source.campaign_id,
        }  # fmt: skip
        await _written(tx, asking, "changed_lead_source", source, detail, now)
        answer = _out(source, await _look(tx), use)
    use.doors.forget()
    return answer


@router.post("/{source_id}/address", dependencies=[NEEDS_PUBLISHER], responses=_MISSING, operation_id="move_source")
async def new_address(source_id: str, given: NewAddressIn, use: Use, asking: Asking) -> SourceOut:
    """Give a source a new address. The old one works for a week more, while websites and services are changed over;
    `at_once` ends it now. The source stays the same: its leads, its figures and its settings."""
    async with use.database.begin() as tx:
        source = await _there(tx, source_id)
        if source.kind in WITHOUT_ADDRESS:
            raise Problem(422, "Nothing is sent to this kind of source: it has no address.", code="no_address")
        # Real time, not the clock of business: an address proves who may send.
        await lead_sources.move(tx, source_id, datetime.now(UTC), timedelta(0) if given.at_once else GRACE)
        detail: dict[str, Json] = {"at_once": given.at_once}
        await _written(tx, asking, "moved_lead_source", source, detail, use.clock.now())
        answer = _out(source, await _look(tx), use)
    use.doors.forget()
    return answer


@router.delete(
    "/{source_id}", status_code=204, dependencies=[NEEDS_PUBLISHER], responses={**_MISSING, 409: {"model": ProblemOut}}
)
async def remove_lead_source(source_id: str, use: Use, asking: Asking) -> Response:
    """Remove a source that no lead has come through. One that has leads is proof of where they came from: switch it
    off."""
    async with use.database.begin() as tx:
        source = await _there(tx, source_id)
        if await campaign_figures.any_lead_of(tx, source_id):
            raise Problem(
                409, f"Leads have come through “{source.name}”, so it stays as proof of that. Switch it off instead.",
                code="has_leads",
            )  # fmt: skip
        await lead_sources.remove(tx, source_id)
        await _written(tx, asking, "removed_lead_source", source, {"kind": source.kind}, use.clock.now())
    use.doors.forget()
    return Response(status_code=204)


async def _there(tx: AsyncConnection, source_id: str) -> LeadSource:
    found = await lead_sources.read(tx, source_id)
    if found is None:
        raise Problem(404, "There is no such lead source.", code="no_source")
    return found


async def _campaign(tx: AsyncConnection, campaign_id: str) -> None:
    found = await campaigns.read(tx, campaign_id)
    if found is None or found.state == "archived":
        raise Problem(
            422, "Choose a campaign that is there and has not been put away: its leads need one.", code="no_campaign"
        )


async def _connections(tx: AsyncConnection) -> dict[str, str]:
    return {each.name: each.kind for each in await connections.overview(tx)}


async def _look(tx: AsyncConnection) -> Seen:
    return Seen(
        {each.id: each for each in await campaigns.all_of_them(tx)},
        await _connections(tx),
        dict(await lead_sources.addresses(tx, datetime.now(UTC))),
        dict(await campaign_figures.of_sources(tx)),
        dict(await source_refusals.of_sources(tx)),
    )


async def _written(
    tx: AsyncConnection, asking: Caller, what: str, source: LeadSource, detail: dict[str, Json], now: datetime
) -> None:
    # Not by its id: that is the first address, and whoever reads the log could send leads.
    await audit.add(tx, asking.who, what, f"campaign:{source.campaign_id}", {"source": source.name, **detail}, now)


def _known_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Problem(422, f"Sources of the kind '{kind}' are not known here.", code="no_kind")


def _may_be_on(asking: Caller, name: str, issues: Sequence[SourceIssue]) -> None:
    require_role(asking, Role.publisher)
    if found := _errors(issues):
        told: list[Json] = [SourceIssueOut.of(each).model_dump(mode="json") for each in issues]
        raise Problem(
            422, f"“{name}” cannot be on: {found[0].sentence} {found[0].fix}", code="has_errors", issues=told
        )  # fmt: skip


def _errors(issues: Sequence[SourceIssue]) -> list[SourceIssue]:
    return [each for each in issues if each.level == "error"]


def _conflict(now: LeadSource, seen: Seen, use: Services) -> Problem:
    return Problem(
        409, f"{SourceChanged(now)} Look at it again, then make your change; nothing of yours was stored yet.",
        code="source_changed", current=_out(now, seen, use).model_dump(mode="json"),
    )  # fmt: skip


def _out(source: LeadSource, seen: Seen, use: Services) -> SourceOut:
    campaign = seen.campaigns.get(source.campaign_id)
    addresses = [] if source.kind in WITHOUT_ADDRESS else seen.addresses.get(source.id, [])
    figures = seen.figures.get(source.id, SourceFigures())
    refused = seen.refusals.get(source.id, [])
    document = source.document if isinstance(source.document, dict) else {}
    issues = check_source(source.kind, document, seen.kinds) if source.kind in KINDS else ()
    return SourceOut(
        id=source.id,
        kind=source.kind,
        name=source.name,
        campaign_id=source.campaign_id,
        campaign_name=campaign.name if campaign else "",
        campaign_state=campaign.state if campaign else "",
        state=source.state,
        revision=source.revision,
        document=document,
        address=next((_url(use, each.address) for each in addresses if each.until is None), ""),
        old_addresses=[
            OldAddressOut(address=_url(use, each.address), until=each.until) for each in addresses if each.until
        ],
        changed_at=source.changed_at,
        changed_by=source.changed_by,
        figures=SourceFiguresOut(
            received=figures.received,
            unusable=figures.unusable,
            test=figures.test,
            refused=sum(each.times for each in refused if each.why not in KEPT),
            last_at=figures.last_at,
            last_problem=figures.last_problem,
            last_problem_at=figures.last_problem_at,
            refusals=[
                RefusalOut(why=each.why, sentence=_SENTENCES.get(each.why, ""), times=each.times, last_at=each.last_at)
                for each in refused
            ],
        ),
        issues=[SourceIssueOut.of(each) for each in issues],
    )


def _url(use: Services, address: str) -> str:
    return f"{use.settings.public_url.rstrip('/')}/in/{address}"
