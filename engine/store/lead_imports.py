"""Imports of leads from files: what was uploaded, how its columns are read, how far it has come, and the rows that were
refused. The file itself lies in the data folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    RowMapping,
    String,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)  # fmt: skip
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document, Key, new_id
from engine.store.database import one_at_a_time
from engine.store.lead_tables import LeadDeliveryRow, LeadRow

ImportState = Literal["uploaded", "running", "done", "cancelled", "failed"]
"""`uploaded`: nobody has started it. `failed`: it cannot go on (`why`). A cancelled one can be started again."""

UNDER_WAY: Final = "running"


class LeadImportRow(Base):
    __tablename__ = "lead_import"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[Key]
    source_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead_source.id"), index=True)
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    plan: Mapped[Json] = mapped_column(Document(), nullable=False)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[str]
    started_at: Mapped[datetime | None]
    started_by: Mapped[str]
    finished_at: Mapped[datetime | None]
    rows: Mapped[int]
    done: Mapped[int]
    last_row: Mapped[int]
    taken: Mapped[int]
    repeated: Mapped[int]
    merged: Mapped[int]
    refused: Mapped[int]
    why: Mapped[str]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str] = mapped_column(String(64))
    file_gone: Mapped[bool] = mapped_column(Boolean)


class LeadImportRefusalRow(Base):
    __tablename__ = "lead_import_refusal"

    import_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("lead_import.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    problem: Mapped[str]
    fix: Mapped[str]
    lead_id: Mapped[str | None] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Counts:
    """`done`: rows looked at, the sum of the others. `refused`: rows by which nobody is called."""

    done: int = 0
    taken: int = 0
    repeated: int = 0
    merged: int = 0
    refused: int = 0

    def plus(self, other: Counts) -> Counts:
        return Counts(
            self.done + other.done,
            self.taken + other.taken,
            self.repeated + other.repeated,
            self.merged + other.merged,
            self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """`row`: as a spreadsheet counts, the first line of the file is 1. `lead_id`: the lead it was kept as, None for a
    row that could not even be read."""

    row: int
    problem: str
    fix: str
    lead_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredImport:
    """`rows`: how many the file has. `last_row`: up to there everything is done. `plan`: how it is read, see
    `engine.leads.csv_plan`. `file_gone`: the file was deleted, since it is no longer needed."""

    id: str
    source_id: str
    file_name: str
    sha256: str
    size: int
    state: ImportState
    plan: Json
    uploaded_at: datetime
    uploaded_by: str
    started_at: datetime | None
    started_by: str
    finished_at: datetime | None
    rows: int
    last_row: int
    counts: Counts
    why: str
    file_gone: bool


async def add(
    tx: AsyncConnection, import_id: str, source_id: str, *, file_name: str, sha256: str, size: int, rows: int,
    plan: Mapping[str, Json], by: str, now: datetime,
) -> None:  # fmt: skip
    await tx.execute(
        insert(LeadImportRow).values(
            id=import_id, source_id=source_id, file_name=file_name, sha256=sha256, size=size, state="uploaded",
            plan=dict(plan), uploaded_at=now, uploaded_by=by, started_by="", rows=rows, done=0, last_row=0, taken=0,
            repeated=0, merged=0, refused=0, why="", claimed_by="", file_gone=False,
        )
    )  # fmt: skip


def new_import_id() -> str:
    return new_id("imp")


async def read(tx: AsyncConnection, import_id: str) -> StoredImport | None:
    found = (await tx.execute(select(LeadImportRow.__table__).where(LeadImportRow.id == import_id))).first()
    return _import(found._mapping) if found else None


async def of_source(tx: AsyncConnection, source_id: str, limit: int = 100) -> Sequence[StoredImport]:
    """Newest first."""
    query = select(LeadImportRow.__table__).where(LeadImportRow.source_id == source_id)
    rows = (
        await tx.execute(query.order_by(LeadImportRow.uploaded_at.desc(), LeadImportRow.id).limit(limit))
    ).mappings()
    return [_import(row) for row in rows]


async def same_file(tx: AsyncConnection, sha256: str, import_id: str) -> StoredImport | None:
    """The newest other import of these very bytes that was started."""
    query = select(LeadImportRow.__table__).where(
        LeadImportRow.sha256 == sha256, LeadImportRow.id != import_id, LeadImportRow.started_at.is_not(None)
    )
    found = (await tx.execute(query.order_by(LeadImportRow.started_at.desc()).limit(1))).first()
    return _import(found._mapping) if found else None


async def set_plan(tx: AsyncConnection, import_id: str, plan: Mapping[str, Json], rows: int) -> bool:
    """False: it was started in between."""
    done = await tx.execute(
        update(LeadImportRow)
        .where(LeadImportRow.id == import_id, LeadImportRow.state == "uploaded")
        .values(plan=dict(plan), rows=rows)
        .returning(LeadImportRow.id)
    )
    return done.first() is not None


async def start(tx: AsyncConnection, import_id: str, by: str, now: datetime) -> bool:
    """From the row after the last one that was done. False: it is not there to be started."""
    done = await tx.execute(
        update(LeadImportRow)
        .where(LeadImportRow.id == import_id, LeadImportRow.state.in_(("uploaded", "cancelled", "failed")))
        .values(state=UNDER_WAY, started_at=now, started_by=by, finished_at=None, why="", claimed_until=None)
        .returning(LeadImportRow.id)
    )
    return done.first() is not None


async def finish(
    tx: AsyncConnection, import_id: str, state: Literal["done", "cancelled", "failed"], now: datetime, why: str = ""
) -> bool:
    """False: it was not under way."""
    done = await tx.execute(
        update(LeadImportRow)
        .where(LeadImportRow.id == import_id, LeadImportRow.state == UNDER_WAY)
        .values(state=state, finished_at=now, why=why, claimed_until=None)
        .returning(LeadImportRow.id)
    )
    return done.first() is not None


async def any_under_way(tx: AsyncConnection) -> bool:
    query = select(LeadImportRow.id).where(LeadImportRow.state == UNDER_WAY).limit(1)
    return (await tx.execute(query)).first() is not None


async def claim(
    tx: AsyncConnection, who: str, now: datetime, until: datetime, among: Collection[str]
) -> StoredImport | None:
    """Take on the oldest import that is under way and that nobody works on, `among` those whose files are at hand.
    `now`, `until`: real time."""
    await one_at_a_time(tx, "lead_import")
    query = select(LeadImportRow.__table__).where(
        LeadImportRow.state == UNDER_WAY,
        LeadImportRow.id.in_(among),
        or_(LeadImportRow.claimed_until.is_(None), LeadImportRow.claimed_until <= now),
    )
    found = (await tx.execute(query.order_by(LeadImportRow.started_at).limit(1))).first()
    if found is None:
        return None
    values = {"claimed_until": until, "claimed_by": who}
    await tx.execute(update(LeadImportRow).where(LeadImportRow.id == found.id).values(**values))
    return _import(found._mapping)


async def let_go(tx: AsyncConnection, import_id: str, who: str) -> None:
    """Somebody else may go on at once."""
    await tx.execute(
        update(LeadImportRow)
        .where(LeadImportRow.id == import_id, LeadImportRow.claimed_by == who)
        .values(claimed_until=None)
    )


async def progress(
    tx: AsyncConnection, import_id: str, who: str, last_row: int, more: Counts, refusals: Sequence[Refusal],
    until: datetime,
) -> bool:  # fmt: skip
    """A batch is done. False: it was cancelled, or somebody else has taken it on; nothing was written then."""
    done = await tx.execute(
        update(LeadImportRow)
        .where(
            LeadImportRow.id == import_id, LeadImportRow.state == UNDER_WAY, LeadImportRow.claimed_by == who,
            LeadImportRow.last_row < last_row,
        )
        .values(
            last_row=last_row, done=LeadImportRow.done + more.done, taken=LeadImportRow.taken + more.taken,
            repeated=LeadImportRow.repeated + more.repeated, merged=LeadImportRow.merged + more.merged,
            refused=LeadImportRow.refused + more.refused, claimed_until=until,
        )
        .returning(LeadImportRow.id)
    )  # fmt: skip
    if done.first() is None:
        return False
    if refusals:
        rows = [
            {"import_id": import_id, "row": each.row, "problem": each.problem, "fix": each.fix, "lead_id": each.lead_id}
            for each in refusals
        ]
        await tx.execute(insert(LeadImportRefusalRow), rows)
    return True


async def refusals_after(tx: AsyncConnection, import_id: str, row: int = 0, limit: int = 500) -> Sequence[Refusal]:
    """Those of rows after `row`, in the order of the file."""
    query = (
        select(LeadImportRefusalRow.__table__)
        .where(LeadImportRefusalRow.import_id == import_id, LeadImportRefusalRow.row > row)
        .order_by(LeadImportRefusalRow.row)
        .limit(limit)
    )
    return [Refusal(each.row, each.problem, each.fix, each.lead_id) for each in await tx.execute(query)]


async def recent(tx: AsyncConnection, limit: int = 50) -> Sequence[StoredImport]:
    """Of all sources, newest first."""
    query = select(LeadImportRow.__table__).order_by(LeadImportRow.uploaded_at.desc(), LeadImportRow.id).limit(limit)
    return [_import(row) for row in (await tx.execute(query)).mappings()]


async def no_longer_needed(tx: AsyncConnection, uploaded_before: datetime, ended_before: datetime) -> Sequence[str]:
    """Imports whose files may go: uploaded before then and never started, or ended before then."""
    query = select(LeadImportRow.id).where(
        LeadImportRow.file_gone.is_(False),
        or_(
            and_(LeadImportRow.state == "uploaded", LeadImportRow.uploaded_at < uploaded_before),
            and_(LeadImportRow.state.in_(("done", "cancelled", "failed")), LeadImportRow.finished_at < ended_before),
        ),
    )
    return [row.id for row in await tx.execute(query)]


async def that_brought(tx: AsyncConnection, lead_ids: Collection[str]) -> Sequence[StoredImport]:
    """Imports in whose files these leads stand, also as a further form of somebody or as a refused row."""
    names = [
        *(await tx.execute(select(LeadRow.external_id).where(LeadRow.id.in_(lead_ids)))).scalars(),
        *(await tx.execute(select(LeadDeliveryRow.external_id).where(LeadDeliveryRow.lead_id.in_(lead_ids)))).scalars(),
    ]
    refused = select(LeadImportRefusalRow.import_id).where(LeadImportRefusalRow.lead_id.in_(lead_ids))
    ids = {name.partition(":")[0] for name in names if name} | set((await tx.execute(refused)).scalars())
    query = select(LeadImportRow.__table__).where(LeadImportRow.id.in_(ids)).order_by(LeadImportRow.id)
    return [_import(row) for row in (await tx.execute(query)).mappings()]


async def forget_lead(tx: AsyncConnection, lead_id: str) -> None:
    """The report of refused rows tells nothing of the lead any more."""
    await tx.execute(delete(LeadImportRefusalRow).where(LeadImportRefusalRow.lead_id == lead_id))


async def gone(tx: AsyncConnection) -> frozenset[str]:
    """Imports whose files are gone, or should be."""
    query = select(LeadImportRow.id).where(LeadImportRow.file_gone.is_(True))
    return frozenset((await tx.execute(query)).scalars())


async def file_gone(tx: AsyncConnection, import_id: str) -> None:
    await tx.execute(update(LeadImportRow).where(LeadImportRow.id == import_id).values(file_gone=True))


async def remove(tx: AsyncConnection, import_id: str) -> None:
    """The leads that it brought stay."""
    await tx.execute(delete(LeadImportRefusalRow).where(LeadImportRefusalRow.import_id == import_id))
    await tx.execute(delete(LeadImportRow).where(LeadImportRow.id == import_id))


def _import(row: RowMapping) -> StoredImport:
    return StoredImport(
        id=row["id"],
        source_id=row["source_id"],
        file_name=row["file_name"],
        sha256=row["sha256"],
        size=row["size"],
        state=cast(ImportState, row["state"]),
        plan=row["plan"],
        uploaded_at=row["uploaded_at"],
        uploaded_by=row["uploaded_by"],
        started_at=row["started_at"],
        started_by=row["started_by"],
        finished_at=row["finished_at"],
        rows=row["rows"],
        last_row=row["last_row"],
        counts=Counts(row["done"], row["taken"], row["repeated"], row["merged"], row["refused"]),
        why=row["why"],
        file_gone=row["file_gone"],
    )
