"""Who saw or changed what: an append-only chain. Each entry carries the hash of the one before, so that a change, or a
gap, shows (compliance.md, section 10)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Index, RowMapping, String, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document
from engine.store.database import one_at_a_time


class AuditEntryRow(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "subject"), Index(None, "at"))

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(96))
    detail: Mapped[Json] = mapped_column(Document(), nullable=False)
    before: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Entry:
    """`what`: 'saw_lead', 'changed_campaign', 'exported_lead'. `subject`: kind and id, 'lead:lead_31'. `detail`: never
    names, numbers or words of people: the log outlives their data."""

    number: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: Mapping[str, Json]
    before: str
    hash: str


FIRST = "0" * 64
PAGE = 1000


async def add(
    tx: AsyncConnection, who: str, what: str, subject: str, detail: Mapping[str, Json], now: datetime
) -> None:
    """Written with the change it tells of, in one transaction."""
    await one_at_a_time(tx, "audit")
    last = (
        await tx.execute(
            select(AuditEntryRow.number, AuditEntryRow.hash).order_by(AuditEntryRow.number.desc()).limit(1)
        )
    ).first()
    number, before = (last.number + 1, last.hash) if last else (1, FIRST)
    await tx.execute(
        insert(AuditEntryRow).values(
            number=number, at=now, who=who, what=what, subject=subject, detail=dict(detail), before=before,
            hash=chained(before, number, now, who, what, subject, detail),
        )
    )  # fmt: skip


def chained(
    before: str, number: int, at: datetime, who: str, what: str, subject: str, detail: Mapping[str, Json]
) -> str:
    """SHA-256 over the entry and the hash of the one before."""
    content = [before, number, round(at.timestamp() * 1_000_000), who, what, subject, dict(detail)]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


async def recent(
    tx: AsyncConnection,
    limit: int = 100,
    before: int | None = None,
    subject: str | None = None,
    who: str | None = None,
) -> Sequence[Entry]:
    """Newest first; `before`: the number of the last one of the page before."""
    query = select(AuditEntryRow.__table__).order_by(AuditEntryRow.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntryRow.number < before)
    if subject is not None:
        query = query.where(AuditEntryRow.subject == subject)
    if who is not None:
        query = query.where(AuditEntryRow.who == who)
    return [_entry(row) for row in (await tx.execute(query)).mappings()]


async def verify(tx: AsyncConnection) -> tuple[int, int | None]:
    """How many entries there are, and the number of the first one that is not as it was written or before which some
    are missing; None if all is well. Reads a page at a time. What was cut off at the end, no chain can tell: keep the
    newest hash elsewhere."""
    count, before = 0, FIRST
    while True:
        query = select(AuditEntryRow.__table__).where(AuditEntryRow.number > count)
        rows = (await tx.execute(query.order_by(AuditEntryRow.number).limit(PAGE))).mappings().all()
        for row in rows:
            each = _entry(row)
            expected = chained(before, each.number, each.at, each.who, each.what, each.subject, each.detail)
            if each.number != count + 1 or each.before != before or each.hash != expected:
                return count, each.number
            count, before = each.number, each.hash
        if len(rows) < PAGE:
            return count, None


def _entry(row: RowMapping) -> Entry:
    return Entry(
        number=row["number"],
        at=row["at"],
        who=row["who"],
        what=row["what"],
        subject=row["subject"],
        detail=cast(Mapping[str, Json], row["detail"]),
        before=row["before"],
        hash=row["hash"],
    )
