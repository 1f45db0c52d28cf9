"""Switching campaigns on, pausing and putting them away; their old versions, and what differs between two."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking, Caller
from engine.api.campaign_around import OurNumbers
from engine.api.campaign_shapes import (
    CampaignChangesOut,
    CampaignFull,
    CampaignNotReady,
    CampaignVersionOut,
    SwitchIn,
)
from engine.api.campaigns import MISSING, forbid_errors, full, look, not_newer, there
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.campaigns.changes import Change, changes, renamed, told_state
from engine.sdk import Json
from engine.store import audit, campaigns
from engine.store.campaigns import CampaignState, StoredCampaign
from engine.store.database import one_at_a_time

router = APIRouter(prefix="/campaigns", tags=["campaigns"])

Revision = Annotated[int, Query(ge=1)]


@router.post("/{campaign_id}/pause", dependencies=[NEEDS_TOKEN], responses=MISSING)
async def pause_campaign(
    campaign_id: str, given: SwitchIn, use: Use, numbers: OurNumbers, asking: Asking
) -> CampaignFull:
    """Nobody is called by it from this moment on, whatever was planned; calls under way go on. Leads still come in and
    wait."""
    return await _switched(campaign_id, "paused", given, use, numbers, asking)


@router.post(
    "/{campaign_id}/resume",
    dependencies=[NEEDS_PUBLISHER],
    responses={**MISSING, 409: {"model": ProblemOut}, 422: {"model": CampaignNotReady}},
)
async def resume_campaign(
    campaign_id: str, given: SwitchIn, use: Use, numbers: OurNumbers, asking: Asking
) -> CampaignFull:
    """Switch it on: those who wait are called as their time comes. Refused while the validator finds errors."""
    return await _switched(campaign_id, "on", given, use, numbers, asking)


@router.post("/{campaign_id}/archive", dependencies=[NEEDS_TOKEN], responses=MISSING)
async def archive_campaign(
    campaign_id: str, given: SwitchIn, use: Use, numbers: OurNumbers, asking: Asking
) -> CampaignFull:
    """Take it off the list: its sources take no leads, and nobody is called by it. Nothing is deleted."""
    return await _switched(campaign_id, "archived", given, use, numbers, asking)


@router.post("/{campaign_id}/unarchive", dependencies=[NEEDS_TOKEN], responses=MISSING)
async def unarchive_campaign(
    campaign_id: str, given: SwitchIn, use: Use, numbers: OurNumbers, asking: Asking
) -> CampaignFull:
    """Put it back on the list, paused."""
    return await _switched(campaign_id, "paused", given, use, numbers, asking, only_from="archived")


@router.get("/{campaign_id}/versions", dependencies=[NEEDS_TOKEN], responses=MISSING)
async def campaign_versions(campaign_id: str, use: Use) -> list[CampaignVersionOut]:
    """Every version there ever was, the newest first, with what it changed."""
    async with use.database.read() as tx:
        await there(tx, campaign_id)
        found = await campaigns.versions(tx, campaign_id)
    before: list[StoredCampaign | None] = [*found[1:], None]
    return [
        CampaignVersionOut(
            revision=each.revision,
            name=each.name,
            state=each.state,
            changed_at=each.changed_at,
            changed_by=each.changed_by,
            changes=_between(older, each) if older else [],
        )
        for each, older in zip(found, before, strict=True)
    ]


@router.get("/{campaign_id}/versions/{revision}", dependencies=[NEEDS_TOKEN], responses=MISSING)
async def one_campaign_version(campaign_id: str, revision: int, use: Use) -> dict[str, Json]:
    """A campaign's document as it was. It never changes."""
    async with use.database.read() as tx:
        document = (await _version(tx, campaign_id, revision)).document
    return document if isinstance(document, dict) else {}


@router.get("/{campaign_id}/changes", dependencies=[NEEDS_TOKEN], responses=MISSING)
async def campaign_changes(
    campaign_id: str, use: Use, from_: Annotated[int, Query(alias="from", ge=1)], to: Revision
) -> CampaignChangesOut:
    """What differs between two versions, in words."""
    async with use.database.read() as tx:
        before, after = await _version(tx, campaign_id, from_), await _version(tx, campaign_id, to)
    return CampaignChangesOut(**{"from": from_}, to=to, changes=_between(before, after))


async def _switched(
    campaign_id: str,
    state: CampaignState,
    given: SwitchIn,
    use: Services,
    numbers: list[str],
    asking: Caller,
    only_from: CampaignState | None = None,
) -> CampaignFull:
    now = use.clock.now()
    async with use.database.begin() as tx:
        await one_at_a_time(tx, f"campaign:{campaign_id}")
        old = await there(tx, campaign_id)
        seen = await look(tx, use, numbers)
        if given.revision is not None and given.revision != old.revision and state == "on":
            raise Problem(
                409,
                f"“{old.name}” has been changed since you looked at it. Look at it again, then switch it on.",
                code="campaign_changed",
                current=full(old, seen).model_dump(mode="json"),
            )
        if old.state == state or (only_from is not None and old.state != only_from):
            return full(old, seen)
        if state == "on":
            not_newer(old)
            forbid_errors(old.name, old.document, seen.around)
        stored = await campaigns.save(
            tx, campaign_id, name=old.name, state=state, document=old.document, revision=old.revision,
            by=asking.author(given.by), now=now,
        )  # fmt: skip
        detail: dict[str, Json] = {"revision": stored.revision, "from": old.state, "to": state}
        await audit.add(tx, asking.who, "switched_campaign", f"campaign:{campaign_id}", detail, now)
    use.doors.forget()
    use.dialer.wake()
    return full(stored, seen)


async def _version(tx: AsyncConnection, campaign_id: str, revision: int) -> StoredCampaign:
    found = await campaigns.read_version(tx, campaign_id, revision)
    if found is None:
        raise Problem(404, f"The campaign '{campaign_id}' has no version {revision}.", code="no_version")
    return found


def _between(before: StoredCampaign, after: StoredCampaign) -> list[Change]:
    return [
        *renamed(before.name, after.name),
        *told_state(before.state, after.state),
        *changes(before.document, after.document),
    ]
