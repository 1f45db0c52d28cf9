"""Calls that are due later: what Prefect's scheduled runs stand for. The row is the truth; a run only brings it to the
dialer in time, and where Prefect is away the dialer goes by the row."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Key

PlanKind = Literal["first", "retry", "callback", "quiet_hours"]
PlanState = Literal["planned", "handed", "released", "cancelled"]
"""`handed`: a scheduled run of Prefect stands for it. `released`: its time has come, the dialer may claim the lead."""


class ScheduledCallRow(Base):
    __tablename__ = "scheduled_call"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[Key]
    lead_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    why: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    planned_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    flow_run_id: Mapped[str | None] = mapped_column(String(64))
