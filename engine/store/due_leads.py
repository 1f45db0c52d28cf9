"""Leads whose time has come, read so that neither a long backlog nor a paused campaign hides those who come first; and
what the campaigns and caller numbers are busy with. Who is called first, `engine.dialing.ranking` decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import UNDER_WAY, CallRow
from engine.store.leads import LeadRow
from engine.store.scheduled_calls import GRACE


@dataclass(frozen=True, slots=True)
class DueRow:
    id: str
    campaign_id: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Busy:
    """A campaign's calls: `under_way` are not over, `begun` are of the last minute."""

    under_way: int
    begun: int


async def of_campaigns(
    tx: AsyncConnection, campaign_ids: Collection[str] | None, known: Collection[str], *, fresh: bool,
    now: datetime, limit: int,
) -> Sequence[DueRow]:  # fmt: skip
    """Longest due first. `campaign_ids`: None for leads without a campaign, and of one that is not among `known`.
    `fresh`: those whom nobody has called yet, or the others."""
    row = LeadRow
    called = (
        select(CallRow.id).where(CallRow.lead_id == row.id, CallRow.direction == "outbound").correlate(row).exists()
    )
    query = (
        select(row.id, row.campaign_id, row.next_call_at)
        .where(row.state == "waiting", row.test.is_(False), row.next_call_at <= now)
        .where(row.next_call_id.is_(None) | (row.next_call_at <= now - GRACE))
        .where(~called if fresh else called)
        .order_by(row.next_call_at, row.id)
        .limit(limit)
    )
    if campaign_ids is None:
        query = query.where(row.campaign_id.is_(None) | row.campaign_id.not_in(known))
    else:
        query = query.where(row.campaign_id.in_(campaign_ids))
    return [DueRow(found.id, found.campaign_id, found.next_call_at) for found in await tx.execute(query)]


async def any_due(tx: AsyncConnection, now: datetime) -> bool:
    row = LeadRow
    query = select(row.id).where(row.state == "waiting", row.next_call_at <= now).limit(1)
    return (await tx.execute(query)).first() is not None


async def busy(
    tx: AsyncConnection, campaign_ids: Collection[str], placed_since: datetime, begun_since: datetime
) -> Mapping[str, Busy]:
    """What these campaigns have under way, of calls placed since then."""
    going = CallRow.state.in_(UNDER_WAY)
    query = (
        select(
            CallRow.campaign_id,
            func.count().filter(going).label("under_way"),
            func.count().filter(CallRow.placed_at > begun_since).label("begun"),
        )
        .where(
            CallRow.campaign_id.in_(campaign_ids), CallRow.direction == "outbound", CallRow.placed_at >= placed_since
        )
        .group_by(CallRow.campaign_id)
    )
    return {found.campaign_id: Busy(found.under_way, found.begun) for found in await tx.execute(query)}


async def used_numbers(tx: AsyncConnection, numbers: Collection[str], since: datetime) -> Mapping[str, int]:
    """How many outbound calls were placed from each of our numbers since then."""
    query = (
        select(CallRow.from_number, func.count().label("count"))
        .where(CallRow.from_number.in_(numbers), CallRow.direction == "outbound", CallRow.placed_at > since)
        .group_by(CallRow.from_number)
    )
    return {found.from_number: int(found._mapping["count"]) for found in await tx.execute(query)}


async def called_from(tx: AsyncConnection, number: str) -> str | None:
    """The number of ours from which `number` was called last."""
    query = (
        select(CallRow.from_number)
        .where(CallRow.to_number == number, CallRow.direction == "outbound", CallRow.test.is_(False))
        .order_by(CallRow.placed_at.desc())
        .limit(1)
    )
    return (await tx.execute(query)).scalar_one_or_none()
