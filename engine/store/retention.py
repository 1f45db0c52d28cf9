"""Deleting what is no longer to be kept: the only way rows leave the append-only tables. Every deletion is recorded.

How long things are kept is a policy of the caller (`engine.privacy`). A call is deleted in three steps: its sound, its
words, and, with the lead, who it was with. Consent evidence, decisions and disclosures stay until `forget_lead`, and
the suppression list stays even then (who said stop must not be called again).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    and_,
    delete,
    exists,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, aliased, mapped_column

from engine.sdk import Json
from engine.store import calls, journal, lead_imports, outbox, trials
from engine.store.base import Base, Key, new_id
from engine.store.calls import CallRow
from engine.store.consents import ConsentRow, RevocationRow
from engine.store.database import one_at_a_time
from engine.store.guard import RetentionPermitRow
from engine.store.journal import JournalRow
from engine.store.leads import LeadDeliveryRow, LeadRow
from engine.store.legal_holds import is_held
from engine.store.outbox import FINAL
from engine.store.outbox_tables import OutboxTable

EVIDENCE: Final = ("outcome", "disclosures", "opt_out", "recording")
"""Parts of a result that stay as proof when the words are gone (compliance.md, section 8: five years)."""


class DeletionRow(Base):
    __tablename__ = "deletion"

    id: Mapped[Key]
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    why: Mapped[str]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What was deleted. `what`: `recording`, `words`, `call` or `lead`; `subject`: the id of the call or lead, which
    means nothing once the rest is gone."""

    at: datetime
    what: str
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A call of which something is still kept. `recording`: where its sound lies, None without."""

    id: str
    recording: str | None


async def calls_due(
    tx: AsyncConnection,
    part: Literal["recording", "words"],
    campaign_id: str | None,
    ended_before: datetime,
    limit: int,
) -> Sequence[KeptCall]:
    """Calls of a campaign (None: of none) whose sound or words have been kept long enough, oldest first. Left out: what
    a legal hold keeps, and calls whose work after the call is not done. Take few at a time: a deletion of a whole year
    in one transaction would keep live calls waiting."""
    kept = CallRow.recording.is_not(None) if part == "recording" else CallRow.result.is_not(None)
    query = (
        select(CallRow.id, CallRow.recording)
        .where(
            CallRow.ended_at < ended_before,
            CallRow.campaign_id == campaign_id if campaign_id is not None else CallRow.campaign_id.is_(None),
            kept,
            not_(_at_work()),
            _free(CallRow.lead_id),
        )
        .order_by(CallRow.ended_at)
        .limit(limit)
    )
    return [KeptCall(row.id, row.recording) for row in await tx.execute(query)]


async def leads_due(tx: AsyncConnection, campaign_id: str | None, before: datetime, limit: int) -> Sequence[str]:
    """Ids of leads of a campaign (None: of none) that came in before then, were not called since, and for whom nothing
    is planned, oldest first. What a legal hold keeps is left out."""
    later = aliased(CallRow)
    query = (
        select(LeadRow.id)
        .where(
            LeadRow.received_at < before,
            LeadRow.campaign_id == campaign_id if campaign_id is not None else LeadRow.campaign_id.is_(None),
            LeadRow.next_call_at.is_(None),
            not_(exists(select(later.id).where(later.lead_id == LeadRow.id, later.placed_at >= before))),
            _free(LeadRow.id),
        )
        .order_by(LeadRow.received_at)
        .limit(limit)
    )
    return [row.id for row in await tx.execute(query)]


async def at_work(tx: AsyncConnection, call_ids: Sequence[str]) -> Sequence[str]:
    """Those of these calls that are under way, or whose work after the call is not done."""
    query = select(CallRow.id).where(CallRow.id.in_(call_ids), or_(CallRow.state.in_(calls.UNDER_WAY), _at_work()))
    return [row.id for row in await tx.execute(query)]


async def forget_recording(tx: AsyncConnection, call_id: str, why: str, now: datetime) -> None:
    """A call has no recording any more; its file is the caller's to delete, before."""
    result = (await tx.execute(select(CallRow.result).where(CallRow.id == call_id))).scalar_one_or_none()
    if isinstance(result, dict) and isinstance(recording := result.get("recording"), dict):
        result = result | {"recording": recording | {"path": None}}
    await tx.execute(update(CallRow).where(CallRow.id == call_id).values(recording=None, result=result))
    await _record(tx, "recording", call_id, why, now)


async def forget_words(tx: AsyncConnection, call_id: str, why: str, now: datetime) -> None:
    """Delete journal, turns and result of a call, and what its cards sent. Who was called when and why, what it came to
    and which disclosures were heard stay. The recording's file is the caller's to delete."""
    result = (await tx.execute(select(CallRow.result).where(CallRow.id == call_id))).scalar_one_or_none()
    await _empty(tx, call_id, _evidence(result))
    await _record(tx, "words", call_id, why, now)


WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "agent_heard": ("text",),
    "agent_says": ("text",),
    "caller_said": ("text",),
    "checkpoint": ("memory",),
    "guarded": ("sentence",),
    "late_final": ("text",),
    "opening": ("greeting",),
    "output_cut": ("heard",),
    "reflex": ("words",),
    "revised": ("was", "words"),
    "slot": ("words",),
    "turn_committed": ("text",),
    "understood": ("words", "commands", "refused"),
}
"""Kinds of journal entries that hold what was said, and the facts in which they do."""


async def withhold_words(tx: AsyncConnection, call_id: str, why: str, now: datetime) -> None:
    """Whoever does not want to be recorded is not written down either: turns and transcript are deleted, and the
    journal is written anew without a word that was said. What was found out, and why the call moved, stays."""
    entries = [
        replace(
            entry, facts={name: fact for name, fact in entry.facts.items() if name not in WORDS.get(entry.kind, ())}
        )
        for entry in await journal.read(tx, call_id)
    ]
    async with _permit(tx):
        await tx.execute(delete(JournalRow).where(JournalRow.call_id == call_id))
    await journal.append(tx, call_id, entries)
    await tx.execute(delete(calls.TurnRow).where(calls.TurnRow.call_id == call_id))
    result = (await tx.execute(select(CallRow.result).where(CallRow.id == call_id))).scalar_one_or_none()
    if isinstance(result, dict):
        await tx.execute(update(CallRow).where(CallRow.id == call_id).values(result=result | {"transcript": []}))
    await _record(tx, "words", call_id, why, now)


def _wordless(entry: journal.Entry) -> journal.Entry:
    said = WORDS.get(entry.kind, ())
    return replace(entry, facts={name: fact for name, fact in entry.facts.items() if name not in said})


async def forget_call(tx: AsyncConnection, call_id: str, why: str, now: datetime) -> None:
    """Delete all content of a call, and who it was with. The bare facts (when, how long, disposition) stay for the
    figures. The recording's file is the caller's to delete."""
    await _empty(tx, call_id, None)
    await calls.forget_person(tx, call_id)
    await _record(tx, "call", call_id, why, now)


async def forget_lead(tx: AsyncConnection, lead_id: str, why: str, now: datetime) -> Sequence[str]:
    """Delete a person: lead, consent evidence, and the content of their calls. Gives the ids of those calls."""
    theirs = [row.id for row in await tx.execute(select(CallRow.id).where(CallRow.lead_id == lead_id))]
    for call_id in theirs:
        await forget_call(tx, call_id, why, now)
    consents = select(ConsentRow.id).where(ConsentRow.lead_id == lead_id)
    async with _permit(tx):
        await tx.execute(delete(RevocationRow).where(RevocationRow.consent_id.in_(consents)))
        await tx.execute(delete(ConsentRow).where(ConsentRow.lead_id == lead_id))
    await lead_imports.forget_lead(tx, lead_id)
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


async def _empty(tx: AsyncConnection, call_id: str, evidence: Json) -> None:
    async with _permit(tx):
        await tx.execute(delete(JournalRow).where(JournalRow.call_id == call_id))
    await calls.forget_words(tx, call_id, evidence)
    await outbox.forget(tx, call_id)
    await trials.forget(tx, call_id)


def _evidence(result: Json) -> Json:
    if not isinstance(result, dict):
        return None
    kept: dict[str, Json] = {name: result[name] for name in EVIDENCE if name in result}
    if isinstance(recording := kept.get("recording"), dict):
        kept["recording"] = {name: value for name, value in recording.items() if name != "path"}
    if isinstance(outcome := kept.get("outcome"), dict):
        kept["outcome"] = {name: value for name, value in outcome.items() if name != "explanation"}
    return kept


def _at_work() -> ColumnElement[bool]:
    return exists(select(OutboxTable.id).where(OutboxTable.call_id == CallRow.id, OutboxTable.state.not_in(FINAL)))


def _free(lead_id: SQLColumnExpression[str | None]) -> ColumnElement[bool]:
    # NULL IN (...) is NULL, which would count as held.
    return or_(lead_id.is_(None), and_(lead_id.is_not(None), not_(is_held(lead_id))))
