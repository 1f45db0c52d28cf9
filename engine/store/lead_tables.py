"""The tables of leads, and a lead as the rest of the house knows it. Queries are in `leads`, what a form that comes in
does to them is in `lead_landing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, cast

from sqlalchemy import Boolean, ForeignKey, Index, RowMapping, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json, Lead
from engine.store.base import Base, Document, Key

LeadState = Literal["arriving", "waiting", "unusable", "closed"]
"""`arriving`: what the person typed is still to be fetched from the source. `waiting`: may still be called. `unusable`:
cannot be called (`reason`). `closed`: nothing more is planned."""


class LeadRow(Base):
    __tablename__ = "lead"
    __table_args__ = (
        # By the id first: it alone finds the lead of a delivery that comes again.
        UniqueConstraint("external_id", "source", "source_id"),
        Index(None, "form_hash", "received_at"),
        Index(None, "state", "next_call_at"),
        Index(None, "phone"),
        Index(None, "received_at"),
        # Few have no number: the corrected form of one of them is known by its e-mail address.
        Index(None, "email", sqlite_where=text("phone IS NULL"), postgresql_where=text("phone IS NULL")),
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
    # Never NULL, so that no two rows have one name: '' is the installation's own form.
    source_id: Mapped[str] = mapped_column(String(64), server_default="", index=True)
    test: Mapped[bool] = mapped_column(Boolean, server_default=false())
    # Stages before the call: sent by the person, reached us, committed.
    submitted_at: Mapped[datetime | None]
    webhook_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]


class LeadDeliveryRow(Base):
    """Every further delivery of a lead that was already known: proof that it was answered, not lost. A lead is known by
    the names and the content of all its deliveries."""

    __tablename__ = "lead_delivery"
    __table_args__ = (Index(None, "external_id"), Index(None, "form_hash"))

    id: Mapped[Key]
    lead_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(255))
    received_at: Mapped[datetime]
    source_id: Mapped[str | None] = mapped_column(String(64))
    form_hash: Mapped[str | None] = mapped_column(String(64))
    # `same_person`: another form of somebody who is there already, whose fields are kept here.
    kind: Mapped[str] = mapped_column(String(16), server_default="repeated")
    form: Mapped[Json] = mapped_column(Document(), nullable=True)


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


def lead_of(row: RowMapping) -> StoredLead:
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
        source_id=row["source_id"] or None,
        test=row["test"],
        submitted_at=row["submitted_at"],
        webhook_at=row["webhook_at"],
        accepted_at=row["accepted_at"],
    )


_SAME_PERSON: Final = "The same person is here already, as the lead "


def same_person_as(lead_id: str) -> str:
    """The reason of a lead that turned out, when its answers were fetched, to be somebody who is here already. It has
    no number of its own: by these words it is found again."""
    return f"{_SAME_PERSON}{lead_id}."


def folded_into(lead: StoredLead) -> str | None:
    """Id of the lead that this one turned out to be the same person as."""
    same = lead.state == "closed" and lead.reason.startswith(_SAME_PERSON)
    return lead.reason.removeprefix(_SAME_PERSON).removesuffix(".") if same else None
