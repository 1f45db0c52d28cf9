"""States in which nobody is called until a moment that somebody has set by hand: a governor's order, a storm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.database import one_at_a_time


class CallingStoppedRow(Base):
    __tablename__ = "calling_stopped"

    state: Mapped[str] = mapped_column(String(2), primary_key=True)
    until: Mapped[datetime]
    why: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class StoppedState:
    """`state`: two letters. `by`: who has stopped it, `at` when."""

    state: str
    until: datetime
    why: str
    by: str
    at: datetime


async def stopped(tx: AsyncConnection, now: datetime) -> Mapping[str, datetime]:
    """States in which nobody may be called now, and until when."""
    return {each.state: each.until for each in await read(tx, now)}


async def read(tx: AsyncConnection, now: datetime) -> Sequence[StoppedState]:
    """The same with the reasons, by state."""
    query = select(CallingStoppedRow.__table__).where(CallingStoppedRow.until > now).order_by(CallingStoppedRow.state)
    return [StoppedState(row.state, row.until, row.why, row.by, row.at) for row in await tx.execute(query)]


async def stop(tx: AsyncConnection, state: str, until: datetime, why: str, by: str, now: datetime) -> None:
    """Nobody in `state` is called before `until`; takes the place of what was set before."""
    await one_at_a_time(tx, f"stopped:{state}")
    await resume(tx, state)
    await tx.execute(insert(CallingStoppedRow).values(state=state, until=until, why=why, by=by, at=now))


async def resume(tx: AsyncConnection, state: str) -> bool:
    """Calls to `state` may be made again. False if they were not stopped."""
    done = await tx.execute(
        delete(CallingStoppedRow).where(CallingStoppedRow.state == state).returning(CallingStoppedRow.state)
    )
    return done.first() is not None
