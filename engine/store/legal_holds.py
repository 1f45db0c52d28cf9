"""Legal holds: what is about such a person may not be deleted, whatever was asked or is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, String, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, aliased, mapped_column

from engine.store.base import Base, Key, new_id
from engine.store.database import one_at_a_time
from engine.store.leads import LeadRow


class LegalHoldRow(Base):
    __tablename__ = "legal_hold"

    id: Mapped[Key]
    lead_id: Mapped[str] = mapped_column(String(64), index=True)
    why: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str]


@dataclass(frozen=True, slots=True)
class LegalHold:
    """`why`: the matter, for people. `released_at`: None while it stands."""

    id: str
    lead_id: str
    why: str
    by: str
    at: datetime
    released_at: datetime | None
    released_by: str


async def nothing_changes(tx: AsyncConnection) -> None:
    """Until the end of this transaction no hold is placed: what is looked at now may be deleted now."""
    await one_at_a_time(tx, "retention")


async def place(tx: AsyncConnection, lead_id: str, why: str, by: str, now: datetime) -> str:
    """Keep everything about the person of this lead until it is released; gives the hold's id."""
    await nothing_changes(tx)
    hold_id = new_id("hold")
    await tx.execute(insert(LegalHoldRow).values(id=hold_id, lead_id=lead_id, why=why, by=by, at=now, released_by=""))
    return hold_id


async def release(tx: AsyncConnection, hold_id: str, by: str, now: datetime) -> bool:
    """False if it does not stand."""
    done = await tx.execute(
        update(LegalHoldRow)
        .where(LegalHoldRow.id == hold_id, LegalHoldRow.released_at.is_(None))
        .values(released_at=now, released_by=by)
        .returning(LegalHoldRow.id)
    )
    return done.first() is not None


async def of_lead(tx: AsyncConnection, lead_id: str) -> Sequence[LegalHold]:
    """Every hold that was ever placed on this very lead, oldest first."""
    query = select(LegalHoldRow.__table__).where(LegalHoldRow.lead_id == lead_id).order_by(LegalHoldRow.at)
    return [_hold(row) for row in await tx.execute(query)]


async def standing(tx: AsyncConnection, lead_ids: Sequence[str]) -> Sequence[LegalHold]:
    """The holds that stand on any of these leads, oldest first."""
    query = (
        select(LegalHoldRow.__table__)
        .where(LegalHoldRow.lead_id.in_(lead_ids), LegalHoldRow.released_at.is_(None))
        .order_by(LegalHoldRow.at)
    )
    return [_hold(row) for row in await tx.execute(query)]


def is_held(lead_id: SQLColumnExpression[str | None]) -> ColumnElement[bool]:
    """A condition of a query: a hold stands on the lead, or on another one with the same number, since a hold is about
    a person."""
    held, same = aliased(LegalHoldRow), aliased(LeadRow)
    own = select(held.lead_id).where(held.released_at.is_(None))
    numbers = select(same.phone).where(same.id.in_(own), same.phone.is_not(None))
    other = aliased(LeadRow)
    return or_(lead_id.in_(own), lead_id.in_(select(other.id).where(other.phone.in_(numbers))))


def _hold(row: object) -> LegalHold:
    return LegalHold(**{name: getattr(row, name) for name in LegalHold.__dataclass_fields__})
