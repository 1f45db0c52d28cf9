"""What lead sources refused: how often, why and when last. Nothing of what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.database import one_at_a_time


class LeadSourceRefusalRow(Base):
    __tablename__ = "lead_source_refusal"

    source_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("lead_source.id", ondelete="CASCADE"), primary_key=True
    )
    why: Mapped[str] = mapped_column(String(32), primary_key=True)
    times: Mapped[int]
    last_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Refusal:
    """`why`: a short code, such as 'wrong_key'."""

    source_id: str
    why: str
    times: int
    last_at: datetime


async def add(tx: AsyncConnection, source_id: str, why: str, times: int, now: datetime) -> None:
    """Count `times` more."""
    await one_at_a_time(tx, f"refusal:{source_id}:{why}")
    row = LeadSourceRefusalRow
    there = (row.source_id == source_id) & (row.why == why)
    done = await tx.execute(update(row).where(there).values(times=row.times + times, last_at=now))
    if not done.rowcount:
        await tx.execute(insert(row).values(source_id=source_id, why=why, times=times, last_at=now))


async def of_sources(tx: AsyncConnection) -> Mapping[str, Sequence[Refusal]]:
    """By source, the latest first."""
    query = select(LeadSourceRefusalRow.__table__).order_by(LeadSourceRefusalRow.last_at.desc())
    found: dict[str, list[Refusal]] = {}
    for row in (await tx.execute(query)).mappings():
        found.setdefault(row["source_id"], []).append(
            Refusal(row["source_id"], row["why"], row["times"], row["last_at"])
        )
    return found
