"""Leads whose answers are still to be fetched from where they came: who is at it, when it is tried again, and why a
person must look.

The lead itself is the order: whatever is `arriving` is fetched, also if nothing stands here yet. So a process that dies
right after the answer to the webhook forgets nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ForeignKey, Index, Select, String, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.database import one_at_a_time
from engine.store.leads import LeadRow

FetchState = Literal["waiting", "parked"]


class LeadFetchRow(Base):
    __tablename__ = "lead_fetch"
    __table_args__ = (Index(None, "state", "next_at"),)

    lead_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int]
    since: Mapped[datetime]
    next_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    connection: Mapped[str] = mapped_column(String(64))
    why: Mapped[str]


@dataclass(frozen=True, slots=True)
class Fetch:
    """One that is ours until the lease ends. `tries`: this one included. `since`: when the first one was, or when a
    person asked for it anew. `ids`: what the webhook told (form, page, advertisement)."""

    lead_id: str
    external_id: str
    source_id: str
    received_at: datetime
    ids: Mapping[str, str]
    tries: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a source. `waiting`: leads that are fetched, or tried again, without anybody's help. `parked`:
    those that are not tried again until a person has done something. `problems`: what, with how many leads wait for
    it."""

    waiting: int
    parked: int
    problems: Sequence[tuple[str, int]]


async def arriving(tx: AsyncConnection, source_id: str, external_id: str) -> str | None:
    """The lead that a source calls so, if its answers are still to be fetched."""
    query = select(LeadRow.id).where(
        LeadRow.source_id == source_id, LeadRow.external_id == external_id, LeadRow.state == "arriving"
    )
    found = (await tx.execute(query)).first()
    return found.id if found else None


async def any_due(tx: AsyncConnection, source: str, now: datetime) -> bool:
    return (await tx.execute(_due(source, now, ()).limit(1))).first() is not None


async def claim(
    tx: AsyncConnection, source: str, now: datetime, until: datetime, limit: int, without: Collection[str] = ()
) -> Sequence[Fetch]:
    """Take on what is due, the oldest first. `without`: ids of sources that are not to be asked now. `now`, `until`:
    real time."""
    await one_at_a_time(tx, "lead_fetch")
    found = (await tx.execute(_due(source, now, without).order_by(LeadRow.received_at).limit(limit))).all()
    claimed = []
    for row in found:
        tries, since = (row.tries or 0) + 1, row.since or now
        if row.tries is None:
            await tx.execute(
                insert(LeadFetchRow).values(
                    lead_id=row.id, state="waiting", tries=tries, since=since, next_at=now, claimed_until=until,
                    connection="", why="",
                )
            )  # fmt: skip
        else:
            await tx.execute(
                update(LeadFetchRow).where(LeadFetchRow.lead_id == row.id).values(tries=tries, claimed_until=until)
            )
        claimed.append(Fetch(row.id, row.external_id, row.source_id or "", row.received_at, row.form, tries, since))
    return claimed


async def again(tx: AsyncConnection, lead_id: str, at: datetime, why: str = "") -> None:
    """It is tried once more at `at`. `why`: what a person could do meanwhile."""
    values = {"next_at": at, "claimed_until": None, "why": why}
    await tx.execute(update(LeadFetchRow).where(LeadFetchRow.lead_id == lead_id).values(**values))
    await _reason(tx, [lead_id], why)


async def park(tx: AsyncConnection, lead_id: str, why: str, connection: str, now: datetime) -> None:
    """Nobody tries any more until it is `resumed`. `why` is shown at the source and at the lead. `connection`: the one
    that was used, empty if there was none."""
    values = {"state": "parked", "why": why, "connection": connection, "next_at": now, "claimed_until": None}
    await tx.execute(update(LeadFetchRow).where(LeadFetchRow.lead_id == lead_id).values(**values))
    await _reason(tx, [lead_id], why)


async def resume(tx: AsyncConnection, now: datetime, *, source_id: str = "", connection: str = "") -> int:
    """All parked ones of a source, or those parked before `now` with a connection, are tried again at once; gives how
    many."""
    query = select(LeadFetchRow.lead_id).where(LeadFetchRow.state == "parked")
    if source_id:
        query = query.join(LeadRow, LeadRow.id == LeadFetchRow.lead_id).where(LeadRow.source_id == source_id)
    if connection:
        query = query.where(LeadFetchRow.connection == connection, LeadFetchRow.next_at < now)
    found = [row.lead_id for row in await tx.execute(query)]
    for part in (found[first : first + 500] for first in range(0, len(found), 500)):
        values = {"state": "waiting", "why": "", "tries": 0, "since": now, "next_at": now, "claimed_until": None}
        await tx.execute(update(LeadFetchRow).where(LeadFetchRow.lead_id.in_(part)).values(**values))
        await _reason(tx, part, "")
    return len(found)


async def parked_with(tx: AsyncConnection) -> Mapping[str, datetime]:
    """Connections with which leads were parked, and when the first of them was."""
    rows = await tx.execute(
        select(LeadFetchRow.connection, func.min(LeadFetchRow.next_at).label("first"))
        .where(LeadFetchRow.state == "parked", LeadFetchRow.connection != "")
        .group_by(LeadFetchRow.connection)
    )
    return {row.connection: row.first for row in rows}


async def done(tx: AsyncConnection, lead_id: str) -> None:
    await tx.execute(delete(LeadFetchRow).where(LeadFetchRow.lead_id == lead_id))


async def standing(tx: AsyncConnection, source_id: str) -> Standing:
    rows = await tx.execute(
        select(LeadFetchRow.state, LeadFetchRow.why, func.count().label("count"))
        .select_from(LeadRow)
        .outerjoin(LeadFetchRow, LeadFetchRow.lead_id == LeadRow.id)
        .where(LeadRow.state == "arriving", LeadRow.source_id == source_id)
        .group_by(LeadFetchRow.state, LeadFetchRow.why)
    )
    found = rows.all()
    problems = sorted(((row.why, row[2]) for row in found if row.why), key=lambda each: (-each[1], each[0]))
    waiting = sum(row[2] for row in found if row.state != "parked")
    return Standing(waiting, sum(row[2] for row in found) - waiting, problems)


def _due(
    source: str, now: datetime, without: Collection[str]
) -> Select[tuple[str, str | None, str | None, datetime, object, int, datetime]]:
    query = (
        select(
            LeadRow.id, LeadRow.external_id, LeadRow.source_id, LeadRow.received_at, LeadRow.form, LeadFetchRow.tries,
            LeadFetchRow.since,
        )
        .outerjoin(LeadFetchRow, LeadFetchRow.lead_id == LeadRow.id)
        .where(
            LeadRow.state == "arriving",
            LeadRow.source == source,
            or_(
                LeadFetchRow.lead_id.is_(None),
                and_(
                    LeadFetchRow.state == "waiting",
                    LeadFetchRow.next_at <= now,
                    or_(LeadFetchRow.claimed_until.is_(None), LeadFetchRow.claimed_until <= now),
                ),
            ),
        )
    )  # fmt: skip
    if without:
        query = query.where(LeadRow.source_id.not_in(without))
    return cast(Select[tuple[str, str | None, str | None, datetime, object, int, datetime]], query)


async def _reason(tx: AsyncConnection, lead_ids: Sequence[str], why: str) -> None:
    """What the list of leads says of them, as long as they are arriving."""
    await tx.execute(update(LeadRow).where(LeadRow.id.in_(lead_ids), LeadRow.state == "arriving").values(reason=why))
