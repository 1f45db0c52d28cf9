"""The ledger of steps: how each card of a call's after-call lane stands.

A step that is `done` never runs again. Only the owner of the call's outbox row (see `engine.store.outbox`) can claim a
step, and only who claimed it can end it, so that an executor that was taken for dead cannot write over the one that
followed it. All moments are arguments; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, Row, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Json
from engine.store.outbox_tables import OutboxTable, StepTable, insert_new, past

StepState = Literal["started", "waiting", "done", "failed", "skipped", "blocked"]

_o: Final = OutboxTable.__table__.c
_s: Final = StepTable.__table__.c


@dataclass(frozen=True, slots=True)
class StepRecord:
    """How a card stands. `note`: one sentence for people: what was done, or why not. `until`: what moment it waits
    for, while it is `waiting`."""

    call_id: str
    step_id: str
    state: StepState
    attempt: int
    owner: str | None
    lease_until: datetime | None
    external_id: str
    note: str
    sent: Json
    summary: str | None
    until: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class StepClaim:
    """The answer to `claim`: `mine` says that the caller may do the step now, as try number `record.attempt`."""

    mine: bool
    record: StepRecord


_RECORD: Final = tuple(_s[name] for name in StepRecord.__slots__)


def _record(row: Row[tuple[object, ...]]) -> StepRecord:
    return StepRecord(**row._asdict())


async def read(tx: AsyncConnection, call_id: str) -> Sequence[StepRecord]:
    """The ledger of one call, in the order of first tries."""
    rows = await tx.execute(select(*_RECORD).where(_s.call_id == call_id).order_by(_s.changed_at, _s.step_id))
    return [_record(row) for row in rows]


async def claim(
    tx: AsyncConnection, call_id: str, step_id: str, owner: str, now: datetime, lease_until: datetime
) -> StepClaim:
    """Ask to do a step. Not `mine`: it is done or failed already, another executor's lease on it still lives, or the
    caller no longer owns the row."""
    await tx.execute(
        insert_new(tx, StepTable)
        .values(call_id=call_id, step_id=step_id, state="started", attempt=0, changed_at=now)
        .on_conflict_do_nothing()
    )
    open_ = _s.state.not_in(("done", "failed"))
    free = or_(_s.owner.is_(None), _s.owner == owner, past(_s.lease_until, now))
    rows = await tx.execute(
        update(StepTable)
        .where(_is_step(call_id, step_id), open_, free, _owns_call(call_id, owner))
        .values(
            state="started", owner=owner, lease_until=lease_until, attempt=_s.attempt + 1, until=None, changed_at=now
        )
        .returning(*_RECORD)
    )
    row = rows.first()
    if row:
        return StepClaim(True, _record(row))
    row = (await tx.execute(select(*_RECORD).where(_is_step(call_id, step_id)))).one()
    return StepClaim(False, _record(row))


async def done(
    tx: AsyncConnection,
    call_id: str,
    step_id: str,
    owner: str,
    external_id: str,
    note: str,
    sent: Json,
    now: datetime,
    *,
    summary: str | None = None,
) -> bool:
    """The effect has happened. False: another executor has taken the step over meanwhile."""
    values = {"external_id": external_id, "note": note, "sent": sent, "summary": summary}
    return await _end(tx, call_id, step_id, owner, now, state="done", **values)


async def failed(tx: AsyncConnection, call_id: str, step_id: str, owner: str, problem: str, now: datetime) -> bool:
    """It will not work without a person."""
    return await _end(tx, call_id, step_id, owner, now, state="failed", note=problem)


async def tried(tx: AsyncConnection, call_id: str, step_id: str, owner: str, problem: str, now: datetime) -> bool:
    """It did not work this time; the step is free for the next try."""
    return await _end(tx, call_id, step_id, owner, now, state="started", note=problem)


async def waiting(
    tx: AsyncConnection, call_id: str, step_id: str, owner: str, until: datetime, words: str, now: datetime
) -> bool:
    """There is nothing to do before `until`. The look that found this out is no try."""
    return await _end(
        tx, call_id, step_id, owner, now, state="waiting", note=words, until=until, attempt=_s.attempt - 1
    )


async def not_needed(tx: AsyncConnection, call_id: str, step_id: str, owner: str, note: str, now: datetime) -> bool:
    """The step was tried and found that there is nothing to do, here or behind it."""
    return await _end(tx, call_id, step_id, owner, now, state="skipped", note=note)


async def begin_once(tx: AsyncConnection, call_id: str, step_id: str, owner: str) -> bool | None:
    """Note down that the step's effect is about to happen. False: it was noted before, and nobody has struck it out.
    None: the step is another executor's now."""
    mine = and_(_is_step(call_id, step_id), _s.owner == owner, _s.state == "started")
    marked = await tx.execute(update(StepTable).where(mine, _s.begun.is_(False)).values(begun=True))
    if marked.rowcount:
        return True
    return False if (await tx.execute(select(_s.step_id).where(mine))).first() else None


async def nothing_happened(tx: AsyncConnection, call_id: str, step_id: str, owner: str) -> None:
    """The effect that was begun has surely not happened."""
    await tx.execute(update(StepTable).where(_is_step(call_id, step_id), _s.owner == owner).values(begun=False))


async def passed_over(
    tx: AsyncConnection, call_id: str, step_id: str, state: Literal["skipped", "blocked"], note: str, now: datetime
) -> None:
    """The step is not to be done (`skipped`) or cannot be done because one before it failed (`blocked`)."""
    values = {"state": state, "note": note, "until": None, "changed_at": now}
    await tx.execute(
        insert_new(tx, StepTable)
        .values(call_id=call_id, step_id=step_id, attempt=0, **values)
        .on_conflict_do_update(index_elements=[_s.call_id, _s.step_id], set_=values, where=_s.state != "done")
    )


async def strike(tx: AsyncConnection, call_id: str, step_ids: Collection[str]) -> None:
    """Take steps out of the ledger, for a replay: they are done as if for the first time, with the same key. One whose
    effect was begun by somebody who fell silent keeps its mark: it has not said yet that nobody knows."""
    unsure = and_(_s.state == "started", _s.begun.is_(True))
    await tx.execute(delete(StepTable).where(_s.call_id == call_id, _s.step_id.in_(step_ids), ~unsure))


async def give_up(tx: AsyncConnection, call_id: str, step_ids: Collection[str]) -> None:
    """Steps of a call that was given up stay so while others of it are replayed."""
    await tx.execute(
        update(StepTable)
        .where(_s.call_id == call_id, _s.step_id.in_(step_ids), _s.state == "started")
        .values(state="failed", owner=None, lease_until=None)
    )


async def forget(tx: AsyncConnection, call_id: str) -> None:
    """Empty the personal data of a call's steps; `engine.store.outbox.forget` decides whether it may be done."""
    await tx.execute(update(StepTable).where(_s.call_id == call_id).values(sent=None, note="", summary=None))


def _owns_call(call_id: str, owner: str) -> ColumnElement[bool]:
    return exists(select(_o.id).where(_o.call_id == call_id, _o.owner == owner, _o.state == "dispatched"))


def _is_step(call_id: str, step_id: str) -> ColumnElement[bool]:
    return and_(_s.call_id == call_id, _s.step_id == step_id)


async def _end(tx: AsyncConnection, call_id: str, step_id: str, owner: str, now: datetime, **values: object) -> bool:
    changed = await tx.execute(
        update(StepTable)
        .where(_is_step(call_id, step_id), _s.owner == owner, _s.state == "started")
        .values(owner=None, lease_until=None, changed_at=now, **values)
    )
    return bool(changed.rowcount)
