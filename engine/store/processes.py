"""The processes that hold calls, and where each of them is reached inside the installation.

A call's row names its holder from the moment it is made (`engine.store.holds`), so the holder of a call that only rings
is found here too. Moments here are real time (`datetime.now(UTC)`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped

from engine.store.base import Base, Key
from engine.store.calls import UNDER_WAY, CallRow


class ProcessRow(Base):
    __tablename__ = "process"

    id: Mapped[Key]
    address: Mapped[str]
    seen_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Held:
    """A call that a process holds. `address`: base URL of that process; `alive_at`: when it last said so."""

    call_id: str
    holder: str
    address: str
    alive_at: datetime | None


async def seen(tx: AsyncConnection, process_id: str, address: str, now: datetime) -> None:
    """The process runs, and is reached at `address`."""
    done = await tx.execute(
        update(ProcessRow)
        .where(ProcessRow.id == process_id)
        .values(address=address, seen_at=now)
        .returning(ProcessRow.id)
    )
    if done.first() is None:
        await tx.execute(insert(ProcessRow).values(id=process_id, address=address, seen_at=now))


async def gone(tx: AsyncConnection, process_id: str) -> None:
    """The process has stopped."""
    await tx.execute(delete(ProcessRow).where(ProcessRow.id == process_id))


async def forget(tx: AsyncConnection, not_since: datetime) -> None:
    """Drop processes that were not seen since then: they died without a word."""
    await tx.execute(delete(ProcessRow).where(ProcessRow.seen_at < not_since))


async def holding(tx: AsyncConnection, *, call_id: str = "", carrier_uuid: str = "") -> Held | None:
    """Which process holds the call of that id, or of that name at the carrier. None for a call that is over, that
    nobody holds, or whose holder has no address."""
    which = CallRow.id == call_id if call_id else CallRow.carrier_uuid == carrier_uuid
    query = (
        select(CallRow.id, CallRow.holder, CallRow.beat_at, ProcessRow.address)
        .join(ProcessRow, ProcessRow.id == CallRow.holder)
        .where(which, CallRow.state.in_(UNDER_WAY))
    )
    found = (await tx.execute(query)).first()
    return None if found is None else Held(found.id, found.holder, found.address, found.beat_at)
