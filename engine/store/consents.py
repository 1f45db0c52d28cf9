"""Consent evidence: what the person agreed to, in the words they saw, and how we know. Written once, never changed.

The database itself refuses UPDATE and DELETE on the evidence (see `guard`). A revocation is a record of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, ForeignKey, RowMapping, String, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Key, new_id, storable

ConsentLevel = Literal["written", "express", "inquiry", "none"]
"""`written`: prior express written consent. `express`: asked to be called. `inquiry`: gave a number for an answer."""


class ConsentRow(Base):
    __tablename__ = "consent"

    id: Mapped[Key]
    lead_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead.id"), index=True)
    level: Mapped[str] = mapped_column(String(16))
    seller: Mapped[str]
    text: Mapped[str]
    text_sha256: Mapped[str] = mapped_column(String(64))
    text_version: Mapped[str]
    ticked: Mapped[bool | None]
    given_at: Mapped[datetime | None]
    given_zone: Mapped[str]
    received_at: Mapped[datetime]
    form_url: Mapped[str]
    certificate: Mapped[str]
    ip: Mapped[str]
    user_agent: Mapped[str]
    phone_typed: Mapped[str]
    phone: Mapped[str | None] = mapped_column(String(20), index=True)
    name: Mapped[str]
    source: Mapped[str]
    sub_source: Mapped[str]
    verified_by: Mapped[str]


class RevocationRow(Base):
    __tablename__ = "consent_revocation"

    id: Mapped[Key]
    consent_id: Mapped[str] = mapped_column(String(64), ForeignKey("consent.id"), index=True)
    at: Mapped[datetime]
    how: Mapped[str]


@dataclass(frozen=True, slots=True)
class ConsentEvidence:
    """What was shown and what was done (compliance.md lists the fields and why each is kept).

    `ticked`: whether the person ticked the box themselves; None if the source does not say. `certificate`: TrustedForm
    or Jornaya id or address. `given_zone`: zone of the form's own clock. `verified_by`: how the evidence was checked.
    """

    level: ConsentLevel
    seller: str
    text: str
    source: str
    phone: str | None
    phone_typed: str = ""
    name: str = ""
    text_version: str = ""
    ticked: bool | None = None
    given_at: datetime | None = None
    given_zone: str = ""
    form_url: str = ""
    certificate: str = ""
    ip: str = ""
    user_agent: str = ""
    sub_source: str = ""
    verified_by: str = ""


_FIELDS: Final = tuple(each.name for each in fields(ConsentEvidence))


@dataclass(frozen=True, slots=True)
class Consent:
    """Evidence in the store. `text_sha256` is of the text as shown. `revoked_at`: the first revocation, if any."""

    id: str
    lead_id: str
    received_at: datetime
    text_sha256: str
    evidence: ConsentEvidence
    revoked_at: datetime | None
    revoked_how: str


async def add(tx: AsyncConnection, lead_id: str, evidence: ConsentEvidence, now: datetime) -> str:
    """Keep the evidence for a lead; gives its id."""
    values = row(lead_id, evidence, now)
    await tx.execute(insert(ConsentRow).values(**values))
    return str(values["id"])


def row(lead_id: str, evidence: ConsentEvidence, now: datetime) -> dict[str, object]:
    """The evidence as a row to insert."""
    return {
        "id": new_id("con"),
        "lead_id": lead_id,
        "received_at": now,
        # Of the text as it is stored.
        "text_sha256": hashlib.sha256(storable(evidence.text).encode()).hexdigest(),
        **{name: getattr(evidence, name) for name in _FIELDS},
    }


async def revoke(tx: AsyncConnection, consent_id: str, how: str, now: datetime) -> None:
    """Record that the person took it back. `how`: 'said so in call call_31', 'wrote STOP'. Never undone."""
    await tx.execute(insert(RevocationRow).values(id=new_id("rev"), consent_id=consent_id, at=now, how=how))


async def of_lead(tx: AsyncConnection, lead_id: str) -> Sequence[Consent]:
    """All evidence for a lead, oldest first."""
    return await _read(tx, ConsentRow.lead_id == lead_id)


async def for_phone(tx: AsyncConnection, phone: str) -> Sequence[Consent]:
    """All evidence for a number (E.164), whichever lead gave it, oldest first."""
    return await _read(tx, ConsentRow.phone == phone)


async def read(tx: AsyncConnection, consent_id: str) -> Consent | None:
    found = await _read(tx, ConsentRow.id == consent_id)
    return found[0] if found else None


async def _read(tx: AsyncConnection, which: ColumnElement[bool]) -> Sequence[Consent]:
    rows = await tx.execute(select(ConsentRow.__table__).where(which).order_by(ConsentRow.received_at))
    found = list(rows.mappings())
    revoked = await tx.execute(
        select(RevocationRow.consent_id, RevocationRow.at, RevocationRow.how)
        .where(RevocationRow.consent_id.in_([row["id"] for row in found]))
        .order_by(RevocationRow.at.desc())
    )
    # Newest first, so that the first revocation is the one that stays in the mapping.
    first = {row.consent_id: (row.at, row.how) for row in revoked}
    return [_consent(row, first.get(row["id"])) for row in found]


def _consent(row: RowMapping, revoked: tuple[datetime, str] | None) -> Consent:
    return Consent(
        id=row["id"],
        lead_id=row["lead_id"],
        received_at=row["received_at"],
        text_sha256=row["text_sha256"],
        evidence=evidence_of(row),
        revoked_at=revoked[0] if revoked else None,
        revoked_how=revoked[1] if revoked else "",
    )


def evidence_of(row: RowMapping) -> ConsentEvidence:
    return ConsentEvidence(**{name: row[name] for name in _FIELDS})
