"""Runs of a flow's caller scenarios: how far one is, and what came of it. Each belongs to one state of the document.

The rows of a run are a JSON document that its runner writes and its readers understand; here it is only kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Index, RowMapping, String, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document, Key

State = Literal["running", "finished", "failed"]

KEPT = 20
"""So many runs of a flow are kept."""


class ScenarioRunRow(Base):
    __tablename__ = "scenario_run"
    __table_args__ = (Index(None, "flow_id", "started_at"),)

    id: Mapped[Key]
    flow_id: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int]
    checksum: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    started_by: Mapped[str]
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    wanted: Mapped[int]
    problem: Mapped[str]
    rows: Mapped[Json] = mapped_column(Document(), nullable=False)


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """`checksum`: of the document that was played (`engine.store.flows.checksum`). `wanted`: scenarios to be played;
    `rows`: those that were. `touched_at`: when its runner last wrote. `problem`: why a run failed, in plain words."""

    id: str
    flow_id: str
    revision: int
    checksum: str
    state: State
    started_by: str
    started_at: datetime
    touched_at: datetime
    wanted: int
    problem: str
    rows: Sequence[Json]


async def add(tx: AsyncConnection, run: ScenarioRun) -> None:
    """Begin a run; the oldest ones of the flow go."""
    await tx.execute(
        insert(ScenarioRunRow).values(
            **{name: getattr(run, name) for name in ScenarioRun.__slots__ if name != "rows"}, rows=list(run.rows)
        )
    )
    older = (
        select(ScenarioRunRow.id)
        .where(ScenarioRunRow.flow_id == run.flow_id)
        .order_by(ScenarioRunRow.started_at.desc(), ScenarioRunRow.id.desc())
        .offset(KEPT)
    )
    ids = [row.id for row in await tx.execute(older)]
    if ids:
        await tx.execute(delete(ScenarioRunRow).where(ScenarioRunRow.id.in_(ids)))


async def write(
    tx: AsyncConnection, id: str, rows: Sequence[Json], now: datetime, state: State = "running", problem: str = "",
    *, wanted: int = 0,
) -> None:  # fmt: skip
    """How far it is. A run that is over is not written any more."""
    await tx.execute(
        update(ScenarioRunRow)
        .where(ScenarioRunRow.id == id, ScenarioRunRow.state == "running")
        .values(rows=list(rows), touched_at=now, state=state, problem=problem, wanted=wanted)
    )


async def read(tx: AsyncConnection, id: str) -> ScenarioRun | None:
    row = (await tx.execute(select(ScenarioRunRow.__table__).where(ScenarioRunRow.id == id))).mappings().first()
    return _run(row) if row else None


async def latest(tx: AsyncConnection, flow_id: str, revision: int | None = None) -> ScenarioRun | None:
    """The newest run of the flow that was begun, of any revision or of this one."""
    query = select(ScenarioRunRow.__table__).where(ScenarioRunRow.flow_id == flow_id)
    if revision is not None:
        query = query.where(ScenarioRunRow.revision == revision)
    newest = query.order_by(ScenarioRunRow.started_at.desc(), ScenarioRunRow.id.desc()).limit(1)
    row = (await tx.execute(newest)).mappings().first()
    return _run(row) if row else None


def _run(row: RowMapping) -> ScenarioRun:
    rows = row["rows"]
    return ScenarioRun(
        id=row["id"],
        flow_id=row["flow_id"],
        revision=row["revision"],
        checksum=row["checksum"],
        state=cast(State, row["state"]),
        started_by=row["started_by"],
        started_at=row["started_at"],
        touched_at=row["touched_at"],
        wanted=row["wanted"],
        problem=row["problem"],
        rows=rows if isinstance(rows, list) else [],
    )
