"""What is still to be done after calls: the outbox. The truth; Prefect carries it out.

An outbox row is written in the transaction that finishes the call, and leaves `pending`/`dispatched` for nothing but
`done`, `failed` (a person must help) or `dead` (tried for too long). Every other end, such as a crash, a lost run or an
outage, is a lease that expires, after which the row comes back.

    pending ──claim──> (claimed) ──dispatched──> dispatched ──take──> owned ──finish──> done | failed | dead
       ^                                             │ lease over        │ later
       └─────────────────────── revive ──────────────┴───────────────────┘

At most one live executor: `take` is a compare-and-set on the owner. The cards of a call are in `engine.store.steps`.
All moments are arguments; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Json
from engine.store import steps
from engine.store.outbox_tables import OutboxTable, insert_new, past

EntryState = Literal["pending", "dispatched", "done", "failed", "dead"]

OPEN: Final[tuple[EntryState, ...]] = ("pending", "dispatched")
FINAL: Final[tuple[EntryState, ...]] = ("done", "failed", "dead")

_o: Final = OutboxTable.__table__.c


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What the engine commits together with a finished call. `plan` and `result`: documents of engine.aftercall.plan
    and engine.sdk.CallResult."""

    id: str
    call_id: str
    flow_id: str
    flow_name: str
    disposition: str
    plan: Json
    result: Json


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the outbox as it was when read. `result` is None after `forget`."""

    id: str
    call_id: str
    flow_id: str
    flow_name: str
    disposition: str
    plan: Json
    result: Json
    state: EntryState
    gen: int
    attempt: int
    added_at: datetime
    next_at: datetime
    claimed_until: datetime | None
    flow_run_id: str | None
    owner: str | None
    lease_until: datetime | None
    finished_at: datetime | None
    shown: bool
    problem: str


_NEW_RUN: Final[dict[str, object]] = {"gen": _o.gen + 1, "flow_run_id": None}
_ENTRY: Final = tuple(_o[name] for name in Entry.__slots__)


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(**row._asdict())


# -- the engine's side -------------------------------------------------------------------------------------------------


async def add(tx: AsyncConnection, entry: NewEntry, now: datetime) -> None:
    """Note down what is to be done, in the transaction that finishes the call. The same call twice is one row."""
    row = {name: getattr(entry, name) for name in NewEntry.__slots__} | {"added_at": now, "next_at": now}
    await tx.execute(insert_new(tx, OutboxTable).values(row).on_conflict_do_nothing())


async def find(tx: AsyncConnection, call_id: str) -> Entry | None:
    row = (await tx.execute(select(*_ENTRY).where(_o.call_id == call_id))).first()
    return _entry(row) if row else None


async def restart(tx: AsyncConnection, entry: Entry, now: datetime, plan: Json = None) -> bool:
    """Set a row back to be worked on at once, its tries counted afresh; `engine.store.steps.strike` says which of its
    cards are to be done. `plan`: in the place of its own.

    False when the row is not as `entry` says any more, or somebody has it.
    """
    free = or_(_o.state.in_(FINAL), and_(_o.state == "pending", past(_o.claimed_until, now)))
    same = and_(_o.id == entry.id, _o.state == entry.state, _o.attempt == entry.attempt, free)
    values = _idle(now, state="pending", attempt=0, finished_at=None, shown=False, problem="")
    if plan is not None:
        values["plan"] = plan
    return bool((await tx.execute(update(OutboxTable).where(same).values(values))).rowcount)


async def forget(tx: AsyncConnection, call_id: str) -> bool:
    """Empty the personal data of a finished row (the right to erasure, or the end of retention).

    False while it is still open: what was promised to the lead goes out first.
    """
    changed = await tx.execute(
        update(OutboxTable).where(_o.call_id == call_id, _o.state.in_(FINAL)).values(result=None, problem="")
    )
    if changed.rowcount:
        await steps.forget(tx, call_id)
    return bool(changed.rowcount)


# -- the dispatcher's side ---------------------------------------------------------------------------------------------


async def any_due(tx: AsyncConnection, now: datetime) -> bool:
    """Whether `claim` would find something; needs no write transaction."""
    due = select(_o.id).where(_o.state == "pending", _o.next_at <= now, past(_o.claimed_until, now)).limit(1)
    return (await tx.execute(due)).first() is not None


async def claim(tx: AsyncConnection, now: datetime, until: datetime, limit: int) -> Sequence[Entry]:
    """Rows that are due, reserved for this dispatcher up to `until`. Two dispatchers never get the same row."""
    due = (
        select(_o.id)
        .where(_o.state == "pending", _o.next_at <= now, past(_o.claimed_until, now))
        .order_by(_o.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL; on SQLite the transaction itself holds the only write lock
    )
    ids = (await tx.execute(due)).scalars().all()
    if not ids:
        return []
    rows = await tx.execute(update(OutboxTable).where(_o.id.in_(ids)).values(claimed_until=until).returning(*_ENTRY))
    return sorted((_entry(row) for row in rows), key=lambda entry: entry.next_at)


async def dispatched(tx: AsyncConnection, id: str, gen: int, flow_run_id: str, lease_until: datetime) -> bool:
    """A Prefect run exists for the row; somebody has until `lease_until` to take it."""
    changed = await tx.execute(
        update(OutboxTable)
        .where(_o.id == id, _o.gen == gen, _o.state == "pending")
        .values(state="dispatched", flow_run_id=flow_run_id, owner=None, lease_until=lease_until, claimed_until=None)
    )
    return bool(changed.rowcount)


async def put_back(tx: AsyncConnection, id: str, next_at: datetime, problem: str, *, new_run: bool = False) -> None:
    """The claimed row could not be dispatched: come back at `next_at`. `new_run`: its Prefect run no longer exists."""
    values: dict[str, object] = {"claimed_until": None, "next_at": next_at, "problem": problem}
    if new_run:
        values |= _NEW_RUN
    await tx.execute(update(OutboxTable).where(_o.id == id, _o.state == "pending").values(values))


# -- the executor's side -----------------------------------------------------------------------------------------------


async def take(
    tx: AsyncConnection, call_id: str, owner: str, flow_run_id: str | None, now: datetime, lease_until: datetime
) -> Entry | None:
    """Become the one executor of the row. None when it is finished, or somebody else holds a living lease."""
    values: dict[str, object] = {
        "state": "dispatched", "owner": owner, "lease_until": lease_until, "attempt": _o.attempt + 1,
        "claimed_until": None, "problem": "",
    }  # fmt: skip
    if flow_run_id is not None:
        values["flow_run_id"] = flow_run_id
    free = or_(_o.owner.is_(None), past(_o.lease_until, now))
    rows = await tx.execute(
        update(OutboxTable).where(_o.call_id == call_id, _o.state.in_(OPEN), free).values(values).returning(*_ENTRY)
    )
    row = rows.first()
    return _entry(row) if row else None


async def renew(tx: AsyncConnection, id: str, owner: str, lease_until: datetime) -> bool:
    """False: the row is somebody else's now. Stop at once."""
    changed = await tx.execute(update(OutboxTable).where(_owned(id, owner)).values(lease_until=lease_until))
    return bool(changed.rowcount)


async def finish(
    tx: AsyncConnection, id: str, owner: str, state: Literal["done", "failed", "dead"], problem: str, now: datetime
) -> bool:
    changed = await tx.execute(
        update(OutboxTable).where(_owned(id, owner)).values(_idle(now, state=state, problem=problem, finished_at=now))
    )
    return bool(changed.rowcount)


async def later(
    tx: AsyncConnection, id: str, owner: str, next_at: datetime, problem: str, *, counts: bool = True
) -> bool:
    """Something is to be done later: hand the row back, to be taken up again at `next_at`. `counts`: this execution
    was a try, and not only a look at what waits for its time."""
    values = _idle(next_at, state="pending", problem=problem)
    if not counts:
        values["attempt"] = _o.attempt - 1
    changed = await tx.execute(update(OutboxTable).where(_owned(id, owner)).values(values))
    return bool(changed.rowcount)


# -- the reconciler's side ---------------------------------------------------------------------------------------------


async def lost(tx: AsyncConnection, now: datetime, limit: int = 100) -> Sequence[Entry]:
    """Rows whose executor fell silent, or that nobody took in time."""
    rows = await tx.execute(
        select(*_ENTRY).where(_o.state == "dispatched", _o.lease_until < now).order_by(_o.lease_until).limit(limit)
    )
    return [_entry(row) for row in rows]


async def revive(tx: AsyncConnection, entry: Entry, now: datetime, *, new_run: bool = False) -> bool:
    """Hand a lost row back to the dispatchers. `new_run`: its Prefect run no longer exists. False: somebody was
    quicker, or its executor lives after all."""
    return await _settle_lost(tx, entry, now, _idle(now, state="pending") | (_NEW_RUN if new_run else {}))


async def give_up(tx: AsyncConnection, entry: Entry, problem: str, now: datetime) -> bool:
    """A lost row that has been tried often enough."""
    return await _settle_lost(tx, entry, now, _idle(now, state="dead", problem=problem, finished_at=now))


async def extend(tx: AsyncConnection, entry: Entry, lease_until: datetime, now: datetime) -> bool:
    """A lost row whose Prefect run is waiting for a free worker: give it more time."""
    return await _settle_lost(tx, entry, now, {"owner": None, "lease_until": lease_until})


async def unshown(tx: AsyncConnection, finished_before: datetime, limit: int = 50) -> Sequence[Entry]:
    """Finished rows whose run in the dashboard may still tell another story."""
    rows = await tx.execute(
        select(*_ENTRY)
        .where(_o.state.in_(FINAL), _o.shown.is_(False), _o.flow_run_id.is_not(None), _o.finished_at < finished_before)
        .order_by(_o.finished_at)
        .limit(limit)
    )
    return [_entry(row) for row in rows]


async def shown(tx: AsyncConnection, id: str, as_it_is: bool = True) -> None:
    """Whether the run of a finished row is known to tell the same end in the dashboard."""
    await tx.execute(update(OutboxTable).where(_o.id == id, _o.state.in_(FINAL)).values(shown=as_it_is))


# -- parts of statements -----------------------------------------------------------------------------------------------


def _idle(next_at: datetime, **more: object) -> dict[str, object]:
    """Nobody's row, due at `next_at`."""
    return {"owner": None, "lease_until": None, "claimed_until": None, "next_at": next_at} | more


def _owned(id: str, owner: str) -> ColumnElement[bool]:
    return and_(_o.id == id, _o.owner == owner, _o.state == "dispatched")


async def _settle_lost(tx: AsyncConnection, entry: Entry, now: datetime, values: dict[str, object]) -> bool:
    same_owner = _o.owner.is_(None) if entry.owner is None else _o.owner == entry.owner
    changed = await tx.execute(
        update(OutboxTable)
        .where(_o.id == entry.id, _o.state == "dispatched", _o.lease_until < now, same_owner)
        .values(values)
    )
    return bool(changed.rowcount)
