"""The journal of a call: everything that happened, in order, as it happened. Rows are only ever added.

Each row carries a hash over itself and the row before it, so that a change behind the engine's back shows (`verify`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import String, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base


class JournalRow(Base):
    __tablename__ = "journal"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_ms: Mapped[int]
    kind: Mapped[str] = mapped_column(String(64))
    facts: Mapped[str]  # text, not JSONB: the hash is over these very characters
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `seq` counts from 1 in each call. `at_ms`: milliseconds on the call's own clock, where 0
    is the moment it was answered (ringing is negative). `kind`: a stable name such as `agent_said`."""

    seq: int
    at_ms: int
    kind: str
    facts: Mapping[str, Json] = field(default_factory=dict)


async def append(tx: AsyncConnection, call_id: str, entries: Sequence[Entry]) -> int:
    """Add a batch in one statement; gives how many were new.

    Entries whose `seq` is stored already are left out, so a batch whose commit was in doubt can be sent again.
    Raises ValueError if the batch leaves a gap: the writer has lost something and should say so.
    """
    if not entries:
        return 0
    query = select(JournalRow.seq, JournalRow.hash).where(JournalRow.call_id == call_id)
    last = (await tx.execute(query.order_by(JournalRow.seq.desc()).limit(1))).first()
    seq, digest = (last.seq, last.hash) if last else (0, "")
    rows = []
    for entry in sorted(entries, key=lambda one: one.seq):
        if entry.seq <= seq:
            continue
        if entry.seq != seq + 1:
            raise ValueError(f"The journal of {call_id} goes from entry {seq} to {entry.seq}: entries are missing.")
        facts = _text(entry.facts)
        digest = _digest(digest, call_id, entry.seq, entry.at_ms, entry.kind, facts)
        rows.append(
            {
                "call_id": call_id,
                "seq": entry.seq,
                "at_ms": entry.at_ms,
                "kind": entry.kind,
                "facts": facts,
                "hash": digest,
            }
        )
        seq = entry.seq
    if rows:
        await tx.execute(insert(JournalRow), rows)
    return len(rows)


async def read(tx: AsyncConnection, call_id: str, after: int = 0, limit: int | None = None) -> Sequence[Entry]:
    """Entries with `seq` above `after`, in order: a live page asks again with the last one it has."""
    query = select(JournalRow.__table__).where(JournalRow.call_id == call_id, JournalRow.seq > after)
    query = query.order_by(JournalRow.seq)
    if limit is not None:
        query = query.limit(limit)
    return [Entry(row.seq, row.at_ms, row.kind, json.loads(row.facts)) for row in await tx.execute(query)]


async def verify(tx: AsyncConnection, call_id: str) -> int | None:
    """The `seq` of the first row that was changed, lost or put in later; None if the journal is as it was written."""
    digest, expected = "", 1
    query = select(JournalRow.__table__).where(JournalRow.call_id == call_id).order_by(JournalRow.seq)
    for row in await tx.execute(query):
        digest = _digest(digest, call_id, row.seq, row.at_ms, row.kind, row.facts)
        if row.seq != expected or row.hash != digest:
            return expected
        expected += 1
    return None


def _text(facts: Mapping[str, Json]) -> str:
    return json.dumps(dict(facts), ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _digest(before: str, call_id: str, seq: int, at_ms: int, kind: str, facts: str) -> str:
    return hashlib.sha256("\x1f".join((before, call_id, str(seq), str(at_ms), kind, facts)).encode()).hexdigest()
