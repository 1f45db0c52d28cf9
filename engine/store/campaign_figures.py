"""What became of the leads of campaigns and of lead sources, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import CallRow
from engine.store.leads import LeadRow

PERSON: Final = ("", "person", "human")
"""Who answered, as the carrier names them; empty where it does not listen for machines."""


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """`waiting`: leads that are to be called. `called`, `talked`, `booked`: calls since a moment; `talked`: a person
    was on the line."""

    waiting: int = 0
    called: int = 0
    talked: int = 0
    booked: int = 0


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """Leads that came through a source. `unusable`: kept, though nobody can be called for them. `last_problem`: the
    reason of the latest of these, which may be personal."""

    received: int = 0
    unusable: int = 0
    test: int = 0
    last_at: datetime | None = None
    last_problem: str = ""
    last_problem_at: datetime | None = None


async def of_campaigns(tx: AsyncConnection, since: datetime) -> Mapping[str, CampaignFigures]:
    """By campaign; one without leads and calls is not in it."""
    waiting = select(LeadRow.campaign_id, func.count()).where(
        LeadRow.campaign_id.is_not(None), LeadRow.state == "waiting", LeadRow.next_call_at.is_not(None)
    )
    leads = {str(row[0]): int(row[1]) for row in await tx.execute(waiting.group_by(LeadRow.campaign_id))}
    talked = and_(CallRow.answered_at.is_not(None), CallRow.answered_by.in_(PERSON))
    placed = (
        select(
            CallRow.campaign_id,
            func.count(),
            func.sum(case((talked, 1), else_=0)),
            func.sum(case((CallRow.disposition == "booked", 1), else_=0)),
        )
        .where(CallRow.campaign_id.is_not(None), CallRow.placed_at >= since, CallRow.test.is_(False))
        .group_by(CallRow.campaign_id)
    )
    calls = {str(row[0]): (int(row[1]), int(row[2]), int(row[3])) for row in await tx.execute(placed)}
    return {
        each: CampaignFigures(leads.get(each, 0), *calls.get(each, (0, 0, 0))) for each in leads.keys() | calls.keys()
    }


async def of_sources(tx: AsyncConnection) -> Mapping[str, SourceFigures]:
    """By source; one without leads is not in it."""
    lead = LeadRow
    query = (
        select(
            lead.source_id,
            func.count(),
            func.sum(case((lead.state == "unusable", 1), else_=0)),
            func.sum(case((lead.test.is_(True), 1), else_=0)),
            func.max(lead.received_at),
        )
        .where(lead.source_id.is_not(None))
        .group_by(lead.source_id)
    )
    counts = {str(row[0]): row for row in await tx.execute(query)}
    newest = (
        select(lead.source_id, func.max(lead.received_at).label("at"))
        .where(lead.source_id.is_not(None), lead.state == "unusable")
        .group_by(lead.source_id)
        .subquery()
    )
    latest = select(lead.source_id, lead.reason, lead.received_at).join(
        newest, and_(newest.c.source_id == lead.source_id, newest.c.at == lead.received_at)
    )
    problems = {str(row[0]): (str(row[1]), row[2]) for row in await tx.execute(latest.where(lead.state == "unusable"))}
    return {
        each: SourceFigures(row[1], int(row[2]), int(row[3]), row[4], *problems.get(each, ("", None)))
        for each, row in counts.items()
    }


async def any_lead_of(tx: AsyncConnection, source_id: str) -> bool:
    return (await tx.execute(select(LeadRow.id).where(LeadRow.source_id == source_id).limit(1))).first() is not None
