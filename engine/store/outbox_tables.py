"""The tables of what is still to be done after calls, for `outbox` (whole calls) and `steps` (their cards).

They stand apart because each side asks about the other: a step may be done by the owner of its row only, and a row that
is replayed or forgotten takes its steps along.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, false, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document, Key


class OutboxTable(Base):
    """One finished call. `result` is the CallResult document as it was committed; `forget` empties it.

    `gen` counts Prefect runs made for the row (part of the run's idempotency key); `attempt` counts executions since it
    was added or replayed. `shown`: the run in Prefect's dashboard is known to tell the same end as this row.
    """

    __tablename__ = "outbox"

    id: Mapped[Key]
    call_id: Mapped[str] = mapped_column(String(64), unique=True)
    flow_id: Mapped[str] = mapped_column(String(64))
    flow_name: Mapped[str] = mapped_column(Text)
    disposition: Mapped[str] = mapped_column(String(64))
    plan: Mapped[Json] = mapped_column(Document)
    result: Mapped[Json] = mapped_column(Document, nullable=True)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    gen: Mapped[int] = mapped_column(default=1)
    attempt: Mapped[int] = mapped_column(default=0)
    added_at: Mapped[datetime]
    next_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    flow_run_id: Mapped[str | None] = mapped_column(String(64))
    owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    shown: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (Index(None, "state", "next_at"),)


class StepTable(Base):
    """One card of one call's after-call lane. `begun`: its effect was about to happen, and may have happened. `until`:
    the moment that it waits for, while it is `waiting`."""

    __tablename__ = "outbox_step"

    call_id: Mapped[str] = mapped_column(ForeignKey("outbox.call_id", ondelete="CASCADE"), primary_key=True)
    step_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    external_id: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    sent: Mapped[Json] = mapped_column(Document, nullable=True)
    summary: Mapped[str | None] = mapped_column(Text)
    begun: Mapped[bool] = mapped_column(default=False, server_default=false())
    until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


def past(moment: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    """A moment that lies before `now`, or was never set."""
    return or_(moment.is_(None), moment < now)


def insert_new(tx: AsyncConnection, table: type[Base]) -> sqlite.Insert:
    """An INSERT that may say ON CONFLICT: both databases write it alike, SQLAlchemy has a class for each."""
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    return cast(sqlite.Insert, make(table))
