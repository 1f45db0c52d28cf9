"""The log of edits: every change of a draft with its author, in the order in which the draft took them.

Each edit is one revision of its flow. Steps and their inverse are kept as JSON text, because the order of names in a
document is part of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Row, String, UniqueConstraint, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.database import one_at_a_time
from engine.store.flows import DraftChanged, FlowRow, checksum


class FlowEditRow(Base):
    __tablename__ = "flow_edit"
    __table_args__ = (UniqueConstraint("flow_id", "id", name="uq_flow_edit_flow_id_id"),)

    flow_id: Mapped[str] = mapped_column(String(64), ForeignKey("flow.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(64))
    client: Mapped[str] = mapped_column(String(64))
    by: Mapped[str]
    at: Mapped[datetime]
    label: Mapped[str]
    steps: Mapped[str]
    inverse: Mapped[str]


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """`id`: made by the client, unique in its flow. `client`: the window it came from; `by`: the person. `steps`,
    `inverse`: JSON lists of primitive steps."""

    revision: int
    id: str
    client: str
    by: str
    at: datetime
    label: str
    steps: str
    inverse: str


@dataclass(frozen=True, slots=True)
class Head:
    """What the newest draft is, without its text."""

    flow_id: str
    name: str
    checksum: str
    revision: int
    edited_at: datetime
    edited_by: str


async def head(tx: AsyncConnection, flow_id: str) -> Head | None:
    row = FlowRow.__table__.c
    query = select(row.id, row.name, row.checksum, row.revision, row.edited_at, row.edited_by)
    found = (await tx.execute(query.where(FlowRow.id == flow_id))).first()
    return Head(*found) if found is not None else None


async def append(
    tx: AsyncConnection, flow_id: str, name: str, text: str, edits: Sequence[StoredEdit], base: int
) -> None:
    """Write `text` as the draft and add the edits that made it from revision `base`; theirs follow it without a gap.
    Raises `DraftChanged` if the draft is another one by now."""
    await one_at_a_time(tx, f"flow:{flow_id}")
    last = edits[-1]
    done = await tx.execute(
        update(FlowRow)
        .where(FlowRow.id == flow_id, FlowRow.revision == base)
        .values(
            name=name,
            text=text,
            checksum=checksum(text),
            revision=last.revision,
            edited_at=last.at,
            edited_by=last.by,
            archived_at=None,
        )
        .returning(FlowRow.id)
    )
    if done.first() is None:
        raise DraftChanged("Somebody saved this flow at this very moment. Try again.")
    await tx.execute(
        insert(FlowEditRow),
        [
            {
                "flow_id": flow_id,
                "revision": each.revision,
                "id": each.id,
                "client": each.client,
                "by": each.by,
                "at": each.at,
                "label": each.label,
                "steps": each.steps,
                "inverse": each.inverse,
            }
            for each in edits
        ],
    )


async def since(tx: AsyncConnection, flow_id: str, revision: int, newest: int) -> list[StoredEdit] | None:
    """The edits after `revision` up to `newest`, oldest first; None when not all of them were kept."""
    query = select(FlowEditRow.__table__).where(FlowEditRow.flow_id == flow_id, FlowEditRow.revision > revision)
    found = [_edit(row) for row in await tx.execute(query.order_by(FlowEditRow.revision))]
    found = [each for each in found if each.revision <= newest]
    return found if len(found) == max(newest - revision, 0) else None


async def taken(tx: AsyncConnection, flow_id: str, ids: Iterable[str]) -> set[str]:
    """Which of `ids` the log holds already."""
    query = select(FlowEditRow.id).where(FlowEditRow.flow_id == flow_id, FlowEditRow.id.in_(list(ids)))
    return set((await tx.execute(query)).scalars())


async def after_version(
    tx: AsyncConnection, flow_id: str, revision: int, left_out: Collection[int]
) -> list[StoredEdit]:
    """The edits that a version which was made of the draft at `revision` does not have, oldest first."""
    row = FlowEditRow.__table__.c
    missing = row.revision > revision
    if left_out:
        missing = or_(missing, row.revision.in_(left_out))
    query = select(FlowEditRow.__table__).where(FlowEditRow.flow_id == flow_id, missing)
    return [_edit(each) for each in await tx.execute(query.order_by(FlowEditRow.revision))]


def _edit(row: Row[tuple[object, ...]]) -> StoredEdit:
    return StoredEdit(
        revision=row.revision,
        id=row.id,
        client=row.client,
        by=row.by,
        at=row.at,
        label=row.label,
        steps=row.steps,
        inverse=row.inverse,
    )
