"""Leads as they came in: each stored once, however often a form is sent, unusable ones with the reason.

What a lead may be called for is not decided here (dialing); consent evidence is in `consents`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, cast

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    LargeBinary,
    RowMapping,
    String,
    UniqueConstraint,
    false,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json, Lead
from engine.store import scheduled_calls
from engine.store.base import Base, Document, Key, new_id
from engine.store.campaigns import CampaignRow
from engine.store.database import one_at_a_time
from engine.store.scheduled_calls import GRACE, PlanKind

SAME_FORM_WINDOW: Final = timedelta(minutes=10)
"""The same form content within this time is a double click or a redelivery, not a second wish."""

LeadState = Literal["arriving", "waiting", "unusable", "closed"]
"""`arriving`: what the person typed is still to be fetched from the source. `waiting`: may still be called. `unusable`:
cannot be called (`reason`). `closed`: nothing more is planned."""


class LeadRow(Base):
    __tablename__ = "lead"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index(None, "form_hash", "received_at"),
        Index(None, "state", "next_call_at"),
        Index(None, "phone"),
        Index(None, "received_at"),
    )

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(255))
    form_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    flow_id: Mapped[str | None] = mapped_column(String(64))
    first_name: Mapped[str]
    last_name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(String(20))
    phone_typed: Mapped[str]
    email: Mapped[str | None]
    zone: Mapped[str | None] = mapped_column(String(64))
    form: Mapped[Json] = mapped_column(Document(), nullable=False)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str]
    next_call_at: Mapped[datetime | None]
    # A scheduled run brings it to the dialer (`engine.store.scheduled_calls`); None: the dialer goes by the time alone.
    next_call_id: Mapped[str | None] = mapped_column(String(64))
    campaign_id: Mapped[str | None] = mapped_column(String(64), index=True)
    source_id: Mapped[str | None] = mapped_column(String(64), index=True)
    test: Mapped[bool] = mapped_column(Boolean, server_default=false())
    # Stages before the call: sent by the person, reached us, committed.
    submitted_at: Mapped[datetime | None]
    webhook_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]


class LeadDeliveryRow(Base):
    """Every further delivery of a lead that was already known: proof that it was answered, not lost."""

    __tablename__ = "lead_delivery"

    id: Mapped[Key]
    lead_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(255))
    received_at: Mapped[datetime]
    source_id: Mapped[str | None] = mapped_column(String(64))
    # `same_person`: another form of somebody who is there already, whose fields are kept here.
    kind: Mapped[str] = mapped_column(String(16), server_default="repeated")
    form: Mapped[Json] = mapped_column(Document(), nullable=True)


class LeadPayloadRow(Base):
    """What a source sent, sealed with the key of the installation; keys and tokens are taken out before."""

    __tablename__ = "lead_payload"

    id: Mapped[Key]
    lead_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    received_at: Mapped[datetime]
    content_type: Mapped[str] = mapped_column(String(128))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead as a source read it. `phone`: E.164, None if none could be made of `phone_typed`.

    `external_id`: the source's own name for it (at most 255 characters), None for a plain form.
    `zone`: IANA name, if known. `unusable`: why it cannot be called, in words for people; empty if it can.
    `campaign_id`, `source_id`: how and through which door it came, None for the installation's own form. `test`: made
    up by the source's test button, never dialled. `submitted_at`: when the person sent it, as the source says;
    `webhook_at`: when it reached us. `arriving`: only its ids are known yet; what the person typed is to be fetched.
    """

    source: str
    first_name: str
    last_name: str
    phone: str | None
    phone_typed: str = ""
    external_id: str | None = None
    email: str | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    flow_id: str | None = None
    zone: str | None = None
    unusable: str = ""
    campaign_id: str | None = None
    source_id: str | None = None
    test: bool = False
    submitted_at: datetime | None = None
    webhook_at: datetime | None = None
    arriving: bool = False


@dataclass(frozen=True, slots=True)
class StoredLead:
    """A lead in the store; fields as in `NewLead`. `next_call_at`: when it is due to be called, if it is."""

    id: str
    source: str
    external_id: str | None
    received_at: datetime
    flow_id: str | None
    first_name: str
    last_name: str
    phone: str | None
    phone_typed: str
    email: str | None
    zone: str | None
    form: Mapping[str, str]
    state: LeadState
    reason: str
    next_call_at: datetime | None
    campaign_id: str | None = None
    source_id: str | None = None
    test: bool = False
    submitted_at: datetime | None = None
    webhook_at: datetime | None = None
    accepted_at: datetime | None = None

    def for_call(self, attempt: int) -> Lead:
        """The lead as a flow's nodes see it. Raises ValueError for a lead without a usable number."""
        if self.phone is None:
            raise ValueError(f"Lead {self.id} has no number that can be called: {self.reason}")
        return Lead(
            id=self.id,
            first_name=self.first_name,
            last_name=self.last_name,
            phone=self.phone,
            email=self.email,
            source=self.source,
            form=self.form,
            received_at=self.received_at,
            attempt=attempt,
            zone=self.zone or "",
        )


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
            source_id=stored.source_id,
            test=stored.test,
            submitted_at=stored.submitted_at,
            webhook_at=stored.webhook_at,
        )
    )
    return Received(stored, is_new=True)


async def read(tx: AsyncConnection, lead_id: str) -> StoredLead | None:
    found = (await tx.execute(select(LeadRow.__table__).where(LeadRow.id == lead_id))).first()
    return _lead(found._mapping) if found else None


async def with_phone(tx: AsyncConnection, phone: str) -> Sequence[StoredLead]:
    """All leads with this number (E.164), newest first: attempts are counted by person, not by form."""
    query = select(LeadRow.__table__).where(LeadRow.phone == phone).order_by(LeadRow.received_at.desc())
    return [_lead(row) for row in (await tx.execute(query)).mappings()]


async def recent(tx: AsyncConnection, limit: int = 50, before: datetime | None = None) -> Sequence[StoredLead]:
    """Newest first; `before` is `received_at` of the last one of the page before."""
    query = select(LeadRow.__table__).order_by(LeadRow.received_at.desc(), LeadRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(LeadRow.received_at < before)
    return [_lead(row) for row in (await tx.execute(query)).mappings()]


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
    return [_lead(row) for row in (await tx.execute(query)).mappings()]


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
    return _lead(found._mapping) if found else None


def _lead(row: RowMapping) -> StoredLead:
    return StoredLead(
        id=row["id"],
        source=row["source"],
        external_id=row["external_id"],
        received_at=row["received_at"],
        flow_id=row["flow_id"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        phone=row["phone"],
        phone_typed=row["phone_typed"],
        email=row["email"],
        zone=row["zone"],
        form=row["form"],
        state=cast(LeadState, row["state"]),
        reason=row["reason"],
        next_call_at=row["next_call_at"],
        campaign_id=row["campaign_id"],
        source_id=row["source_id"],
        test=row["test"],
        submitted_at=row["submitted_at"],
        webhook_at=row["webhook_at"],
        accepted_at=row["accepted_at"],
    )
