"""Replays: who had the after-call work of a call done again, when, and by which lane.

`engine.aftercall.replay` decides what may be done again; here it is written down, in the transaction that sets the
call's outbox row back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ForeignKey, Row, String, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document, Key, new_id

WhichLane = Literal["then", "now"]
"""The lane as it was drawn when the call was held, or as it is published now."""


class ReplayRow(Base):
    __tablename__ = "replay"

    id: Mapped[Key]
    call_id: Mapped[str] = mapped_column(String(64), ForeignKey("outbox.call_id", ondelete="CASCADE"), index=True)
    step_id: Mapped[str] = mapped_column(String(128))
    lane: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
    by: Mapped[str]
    differs: Mapped[str]
    # The plan that this replay put another one in the place of.
    plan_before: Mapped[Json] = mapped_column(Document(), nullable=True)


@dataclass(frozen=True, slots=True)
class Replay:
    """`step_id`: the card that was chosen, empty for the whole call. `by`: who asked. `differs`: for lane `now`, what
    was other than at the time of the call."""

    call_id: str
    step_id: str
    lane: WhichLane
    at: datetime
    by: str
    differs: str = ""


_r: Final = ReplayRow.__table__.c
_REPLAY: Final = tuple(_r[name] for name in Replay.__slots__)


async def note(tx: AsyncConnection, replay: Replay, plan_before: Json = None) -> None:
    """`plan_before`: the call's plan, if the replay puts another one in its place."""
    values = {name: getattr(replay, name) for name in Replay.__slots__}
    await tx.execute(insert(ReplayRow).values(id=new_id("replay"), plan_before=plan_before, **values))


async def of_call(tx: AsyncConnection, call_id: str) -> Sequence[Replay]:
    """Oldest first."""
    rows = await tx.execute(select(*_REPLAY).where(_r.call_id == call_id).order_by(_r.at, _r.id))
    return [_replay(row) for row in rows]


async def first_plan(tx: AsyncConnection, call_id: str) -> Json:
    """The plan that was frozen when the call ended, if a replay has put another one in its place; else None."""
    query = select(_r.plan_before).where(_r.call_id == call_id, _r.plan_before.is_not(None)).order_by(_r.at, _r.id)
    found: Json = (await tx.execute(query.limit(1))).scalar()
    return found


def _replay(row: Row[tuple[object, ...]]) -> Replay:
    return Replay(**row._asdict())
