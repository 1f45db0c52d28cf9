"""Deleting what is no longer to be kept: the only way rows leave the append-only tables. Every deletion is recorded.

How long things are kept is a policy of the caller. Consent evidence and the suppression list are not part of a call:
they stay until `forget_lead`, and the suppression list stays even then (who said stop must not be called again).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store import calls, trials
from engine.store.base import Base, Key, new_id
from engine.store.calls import CallRow
from engine.store.consents import ConsentRow, RevocationRow
from engine.store.database import one_at_a_time
from engine.store.guard import RetentionPermitRow
from engine.store.journal import JournalRow
from engine.store.leads import LeadDeliveryRow, LeadRow


class DeletionRow(Base):
    __tablename__ = "deletion"

    id: Mapped[Key]
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    why: Mapped[str]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What was deleted. `what`: `call` or `lead`; `subject`: its id, which means nothing once the rest is gone."""

    at: datetime
    what: str
    subject: str
    why: str


async def calls_ended_before(tx: AsyncConnection, moment: datetime, limit: int = 500) -> Sequence[str]:
    """Ids of calls over since then whose content is still kept, oldest first. Do them in batches: a deletion of a whole
    year in one transaction would keep live calls waiting."""
    query = (
        select(CallRow.id)
        .where(CallRow.ended_at < moment, CallRow.result.is_not(None))
        .order_by(CallRow.ended_at)
        .limit(limit)
    )
    return [row.id for row in await tx.execute(query)]


async def forget_call(tx: AsyncConnection, call_id: str, why: str, now: datetime) -> None:
    """Delete journal, turns and result of a call. The bare facts (when, how long, disposition) stay for the figures.
    The recording's file and the outbox row are the caller's to delete."""
    async with _permit(tx):
        await tx.execute(delete(JournalRow).where(JournalRow.call_id == call_id))
    await calls.forget_words(tx, call_id)
    await trials.forget(tx, call_id)
    await _record(tx, "call", call_id, why, now)


async def forget_lead(tx: AsyncConnection, lead_id: str, why: str, now: datetime) -> Sequence[str]:
    """Delete a person: lead, consent evidence, and the content of their calls. Gives the ids of those calls."""
    theirs = [row.id for row in await tx.execute(select(CallRow.id).where(CallRow.lead_id == lead_id))]
    for call_id in theirs:
        await forget_call(tx, call_id, why, now)
    await tx.execute(update(CallRow).where(CallRow.lead_id == lead_id).values(lead_id=None))
    consents = select(ConsentRow.id).where(ConsentRow.lead_id == lead_id)
    async with _permit(tx):
        await tx.execute(delete(RevocationRow).where(RevocationRow.consent_id.in_(consents)))
        await tx.execute(delete(ConsentRow).where(ConsentRow.lead_id == lead_id))
    await tx.execute(delete(LeadDeliveryRow).where(LeadDeliveryRow.lead_id == lead_id))
    await tx.execute(delete(LeadRow).where(LeadRow.id == lead_id))
    await _record(tx, "lead", lead_id, why, now)
    return theirs


async def deletions(tx: AsyncConnection, since: datetime) -> Sequence[Deletion]:
    """What was deleted since then, oldest first."""
    query = select(DeletionRow.__table__).where(DeletionRow.at >= since).order_by(DeletionRow.at, DeletionRow.id)
    return [Deletion(row.at, row.what, row.subject, row.why) for row in await tx.execute(query)]


@asynccontextmanager
async def _permit(tx: AsyncConnection) -> AsyncIterator[None]:
    await one_at_a_time(tx, "retention")
    await tx.execute(insert(RetentionPermitRow).values(id=1))
    yield
    await tx.execute(delete(RetentionPermitRow))


async def _record(tx: AsyncConnection, what: str, subject: str, why: str, now: datetime) -> None:
    await tx.execute(insert(DeletionRow).values(id=new_id("del"), at=now, what=what, subject=subject, why=why))
