"""Leads as they came in: each stored once, however often a form is sent, unusable ones with the reason.

What a lead may be called for is not decided here (dialing); consent evidence is in `consents`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Json
from engine.store import scheduled_calls
from engine.store.lead_landing import Received, complete, receive
from engine.store.lead_matching import form_hash
from engine.store.lead_tables import (
    LeadDeliveryRow,
    LeadRow,
    LeadState,
    NewLead,
    StoredLead,
    folded_into,
    lead_of,
    same_person_as,
)
from engine.store.scheduled_calls import PlanKind

__all__ = [
    "Delivery",
    "LeadDeliveryRow",
    "LeadRow",
    "LeadState",
    "NewLead",
    "Received",
    "StoredLead",
    "close",
    "complete",
    "deliveries",
    "folded",
    "folded_into",
    "form_hash",
    "plan_call",
    "read",
    "receive",
    "recent",
    "reopen",
    "with_phone",
]


async def read(tx: AsyncConnection, lead_id: str) -> StoredLead | None:
    found = (await tx.execute(select(LeadRow.__table__).where(LeadRow.id == lead_id))).first()
    return lead_of(found._mapping) if found else None


async def with_phone(tx: AsyncConnection, phone: str) -> Sequence[StoredLead]:
    """All leads with this number (E.164), newest first: attempts are counted by person, not by form."""
    query = select(LeadRow.__table__).where(LeadRow.phone == phone).order_by(LeadRow.received_at.desc())
    return [lead_of(row) for row in (await tx.execute(query)).mappings()]


async def folded(tx: AsyncConnection, lead_ids: Collection[str]) -> Sequence[StoredLead]:
    """Leads whose answers, once fetched, showed that the person is one of these: closed, and without a number."""
    reasons = [same_person_as(each) for each in lead_ids]
    query = select(LeadRow.__table__).where(LeadRow.state == "closed", LeadRow.reason.in_(reasons))
    return [lead_of(row) for row in (await tx.execute(query.order_by(LeadRow.received_at.desc()))).mappings()]


async def recent(tx: AsyncConnection, limit: int = 50, before: datetime | None = None) -> Sequence[StoredLead]:
    """Newest first; `before` is `received_at` of the last one of the page before."""
    query = select(LeadRow.__table__).order_by(LeadRow.received_at.desc(), LeadRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(LeadRow.received_at < before)
    return [lead_of(row) for row in (await tx.execute(query)).mappings()]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A further delivery of a known lead. `kind`: `repeated`, or `same_person` with the fields of that form."""

    received_at: datetime
    kind: str
    source: str
    external_id: str | None
    form: Json


async def deliveries(tx: AsyncConnection, lead_id: str) -> Sequence[Delivery]:
    """Oldest first."""
    row = LeadDeliveryRow
    query = select(row.received_at, row.kind, row.source, row.external_id, row.form).where(row.lead_id == lead_id)
    return [Delivery(*found) for found in await tx.execute(query.order_by(row.received_at, row.id))]


async def plan_call(
    tx: AsyncConnection,
    lead_id: str,
    at: datetime | None,
    kind: PlanKind = "first",
    why: str = "",
    now: datetime | None = None,
) -> None:
    """Set when the lead is due next; None: nothing is planned. `why`: one sentence for people. What is more than a
    moment after `now` is brought by a scheduled run (`scheduled_calls`); without `now` it is due at once."""
    scheduled = await scheduled_calls.replace(tx, lead_id, at, kind, why, now or at or datetime.now(UTC))
    await tx.execute(update(LeadRow).where(LeadRow.id == lead_id).values(next_call_at=at, next_call_id=scheduled))


async def reopen(tx: AsyncConnection, lead_id: str) -> None:
    """A closed lead may be called again; when, is to be planned."""
    closed = LeadRow.state == "closed"
    await tx.execute(update(LeadRow).where(LeadRow.id == lead_id, closed).values(state="waiting", reason=""))


async def close(tx: AsyncConnection, lead_id: str, reason: str, state: LeadState = "closed") -> None:
    """Nothing more is planned for the lead; `reason` says why, in words for people."""
    await plan_call(tx, lead_id, None)
    await tx.execute(update(LeadRow).where(LeadRow.id == lead_id).values(state=state, reason=reason))
