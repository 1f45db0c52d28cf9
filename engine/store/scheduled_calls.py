"""Calls that are due later: what Prefect's scheduled runs stand for. The row is the truth; a run only brings it to the
dialer in time, and where Prefect is away the dialer goes by the row.

    planned ──a scheduled run is made──> handed ──its time has come──> released ──the dialer claims the lead──> done
       └───────────┴── planned anew, or nothing is planned any more ──> cancelled

`engine.store.leads.plan_call` is the one way in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast

from sqlalchemy import ColumnElement, ForeignKey, Index, RowMapping, String, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Key, new_id

PlanKind = Literal["first", "retry", "callback", "quiet_hours"]
PlanState = Literal["planned", "handed", "released", "done", "cancelled"]
"""`handed`: a scheduled run of Prefect stands for it. `released`: its time has come, the dialer may claim the lead.
`done`: the dialer has claimed it, with or without its run."""

OPEN: Final[tuple[PlanState, ...]] = ("planned", "handed", "released")

AT_ONCE: Final = timedelta(seconds=5)
"""What is due so soon needs nobody to bring it."""

GRACE: Final = timedelta(seconds=30)
"""So long after its moment the dialer goes by a row whose run has not come: Prefect is away, or very busy."""


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
    # When its run had come to its end too.
    shown_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class ScheduledCall:
    """`due_at` in business time. `why`: one sentence for people. `flow_run_id`: Prefect's name of its run."""

    id: str
    lead_id: str
    kind: PlanKind
    due_at: datetime
    why: str
    state: PlanState
    planned_at: datetime
    flow_run_id: str | None


async def replace(
    tx: AsyncConnection, lead_id: str, at: datetime | None, kind: PlanKind, why: str, now: datetime
) -> str | None:
    """What was planned for the lead is called off; a plan that is more than a moment away gets a row, whose id is
    given."""
    await tx.execute(
        update(ScheduledCallRow)
        .where(ScheduledCallRow.lead_id == lead_id, ScheduledCallRow.state.in_(OPEN))
        .values(state="cancelled")
    )
    if at is None or at - now <= AT_ONCE:
        # An agreed call is known as one by its row, however soon it is.
        if at is None or kind != "callback":
            return None
        await _insert(tx, lead_id, at, kind, why, "released", now)
        return None
    return await _insert(tx, lead_id, at, kind, why, "planned", now)


async def _insert(
    tx: AsyncConnection, lead_id: str, at: datetime, kind: PlanKind, why: str, state: PlanState, now: datetime
) -> str:
    new = new_id("due")
    await tx.execute(
        insert(ScheduledCallRow).values(
            id=new, lead_id=lead_id, kind=kind, due_at=at, why=why, state=state, planned_at=now
        )
    )
    return new


async def standing(tx: AsyncConnection, lead_id: str) -> ScheduledCall | None:
    """What is planned for the lead, if it has a row."""
    row = ScheduledCallRow
    query = select(row.__table__).where(row.lead_id == lead_id, row.state.in_(OPEN)).order_by(row.planned_at.desc())
    found = (await tx.execute(query.limit(1))).mappings().first()
    return _scheduled(found) if found else None


async def claimed(tx: AsyncConnection, lead_id: str) -> None:
    """The dialer has claimed the lead: nothing waits for its run any more."""
    row = ScheduledCallRow
    await tx.execute(update(row).where(row.lead_id == lead_id, row.state.in_(OPEN)).values(state="done"))


async def read(tx: AsyncConnection, scheduled_id: str) -> ScheduledCall | None:
    query = select(ScheduledCallRow.__table__).where(ScheduledCallRow.id == scheduled_id)
    found = (await tx.execute(query)).mappings().first()
    return _scheduled(found) if found else None


async def any_to_hand(tx: AsyncConnection, now: datetime) -> bool:
    query = select(ScheduledCallRow.id).where(_to_hand(now)).limit(1)
    return (await tx.execute(query)).first() is not None


async def take_to_hand(tx: AsyncConnection, now: datetime, until: datetime, limit: int) -> Sequence[ScheduledCall]:
    """Reserve plans that have no run yet, soonest first; nobody else gets them before `until`."""
    row = ScheduledCallRow
    query = select(row.__table__).where(_to_hand(now)).order_by(row.due_at, row.id).limit(limit)
    found = [_scheduled(each) for each in (await tx.execute(query.with_for_update(skip_locked=True))).mappings()]
    await tx.execute(update(row).where(row.id.in_([each.id for each in found])).values(claimed_until=until))
    return found


async def handed(tx: AsyncConnection, scheduled_id: str, flow_run_id: str) -> None:
    """Its run is made. One whose plan was called off meanwhile is known all the same, so that it can be ended."""
    row = ScheduledCallRow
    await tx.execute(update(row).where(row.id == scheduled_id).values(flow_run_id=flow_run_id, claimed_until=None))
    await tx.execute(update(row).where(row.id == scheduled_id, row.state == "planned").values(state="handed"))


async def take_due(tx: AsyncConnection, now: datetime, until: datetime, limit: int) -> Sequence[ScheduledCall]:
    """Reserve plans whose time has come and whose runs nobody carries out yet, longest due first."""
    row = ScheduledCallRow
    free = row.claimed_until.is_(None) | (row.claimed_until <= now)
    query = select(row.__table__).where(row.state == "handed", row.due_at <= now, free)
    query = query.order_by(row.due_at, row.id).limit(limit).with_for_update(skip_locked=True)
    found = [_scheduled(each) for each in (await tx.execute(query)).mappings()]
    await tx.execute(update(row).where(row.id.in_([each.id for each in found])).values(claimed_until=until))
    return found


async def any_due(tx: AsyncConnection, now: datetime) -> bool:
    row = ScheduledCallRow
    return (
        await tx.execute(select(row.id).where(row.state == "handed", row.due_at <= now).limit(1))
    ).first() is not None


async def release(tx: AsyncConnection, scheduled_id: str) -> PlanState | None:
    """Its run says that the time has come: gives what became of the plan, None if its lead was deleted. The dialer
    still goes by the lead's own moment, so that a run started too early by hand calls nobody too early."""
    row = ScheduledCallRow
    done = await tx.execute(
        update(row)
        .where(row.id == scheduled_id, row.state.in_(("planned", "handed")))
        .values(state="released", claimed_until=None)
        .returning(row.lead_id)
    )
    if (lead := done.first()) is not None:
        leads = Base.metadata.tables["lead"]
        mine = (leads.c.id == lead.lead_id) & (leads.c.next_call_id == scheduled_id)
        await tx.execute(update(leads).where(mine).values(next_call_id=None))
        return "released"
    found = (await tx.execute(select(row.state).where(row.id == scheduled_id))).scalar_one_or_none()
    return cast(PlanState | None, found)


async def unshown(tx: AsyncConnection, late: datetime, limit: int = 50) -> Sequence[ScheduledCall]:
    """Plans that are over and whose runs are not, as far as anybody knows: called off, or due before `late`."""
    row = ScheduledCallRow
    over = (row.state == "cancelled") | (row.state.in_(("done", "released")) & (row.due_at <= late))
    query = select(row.__table__).where(row.flow_run_id.is_not(None), row.shown_at.is_(None), over)
    return [_scheduled(each) for each in (await tx.execute(query.order_by(row.due_at).limit(limit))).mappings()]


async def shown(tx: AsyncConnection, scheduled_id: str, now: datetime) -> None:
    """Its run has come to its end too."""
    await tx.execute(update(ScheduledCallRow).where(ScheduledCallRow.id == scheduled_id).values(shown_at=now))


async def put_back(tx: AsyncConnection, scheduled_ids: Collection[str], until: datetime) -> None:
    """No run could be made: it is tried again then."""
    row = ScheduledCallRow
    await tx.execute(update(row).where(row.id.in_(scheduled_ids), row.state == "planned").values(claimed_until=until))


def _to_hand(now: datetime) -> ColumnElement[bool]:
    row = ScheduledCallRow
    return (row.state == "planned") & (row.claimed_until.is_(None) | (row.claimed_until <= now))


def _scheduled(row: RowMapping) -> ScheduledCall:
    return ScheduledCall(
        id=row["id"],
        lead_id=row["lead_id"],
        kind=cast(PlanKind, row["kind"]),
        due_at=row["due_at"],
        why=row["why"],
        state=cast(PlanState, row["state"]),
        planned_at=row["planned_at"],
        flow_run_id=row["flow_run_id"],
    )
