"""Campaigns, with every version that ever was: a call remembers by which one it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from sqlalchemy import ForeignKey, RowMapping, String, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, aliased, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document
from engine.store.database import one_at_a_time

CampaignState = Literal["on", "paused", "archived"]
"""`paused`: leads are taken in and wait. `archived`: no leads are taken in, nobody is called."""


class CampaignRow(Base):
    __tablename__ = "campaign"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int]
    document: Mapped[Json] = mapped_column(Document(), nullable=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class CampaignVersionRow(Base):
    __tablename__ = "campaign_version"

    campaign_id: Mapped[str] = mapped_column(String(64), ForeignKey("campaign.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    document: Mapped[Json] = mapped_column(Document(), nullable=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


@dataclass(frozen=True, slots=True)
class StoredCampaign:
    """A campaign as it is now, or was at `revision`; for its document see `engine.campaigns`."""

    id: str
    name: str
    state: CampaignState
    revision: int
    document: Json
    changed_at: datetime
    changed_by: str

    @property
    def why_off(self) -> str:
        """Why it calls nobody, for people; empty if it does."""
        if self.state == "on":
            return ""
        return f"The campaign '{self.name}' is {self.state}."


class CampaignChanged(Exception):
    """Somebody else has saved in between; `now` is what stands there."""

    def __init__(self, now: StoredCampaign) -> None:
        super().__init__(f"{now.changed_by or 'Somebody'} has changed the campaign '{now.name}' in between.")
        self.now = now


async def save(
    tx: AsyncConnection,
    campaign_id: str,
    *,
    name: str,
    state: CampaignState,
    document: Json,
    revision: int,
    by: str,
    now: datetime,
) -> StoredCampaign:
    """`revision`: the one that was changed, 0 for a new campaign. Raises `CampaignChanged`."""
    await one_at_a_time(tx, f"campaign:{campaign_id}")
    there = await read(tx, campaign_id)
    if (there.revision if there else 0) != revision:
        if there is None:
            raise LookupError(f"There is no campaign '{campaign_id}'.")
        raise CampaignChanged(there)
    values = {
        "name": name, "state": state, "revision": revision + 1, "document": document, "changed_at": now,
        "changed_by": by,
    }  # fmt: skip
    if there is None:
        await tx.execute(insert(CampaignRow).values(id=campaign_id, **values))
    else:
        await tx.execute(update(CampaignRow).where(CampaignRow.id == campaign_id).values(**values))
    await tx.execute(insert(CampaignVersionRow).values(campaign_id=campaign_id, **values))
    return StoredCampaign(campaign_id, name, state, revision + 1, document, now, by)


async def read(tx: AsyncConnection, campaign_id: str) -> StoredCampaign | None:
    found = (await tx.execute(select(CampaignRow.__table__).where(CampaignRow.id == campaign_id))).first()
    return _campaign(found._mapping) if found else None


async def all_of_them(tx: AsyncConnection) -> Sequence[StoredCampaign]:
    """By name."""
    query = select(CampaignRow.__table__).order_by(CampaignRow.name, CampaignRow.id)
    return [_campaign(row) for row in (await tx.execute(query)).mappings()]


async def versions(tx: AsyncConnection, campaign_id: str) -> Sequence[StoredCampaign]:
    """All there ever were, the newest first."""
    rows = CampaignVersionRow
    query = _VERSION.where(rows.campaign_id == campaign_id).order_by(rows.revision.desc())
    return [_campaign(row) for row in (await tx.execute(query)).mappings()]


async def read_version(tx: AsyncConnection, campaign_id: str, revision: int) -> StoredCampaign | None:
    rows = CampaignVersionRow
    query = _VERSION.where(rows.campaign_id == campaign_id, rows.revision == revision)
    found = (await tx.execute(query)).first()
    return _campaign(found._mapping) if found else None


async def for_flow(tx: AsyncConnection, flow_id: str) -> StoredCampaign | None:
    """Whose leads those are that name this flow only: of the campaign made last of those that are on; where none is, of
    the one made last of those that were on and are paused, so that nobody is called past a pause."""
    was_on = aliased(CampaignVersionRow)
    query = (
        select(CampaignRow.__table__)
        .join(
            CampaignVersionRow,
            (CampaignVersionRow.campaign_id == CampaignRow.id) & (CampaignVersionRow.revision == 1),
        )
        .where(
            CampaignRow.state.in_(("on", "paused")),
            CampaignRow.document["flow_id"].as_string() == flow_id,
            exists().where(was_on.campaign_id == CampaignRow.id, was_on.state == "on"),
        )
        .order_by((CampaignRow.state == "on").desc(), CampaignVersionRow.changed_at.desc(), CampaignRow.id)
        .limit(1)
    )
    found = (await tx.execute(query)).first()
    return _campaign(found._mapping) if found else None


_VERSION: Final = select(
    CampaignVersionRow.campaign_id.label("id"),
    *(column for column in CampaignVersionRow.__table__.columns if column.name != "campaign_id"),
)


def _campaign(row: RowMapping) -> StoredCampaign:
    return StoredCampaign(
        id=row["id"],
        name=row["name"],
        state=cast(CampaignState, row["state"]),
        revision=row["revision"],
        document=row["document"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
    )
