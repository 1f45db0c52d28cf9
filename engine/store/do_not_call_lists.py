"""Do-not-call lists of the country and of states, loaded from files now and then. Our own list, which never ages, is
`suppression`; states in which nobody is called for a while are in `stopped_states`.

    begin ──put──put──put──> finish: the new list counts, the one before counts no more ──> sweep takes its numbers away
      └── whoever loads it dies or gives up ──> failed: the old list goes on counting

A list counts as a whole or not at all. It comes in over many short transactions, so that calls are dialled meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast

from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    RowMapping,
    String,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.compliance import ListedOn
from engine.store.base import Base
from engine.store.database import one_at_a_time

NATIONAL: Final = ""
"""Stands where a state's two letters would."""

ListStatus = Literal["loading", "complete", "replaced", "failed"]

SILENT: Final = timedelta(minutes=10)
"""A list to which nothing was added for so long is not being loaded any more."""

DIED: Final = "Leadline was stopped while the list was loaded. Upload it again."


class DoNotCallListRow(Base):
    """`state`: two letters, empty for the national list. `listed_at`: the date of the list itself. `areas`: the area
    codes that it speaks of, three digits each with spaces between. Only `complete` ones count; the others stay as proof
    of which list counted when, without their numbers."""

    __tablename__ = "do_not_call_list"
    __table_args__ = (Index(None, "state", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(2))
    status: Mapped[str] = mapped_column(String(16))
    listed_at: Mapped[datetime]
    began_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    loaded_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    loaded_by: Mapped[str]
    numbers: Mapped[int]
    unreadable: Mapped[int]
    areas: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    problem: Mapped[str]
    swept: Mapped[bool]


class ListedNumberRow(Base):
    """`number`: the digits of E.164. There are hundreds of millions of them: no key points at their list, which would
    be looked up for each, and on SQLite the primary key is the table."""

    __tablename__ = "listed_number"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  SQLAlchemy reads the plain class attribute

    list_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


@dataclass(frozen=True, slots=True)
class NumberList:
    """A list that was loaded, or is being. `sha256`: of the file. `unreadable`: lines that held no number. `areas`: the
    area codes of its numbers. `problem`: why it could not be loaded, for people."""

    id: int
    name: str
    state: str
    status: ListStatus
    listed_at: datetime
    began_at: datetime
    loaded_at: datetime | None
    replaced_at: datetime | None
    loaded_by: str
    numbers: int
    unreadable: int
    areas: frozenset[str]
    sha256: str
    problem: str


class ListTooOld(Exception):
    """A list of the same state with a later date counts already. The message is for people."""


class ListGone(Exception):
    """The list is not being loaded any more: nothing was added for too long, so somebody has given it up."""


async def lookup(tx: AsyncConnection, phone: str) -> Sequence[ListedOn]:
    """Every list that counts and has the number (E.164), the national one first."""
    if not (phone.startswith("+") and phone[1:].isdigit()):
        return []
    lists, numbers = DoNotCallListRow, ListedNumberRow
    query = (
        select(lists.name, lists.listed_at, lists.state)
        .join(numbers, (numbers.list_id == lists.id) & (numbers.number == int(phone[1:])))
        .where(lists.status == "complete")
        .order_by(lists.state)
    )
    return [ListedOn(row.name, row.listed_at, row.state) for row in await tx.execute(query)]


async def loaded(tx: AsyncConnection, phone: str | None = None) -> Mapping[str, datetime]:
    """The date of the list that counts, by state; that of the country under ''. With a `phone` (E.164) only lists that
    speak of its area code: who has bought the national list for five area codes knows nothing of a sixth."""
    lists = DoNotCallListRow
    query = select(lists.state, lists.listed_at, lists.areas).where(lists.status == "complete")
    area = phone[2:5] if phone and phone.startswith("+1") else None
    return {row.state: row.listed_at for row in await tx.execute(query) if not area or area in row.areas.split()}


async def begin(
    tx: AsyncConnection, state: str, name: str, listed_at: datetime, by: str, now: datetime, sha256: str = ""
) -> int:
    """Start to load a list: gives its id. Raises `ListTooOld`. Lists that were given up are marked as failed."""
    await one_at_a_time(tx, f"do_not_call_list:{state}")
    await give_up_silent(tx, now)
    lists = DoNotCallListRow
    query = select(lists.listed_at).where(lists.state == state, lists.status == "complete")
    there = (await tx.execute(query)).scalar_one_or_none()
    if there is not None and there > listed_at:
        raise ListTooOld(
            f"The list that counts now is of {there.date()}, later than this one. Upload a list of that day or later."
        )
    done = await tx.execute(
        insert(lists)
        .values(
            name=name,
            state=state,
            status="loading",
            listed_at=listed_at,
            began_at=now,
            touched_at=now,
            loaded_by=by,
            numbers=0,
            unreadable=0,
            areas="",
            sha256=sha256,
            problem="",
            swept=False,
        )
        .returning(lists.id)
    )
    return int(done.scalar_one())


_PUT: Final = {
    "postgresql": text(
        "INSERT INTO listed_number (list_id, number) SELECT :list_id, each FROM unnest(:numbers) AS each "
        "ON CONFLICT DO NOTHING"
    ).bindparams(bindparam("numbers", type_=ARRAY(BigInteger))),
    "sqlite": text(
        "INSERT OR IGNORE INTO listed_number (list_id, number) SELECT :list_id, value FROM json_each(:numbers)"
    ),
}
"""One statement for thousands of rows: the numbers go over as one value."""


async def put(tx: AsyncConnection, list_id: int, numbers: Sequence[int], now: datetime) -> None:
    """Add numbers (digits of E.164) to a list that is being loaded; one that is there already is there once. Raises
    `ListGone`."""
    lists = DoNotCallListRow
    done = await tx.execute(
        update(lists)
        .where(lists.id == list_id, lists.status == "loading")
        .values(touched_at=now, numbers=lists.numbers + len(numbers))
        .returning(lists.id)
    )
    if done.first() is None:
        raise ListGone("This list is not being loaded any more.")
    dialect = tx.dialect.name
    ordered = sorted(numbers)
    await tx.execute(
        _PUT[dialect], {"list_id": list_id, "numbers": json.dumps(ordered) if dialect == "sqlite" else ordered}
    )


async def finish(
    tx: AsyncConnection, list_id: int, unreadable: int, areas: frozenset[str], sha256: str, now: datetime
) -> NumberList:
    """The list counts from this transaction on, and the one before counts no more. Raises `ListGone`, `ListTooOld`."""
    lists = DoNotCallListRow
    found = await read(tx, list_id)
    if found is None or found.status != "loading":
        raise ListGone("This list is not being loaded any more.")
    await one_at_a_time(tx, f"do_not_call_list:{found.state}")
    before = select(lists.id).where(
        lists.state == found.state, lists.status == "complete", lists.listed_at > found.listed_at
    )
    if (await tx.execute(before)).first() is not None:
        raise ListTooOld("While this list was loaded, somebody has put a later one in place.")
    numbers = (
        await tx.execute(select(func.count()).select_from(ListedNumberRow).where(ListedNumberRow.list_id == list_id))
    ).scalar_one()
    await tx.execute(
        update(lists)
        .where(lists.state == found.state, lists.status == "complete")
        .values(status="replaced", replaced_at=now)
    )
    await tx.execute(
        update(lists)
        .where(lists.id == list_id)
        .values(
            status="complete",
            loaded_at=now,
            touched_at=now,
            numbers=numbers,
            unreadable=unreadable,
            areas=" ".join(sorted(areas)),
            sha256=sha256,
        )
    )
    made = await read(tx, list_id)
    assert made is not None
    return made


async def numbers_before(tx: AsyncConnection, list_id: int) -> int:
    """How many numbers the list has whose place this one is to take; 0 if there is none."""
    lists = DoNotCallListRow
    state = select(lists.state).where(lists.id == list_id).scalar_subquery()
    query = select(lists.numbers).where(lists.state == state, lists.status == "complete")
    return (await tx.execute(query)).scalar_one_or_none() or 0


async def give_up(tx: AsyncConnection, list_id: int, problem: str) -> None:
    """The list will not be loaded to its end. `problem`: why, for people."""
    lists = DoNotCallListRow
    await tx.execute(
        update(lists).where(lists.id == list_id, lists.status == "loading").values(status="failed", problem=problem)
    )


async def give_up_silent(tx: AsyncConnection, now: datetime) -> None:
    """Mark as failed what a process that died has begun to load."""
    lists = DoNotCallListRow
    silent = (lists.status == "loading") & (lists.touched_at < now - SILENT)
    await tx.execute(update(lists).where(silent).values(status="failed", problem=DIED))


async def remove(tx: AsyncConnection, list_id: int, now: datetime) -> bool:
    """The list counts no more, and none takes its place. False if it did not count."""
    lists = DoNotCallListRow
    done = await tx.execute(
        update(lists)
        .where(lists.id == list_id, lists.status == "complete")
        .values(status="replaced", replaced_at=now)
        .returning(lists.id)
    )
    return done.first() is not None


async def sweep(tx: AsyncConnection, limit: int = 20_000) -> bool:
    """Take numbers of lists that count no more away, `limit` of them. False when there is nothing left to take."""
    lists, numbers = DoNotCallListRow, ListedNumberRow
    query = select(lists.id).where(lists.status.in_(("replaced", "failed")), lists.swept.is_(False))
    list_id = (await tx.execute(query.order_by(lists.id).limit(1))).scalar_one_or_none()
    if list_id is None:
        return False
    mine = select(numbers.number).where(numbers.list_id == list_id).order_by(numbers.number)
    last = (await tx.execute(mine.offset(limit - 1).limit(1))).scalar_one_or_none()
    gone = delete(numbers).where(numbers.list_id == list_id)
    if last is not None:
        await tx.execute(gone.where(numbers.number <= last))
        return True
    await tx.execute(gone)
    await tx.execute(update(lists).where(lists.id == list_id).values(swept=True))
    return True


async def read(tx: AsyncConnection, list_id: int) -> NumberList | None:
    query = select(DoNotCallListRow.__table__).where(DoNotCallListRow.id == list_id)
    found = (await tx.execute(query)).mappings().first()
    return _list(found) if found else None


async def lists(tx: AsyncConnection, limit: int = 50) -> Sequence[NumberList]:
    """Lists that count and what was loaded before, newest first."""
    query = select(DoNotCallListRow.__table__).order_by(DoNotCallListRow.id.desc()).limit(limit)
    return [_list(row) for row in (await tx.execute(query)).mappings()]


async def in_force(tx: AsyncConnection) -> Sequence[NumberList]:
    """Lists that count, the national one first."""
    table = DoNotCallListRow
    query = select(table.__table__).where(table.status == "complete").order_by(table.state)
    return [_list(row) for row in (await tx.execute(query)).mappings()]


def _list(row: RowMapping) -> NumberList:
    return NumberList(
        id=row["id"],
        name=row["name"],
        state=row["state"],
        status=cast(ListStatus, row["status"]),
        listed_at=row["listed_at"],
        began_at=row["began_at"],
        loaded_at=row["loaded_at"],
        replaced_at=row["replaced_at"],
        loaded_by=row["loaded_by"],
        numbers=row["numbers"],
        unreadable=row["unreadable"],
        areas=frozenset(row["areas"].split()),
        sha256=row["sha256"],
        problem=row["problem"],
    )
