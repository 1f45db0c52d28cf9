"""Where leads come from: the doors that staff have opened, each with its address, its settings and its campaign."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast

from sqlalchemy import ForeignKey, RowMapping, String, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document
from engine.store.database import one_at_a_time

SourceKind = Literal["website", "meta", "google", "json", "csv"]
SourceState = Literal["on", "off"]

GRACE: Final = timedelta(days=7)
"""So long an old address of a source still works: forms of websites are changed by others than us."""


class LeadSourceRow(Base):
    __tablename__ = "lead_source"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str]
    campaign_id: Mapped[str] = mapped_column(String(64), ForeignKey("campaign.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int]
    document: Mapped[Json] = mapped_column(Document(), nullable=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class LeadSourceAddressRow(Base):
    """Where a source can be reached: `/in/{address}`. The first address is the source's id."""

    __tablename__ = "lead_source_address"

    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead_source.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]
    # Works till then; None: it is the address that counts.
    until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class LeadSource:
    """`id`: cannot be guessed, and is the first address of the source. `document`: settings of that kind of source, see
    `engine.leads.sources`; secrets stand in connections only. A source that is off refuses what is sent to it."""

    id: str
    kind: SourceKind
    name: str
    campaign_id: str
    state: SourceState
    revision: int
    document: Json
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """`until`: it ends then; None for the one that counts."""

    address: str
    until: datetime | None


class SourceChanged(Exception):
    """Somebody else has saved in between; `now` is what stands there."""

    def __init__(self, now: LeadSource) -> None:
        super().__init__(f"{now.changed_by or 'Somebody'} has changed the lead source '{now.name}' in between.")
        self.now = now


def new_source_id() -> str:
    """Whoever knows it may send leads: 144 bits."""
    return f"src_{secrets.token_urlsafe(18)}"


async def save(
    tx: AsyncConnection,
    source_id: str,
    *,
    kind: SourceKind,
    name: str,
    campaign_id: str,
    state: SourceState,
    document: Json,
    revision: int,
    by: str,
    now: datetime,
) -> LeadSource:
    """`revision`: the one that was changed, 0 for a new source. Raises `SourceChanged`, LookupError."""
    await one_at_a_time(tx, f"source:{source_id}")
    there = await read(tx, source_id)
    if (there.revision if there else 0) != revision:
        if there is None:
            raise LookupError("There is no such lead source.")
        raise SourceChanged(there)
    values = {
        "kind": kind, "name": name, "campaign_id": campaign_id, "state": state, "revision": revision + 1,
        "document": document, "changed_at": now, "changed_by": by,
    }  # fmt: skip
    if there is None:
        await tx.execute(insert(LeadSourceRow).values(id=source_id, **values))
        await tx.execute(insert(LeadSourceAddressRow).values(address=source_id, source_id=source_id, made_at=now))
    else:
        await tx.execute(update(LeadSourceRow).where(LeadSourceRow.id == source_id).values(**values))
    return LeadSource(source_id, kind, name, campaign_id, state, revision + 1, document, now, by)


async def read(tx: AsyncConnection, source_id: str) -> LeadSource | None:
    found = (await tx.execute(select(LeadSourceRow.__table__).where(LeadSourceRow.id == source_id))).first()
    return _source(found._mapping) if found else None


async def behind(tx: AsyncConnection, address: str, real_now: datetime) -> LeadSource | None:
    """The source that takes what is sent to an address. `real_now`: not the clock of business, as for everything that
    proves somebody."""
    query = (
        select(LeadSourceRow.__table__)
        .join(LeadSourceAddressRow, LeadSourceAddressRow.source_id == LeadSourceRow.id)
        .where(
            LeadSourceAddressRow.address == address,
            or_(LeadSourceAddressRow.until.is_(None), LeadSourceAddressRow.until > real_now),
        )
    )
    found = (await tx.execute(query)).first()
    return _source(found._mapping) if found else None


async def move(tx: AsyncConnection, source_id: str, real_now: datetime, grace: timedelta = GRACE) -> str:
    """A new address for a source. Those it had go on working for `grace`, so that nothing is lost while forms and
    services are changed over; with none they end at once, as for an address that became known. Raises LookupError."""
    await one_at_a_time(tx, f"source:{source_id}")
    if await read(tx, source_id) is None:
        raise LookupError("There is no such lead source.")
    address = new_source_id()
    ends = real_now + grace
    rows = LeadSourceAddressRow
    await tx.execute(
        update(rows).where(rows.source_id == source_id, or_(rows.until.is_(None), rows.until > ends)).values(until=ends)
    )
    await tx.execute(insert(rows).values(address=address, source_id=source_id, made_at=real_now))
    return address


async def addresses(tx: AsyncConnection, real_now: datetime) -> Mapping[str, Sequence[SourceAddress]]:
    """Those that work, by source; the one that counts first."""
    rows = LeadSourceAddressRow
    query = (
        select(rows.address, rows.source_id, rows.until)
        .where(or_(rows.until.is_(None), rows.until > real_now))
        .order_by(rows.until.is_not(None), rows.until.desc())
    )
    found: dict[str, list[SourceAddress]] = {}
    for row in await tx.execute(query):
        found.setdefault(row.source_id, []).append(SourceAddress(row.address, row.until))
    return found


async def remove(tx: AsyncConnection, source_id: str) -> None:
    """With its addresses. Leads keep its id, so remove only what no lead has come through."""
    await tx.execute(delete(LeadSourceRow).where(LeadSourceRow.id == source_id))


async def all_of_them(tx: AsyncConnection, campaign_id: str | None = None) -> Sequence[LeadSource]:
    """By name."""
    query = select(LeadSourceRow.__table__).order_by(LeadSourceRow.name, LeadSourceRow.id)
    if campaign_id is not None:
        query = query.where(LeadSourceRow.campaign_id == campaign_id)
    return [_source(row) for row in (await tx.execute(query)).mappings()]


def _source(row: RowMapping) -> LeadSource:
    return LeadSource(
        id=row["id"],
        kind=cast(SourceKind, row["kind"]),
        name=row["name"],
        campaign_id=row["campaign_id"],
        state=cast(SourceState, row["state"]),
        revision=row["revision"],
        document=row["document"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
    )
