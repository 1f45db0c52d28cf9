"""What is used up of the limits that every worker of this installation shares, such as a service's requests in ten
seconds. Plain queries; when the next turn is, `engine.aftercall.turns` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from sqlalchemy import String, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document
from engine.store.database import one_at_a_time
from engine.store.outbox_tables import insert_new

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class RateTurnRow(Base):
    """One limit. `taken`: the moments given out that still count, as microseconds since 1970, oldest first."""

    __tablename__ = "rate_turn"

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    taken: Mapped[Json] = mapped_column(Document, nullable=False)
    changed_at: Mapped[datetime]


async def lock(tx: AsyncConnection, key: str) -> Sequence[datetime]:
    """The moments given out, oldest first. Nobody else gets a turn of this limit before the transaction ends."""
    await one_at_a_time(tx, f"turn:{key}")
    return await read(tx, key)


async def read(tx: AsyncConnection, key: str) -> Sequence[datetime]:
    """The moments given out, oldest first, as they stand."""
    taken = (await tx.execute(select(RateTurnRow.taken).where(RateTurnRow.key == key))).scalar_one_or_none()
    return [EPOCH + cast(int, each) * MICROSECOND for each in cast(list[Json], taken or [])]


async def write(tx: AsyncConnection, key: str, taken: Sequence[datetime], now: datetime) -> None:
    values = {"taken": [(each - EPOCH) // MICROSECOND for each in taken], "changed_at": now}
    await tx.execute(
        insert_new(tx, RateTurnRow)
        .values(key=key, **values)
        .on_conflict_do_update(index_elements=[RateTurnRow.key], set_=values)
    )


async def forget(tx: AsyncConnection, before: datetime) -> None:
    """Strike out limits of which nobody has taken a turn since then."""
    await tx.execute(delete(RateTurnRow).where(RateTurnRow.changed_at < before))
