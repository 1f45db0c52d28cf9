"""Numbers that must not be called: people who said stop, and lists from elsewhere. Asked before every dial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.database import one_at_a_time


class SuppressedRow(Base):
    __tablename__ = "suppressed_number"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    reason: Mapped[str]
    source: Mapped[str]
    added_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """`number`: E.164. `reason`: 'asked us to stop', 'wrong number'. `source`: where we know it from ('call_31')."""

    number: str
    reason: str
    source: str
    added_at: datetime


async def add(tx: AsyncConnection, number: str, reason: str, source: str, now: datetime) -> bool:
    """Never call `number` (E.164) again. False if it was on the list already; the first entry stays as it was."""
    if not (number.startswith("+") and number[1:].isdigit()):
        raise ValueError("The suppression list keeps numbers in E.164 form, like +14155550123.")
    await one_at_a_time(tx, f"suppress:{number}")
    if await contains(tx, number):
        return False
    await tx.execute(insert(SuppressedRow).values(number=number, reason=reason, source=source, added_at=now))
    return True


async def contains(tx: AsyncConnection, number: str) -> bool:
    found = await tx.execute(select(SuppressedRow.number).where(SuppressedRow.number == number))
    return found.first() is not None


async def read(tx: AsyncConnection, number: str) -> Suppressed | None:
    """Why a number is on the list; None if it is not."""
    found = (await tx.execute(select(SuppressedRow.__table__).where(SuppressedRow.number == number))).first()
    return Suppressed(found.number, found.reason, found.source, found.added_at) if found else None


async def recent(tx: AsyncConnection, limit: int = 100) -> Sequence[Suppressed]:
    """Latest first."""
    query = select(SuppressedRow.__table__).order_by(SuppressedRow.added_at.desc(), SuppressedRow.number).limit(limit)
    return [Suppressed(row.number, row.reason, row.source, row.added_at) for row in await tx.execute(query)]


async def count(tx: AsyncConnection) -> int:
    return (await tx.execute(select(func.count()).select_from(SuppressedRow))).scalar_one()
