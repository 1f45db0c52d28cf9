"""Leads as they came in: each stored once, however often a form is sent, unusable ones with the reason.

What a lead may be called for is not decided here (dialing); consent evidence is in `consents`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Json
from engine.store import scheduled_calls
from engine.store.base import new_id
from engine.store.campaigns import CampaignRow
from engine.store.database import one_at_a_time
from engine.store.lead_tables import LeadDeliveryRow, LeadRow, LeadState, NewLead, StoredLead, lead_of
from engine.store.scheduled_calls import GRACE, PlanKind

__all__ = [
    "Delivery",
    "LeadDeliveryRow",
    "LeadRow",
    "LeadState",
    "NewLead",
    "Received",
    "StoredLead",
    "close",
    "deliveries",
    "due",
    "form_hash",
    "plan_call",
    "read",
    "receive",
    "recent",
    "with_phone",
]

SAME_FORM_WINDOW: Final = timedelta(minutes=10)
"""The same form content within this time is a double click or a redelivery, not a second wish."""


@dataclass(frozen=True, slots=True)
class Received:
    """`is_new` is False when this delivery repeats a lead that was already there."""

    lead: StoredLead
    is_new: bool


def form_hash(lead: NewLead) -> str:
    """The same for the same content, whatever the source calls it: number, e-mail, name and fields, case aside."""
    content = [
        lead.phone or lead.phone_typed,
        lead.email or "",
        lead.first_name,
        lead.last_name,
        lead.flow_id or "",
        sorted((name, value.strip().casefold()) for name, value in lead.form.items()),
    ]
    return hashlib.sha256(json.dumps(content).casefold().encode()).hexdigest()


async def receive(tx: AsyncConnection, lead: NewLead, now: datetime, window: timedelta = SAME_FORM_WINDOW) -> Received:
    """Store a lead once. A repetition, by (source, external_id) or by the same form content within `window`, gives the
    lead that is there and changes nothing of it."""
    content = form_hash(lead)
    # Both names of a lead are locked, always in the same order, so that two deliveries at once cannot both be first.
    for key in sorted({f"lead:{content}", f"lead:{lead.source}:{lead.external_id}"}):
        await one_at_a_time(tx, key)
    known = await _known(tx, lead, content, now - window)
    if known is not None:
        await tx.execute(
            insert(LeadDeliveryRow).values(
                id=new_id("dlv"),
                lead_id=known.id,
                source=lead.source,
                external_id=lead.external_id,
                received_at=now,
            )
        )
        return Received(known, is_new=False)
    unusable = lead.unusable or ("" if lead.phone else "no phone number that can be called")
    stored = StoredLead(
        id=new_id("lead"),
        source=lead.source,
        external_id=lead.external_id,
        received_at=now,
        flow_id=lead.flow_id,
        first_name=lead.first_name,
        last_name=lead.last_name,
        phone=lead.phone,
        phone_typed=lead.phone_typed,
        email=lead.email,
        zone=lead.zone,
        form=dict(lead.form),
        state="unusable" if unusable else "waiting",
        reason=unusable,
        next_call_at=None,
        campaign_id=lead.campaign_id,
        source_id=lead.source_id,
        test=lead.test,
        submitted_at=lead.submitted_at,
        webhook_at=lead.webhook_at,
    )
    await tx.execute(
        insert(LeadRow).values(
            id=stored.id,
            source=stored.source,
            external_id=stored.external_id,
            form_hash=content,
            received_at=now,
            flow_id=stored.flow_id,
            first_name=stored.first_name,
            last_name=stored.last_name,
            phone=stored.phone,
            phone_typed=stored.phone_typed,
            email=stored.email,
            zone=stored.zone,
            form=dict(stored.form),
            state=stored.state,
            reason=stored.reason,
            campaign_id=stored.campaign_id,
            source_id=stored.source_id or "",
            test=stored.test,
            submitted_at=stored.submitted_at,
            webhook_at=stored.webhook_at,
        )
    )
    return Received(stored, is_new=True)


async def read(tx: AsyncConnection, lead_id: str) -> StoredLead | None:
    found = (await tx.execute(select(LeadRow.__table__).where(LeadRow.id == lead_id))).first()
    return lead_of(found._mapping) if found else None


async def with_phone(tx: AsyncConnection, phone: str) -> Sequence[StoredLead]:
    """All leads with this number (E.164), newest first: attempts are counted by person, not by form."""
    query = select(LeadRow.__table__).where(LeadRow.phone == phone).order_by(LeadRow.received_at.desc())
    return [lead_of(row) for row in (await tx.execute(query)).mappings()]


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


async def due(tx: AsyncConnection, now: datetime, limit: int = 100) -> Sequence[StoredLead]:
    """Leads whose time has come and whose run, if one brings them, has come too or is overdue; longest due first.
    Those of a campaign that is not on stay where they are."""
    not_on = select(CampaignRow.id).where(CampaignRow.state != "on")
    query = (
        select(LeadRow.__table__)
        .where(LeadRow.state == "waiting", LeadRow.test.is_(False), LeadRow.next_call_at <= now)
        .where(LeadRow.next_call_id.is_(None) | (LeadRow.next_call_at <= now - GRACE))
        .where(LeadRow.campaign_id.is_(None) | LeadRow.campaign_id.not_in(not_on))
        .order_by(LeadRow.next_call_at, LeadRow.id)
        .limit(limit)
    )
    return [lead_of(row) for row in (await tx.execute(query)).mappings()]


async def close(tx: AsyncConnection, lead_id: str, reason: str, state: LeadState = "closed") -> None:
    """Nothing more is planned for the lead; `reason` says why, in words for people."""
    await plan_call(tx, lead_id, None)
    await tx.execute(update(LeadRow).where(LeadRow.id == lead_id).values(state=state, reason=reason))


async def _known(tx: AsyncConnection, lead: NewLead, content: str, since: datetime) -> StoredLead | None:
    found = None
    if lead.external_id is not None:
        query = select(LeadRow.__table__).where(LeadRow.source == lead.source, LeadRow.external_id == lead.external_id)
        found = (await tx.execute(query)).first()
    if found is None:
        query = (
            select(LeadRow.__table__)
            .where(LeadRow.form_hash == content, LeadRow.received_at >= since)
            .order_by(LeadRow.received_at.desc())
            .limit(1)
        )
        found = (await tx.execute(query)).first()
    return lead_of(found._mapping) if found else None
