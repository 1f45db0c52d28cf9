"""What was dialled before: what limits on attempts, and on messages left, count. Test calls count for nothing, nor do
calls of which the carrier surely knew nothing: nobody's phone has rung.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import NOT_PLACED, UNDER_WAY, CallRow
from engine.store.leads import LeadRow


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call to a lead that is over, or is not (`disposition` None). `asked`: whether the carrier may have rung."""

    call_id: str
    at: datetime
    disposition: str | None
    reason: str
    asked: bool


def _asked() -> ColumnElement[bool]:
    """Whether somebody's phone may have rung. A call that was claimed and then failed before the last gate has asked
    nobody; calls from before there was a gate have neither moment."""
    never = and_(CallRow.state == "failed", CallRow.permitted_at.is_not(None), CallRow.requested_at.is_(None))
    refused = and_(CallRow.state == "failed", CallRow.reason == NOT_PLACED)
    return ~or_(never, func.coalesce(refused, False))


async def dialled(tx: AsyncConnection, number: str, since: datetime | None = None) -> Sequence[datetime]:
    """When outbound calls to `number` were placed (since then), by whatever campaign, oldest first."""
    query = select(CallRow.placed_at).where(
        CallRow.to_number == number, CallRow.direction == "outbound", CallRow.test.is_(False), _asked()
    )
    if since is not None:
        query = query.where(CallRow.placed_at >= since)
    return [row.placed_at for row in await tx.execute(query.order_by(CallRow.placed_at))]


async def to_lead(tx: AsyncConnection, lead_id: str) -> Sequence[Dialled]:
    """Outbound calls to the lead, oldest first."""
    asked = _asked().label("asked")
    query = (
        select(CallRow.id, CallRow.placed_at, CallRow.disposition, CallRow.reason, asked)
        .where(CallRow.lead_id == lead_id, CallRow.direction == "outbound", CallRow.test.is_(False))
        .order_by(CallRow.attempt)
    )
    return [
        Dialled(row.id, row.placed_at, row.disposition, row.reason or "", bool(row.asked))
        for row in await tx.execute(query)
    ]


async def was_asked(tx: AsyncConnection, call_id: str) -> bool:
    """Whether somebody's phone may have rung with this call."""
    return bool((await tx.execute(select(_asked()).where(CallRow.id == call_id))).scalar_one_or_none())


@dataclass(frozen=True, slots=True)
class Forgotten:
    call_id: str
    number: str


async def forgotten(tx: AsyncConnection, since: datetime, before: datetime, limit: int = 100) -> Sequence[Forgotten]:
    """The last call of leads who wait though nothing is planned for them, if it ended in that time."""
    later = CallRow.__table__.alias("later")
    query = (
        select(CallRow.id, CallRow.to_number)
        .join(LeadRow, LeadRow.id == CallRow.lead_id)
        .where(
            CallRow.ended_at >= since,
            CallRow.ended_at < before,
            CallRow.direction == "outbound",
            CallRow.test.is_(False),
            CallRow.permitted_at.is_not(None),
            CallRow.state.not_in(UNDER_WAY),
            LeadRow.state == "waiting",
            LeadRow.next_call_at.is_(None),
            ~select(later.c.id)
            .where(
                later.c.lead_id == CallRow.lead_id,
                (later.c.state.in_(UNDER_WAY))
                | ((later.c.direction == "outbound") & (later.c.attempt > CallRow.attempt)),
            )
            .exists(),
        )
        .order_by(CallRow.ended_at)
        .limit(limit)
    )
    return [Forgotten(row.id, row.to_number) for row in await tx.execute(query)]


async def under_way(tx: AsyncConnection, lead_id: str, number: str | None, since: datetime) -> str | None:
    """The id of a call with this lead or number that was placed since then and is not over, test calls included."""
    whose = [CallRow.lead_id == lead_id]
    if number:
        whose += [CallRow.to_number == number, and_(CallRow.direction == "inbound", CallRow.from_number == number)]
    query = select(CallRow.id).where(CallRow.state.in_(UNDER_WAY), CallRow.placed_at >= since, or_(*whose)).limit(1)
    return (await tx.execute(query)).scalar_one_or_none()


async def answered_of_last(tx: AsyncConnection, number: int = 50) -> tuple[int, int]:
    """Of the last calls that were asked for and did more than ring: how many there are, and how many were answered."""
    query = (
        select(CallRow.answered_at)
        .where(
            CallRow.direction == "outbound",
            CallRow.test.is_(False),
            CallRow.requested_at.is_not(None),
            CallRow.state.not_in(("placed", "ringing")),
        )
        .order_by(CallRow.placed_at.desc())
        .limit(number)
    )
    found = [row.answered_at is not None for row in await tx.execute(query)]
    return len(found), sum(found)


async def messages_left(tx: AsyncConnection, number: str, since: datetime) -> int:
    """How many messages the voicemail of `number` has had from us since then."""
    query = select(func.count()).where(
        CallRow.to_number == number,
        CallRow.disposition == "voicemail_left",
        CallRow.test.is_(False),
        CallRow.placed_at >= since,
    )
    return int((await tx.execute(query)).scalar_one())


async def of_lead(tx: AsyncConnection, lead_id: str) -> int:
    """The highest attempt placed for the lead; 0 if it was never called."""
    query = select(func.coalesce(func.max(CallRow.attempt), 0)).where(
        CallRow.lead_id == lead_id, CallRow.direction == "outbound"
    )
    return int((await tx.execute(query)).scalar_one())
