"""What happened to a lead, step by step: came in, was permitted or not, is planned, was dialled. For its page, and as
proof of why it was or was not called. Rows leave with the lead only (`retention`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ForeignKey, String, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document

EventKind = Literal[
    "came_in", "repeated", "merged", "fetched", "decided", "planned", "cancelled", "released", "called", "opted_out",
    "held", "exported", "changed",
]  # fmt: skip


class LeadEventRow(Base):
    __tablename__ = "lead_event"

    # Counted by the database: what was written in one transaction has one time.
    number: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))
    data: Mapped[Json] = mapped_column(Document(), nullable=False)


@dataclass(frozen=True, slots=True)
class LeadEvent:
    """`data` by kind; `why` in it is a sentence for people. `decided`: the document of a `Decision`. `planned`: `at`,
    `kind` (first, retry, callback, quiet_hours). `called`: `call_id`, `attempt`."""

    at: datetime
    kind: EventKind
    data: Mapping[str, Json]


async def add(tx: AsyncConnection, lead_id: str, kind: EventKind, data: Mapping[str, Json], now: datetime) -> None:
    await tx.execute(insert(LeadEventRow).values(lead_id=lead_id, at=now, kind=kind, data=dict(data)))


async def of_lead(tx: AsyncConnection, lead_id: str) -> Sequence[LeadEvent]:
    """Oldest first."""
    query = select(LeadEventRow.__table__).where(LeadEventRow.lead_id == lead_id)
    rows = (await tx.execute(query.order_by(LeadEventRow.at, LeadEventRow.number))).mappings()
    return [LeadEvent(row["at"], cast(EventKind, row["kind"]), cast(Mapping[str, Json], row["data"])) for row in rows]
