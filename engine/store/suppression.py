"""Our own list of numbers that must not be called: people who said stop. Asked before every dial; it never ages.

Of somebody who had all their data deleted only a hash of the number stays, so that they are not called again. A phone
number has too few digits to hide behind a plain hash; this one is slow (scrypt) and salted for the installation. The
salt stands beside the hashes and not with the keys of the installation: a key that is lost must not take the wishes of
these people with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Index, RowMapping, String, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.database import one_at_a_time

COST: Final = 2**12
"""Of scrypt: about ten milliseconds and 4 MB for a number; paid only where hashes are kept."""


class SuppressedRow(Base):
    __tablename__ = "suppressed_number"
    __table_args__ = (Index(None, "added_at"),)

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    reason: Mapped[str]
    source: Mapped[str]
    door: Mapped[str] = mapped_column(String(16), server_default="")
    added_at: Mapped[datetime]


class SuppressedHashRow(Base):
    """`salt`: the same in all rows, made with the first."""

    __tablename__ = "suppressed_hash"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]
    source: Mapped[str]
    door: Mapped[str] = mapped_column(String(16))
    added_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """`number`: E.164. `reason`: 'asked us to stop', 'wrong number'. `source`: where we know it from ('call_31').
    `door`: how the wish reached us, empty where nobody noted it (see `opt_outs.Door`). `hashed`: the person's data was
    deleted, only a hash of the number is kept."""

    number: str
    reason: str
    source: str
    added_at: datetime
    door: str = ""
    hashed: bool = False


async def add(tx: AsyncConnection, number: str, reason: str, source: str, now: datetime, door: str = "") -> bool:
    """Never call `number` (E.164) again. False if it was on the list already; the first entry stays as it was."""
    if not (number.startswith("+") and number[1:].isdigit()):
        raise ValueError("The suppression list keeps numbers in E.164 form, like +14155550123.")
    await one_at_a_time(tx, f"suppress:{number}")
    if await contains(tx, number):
        return False
    row = {"number": number, "reason": reason, "source": source, "door": door, "added_at": now}
    await tx.execute(insert(SuppressedRow).values(**row))
    return True


async def add_all(
    tx: AsyncConnection, numbers: Collection[str], reason: str, source: str, now: datetime, door: str = ""
) -> frozenset[str]:
    """The same for some hundred numbers at once; gives those that were not on the list. Whoever calls this holds the
    lock of each (`opt_outs`)."""
    new = frozenset(numbers) - await those_on(tx, numbers)
    rows = [{"number": each, "reason": reason, "source": source, "door": door, "added_at": now} for each in new]
    if rows:
        await tx.execute(insert(SuppressedRow), rows)
    return new


async def contains(tx: AsyncConnection, number: str) -> bool:
    return await read(tx, number) is not None


async def read(tx: AsyncConnection, number: str) -> Suppressed | None:
    """Why a number is on the list; None if it is not."""
    found = (await tx.execute(select(SuppressedRow.__table__).where(SuppressedRow.number == number))).mappings().first()
    if found is not None:
        return _entry(found)
    salt = (await tx.execute(select(SuppressedHashRow.salt).limit(1))).scalar_one_or_none()
    if salt is None:
        return None
    hashed = await asyncio.to_thread(_hash, number, salt)
    query = select(SuppressedHashRow.__table__).where(SuppressedHashRow.hash == hashed)
    kept = (await tx.execute(query)).mappings().first()
    return replace(_entry({**kept, "number": number}), hashed=True) if kept else None


async def those_on(tx: AsyncConnection, numbers: Collection[str]) -> frozenset[str]:
    """Which of some hundred numbers are on the list with their digits; hashes are not asked."""
    query = select(SuppressedRow.number).where(SuppressedRow.number.in_(numbers))
    return frozenset((await tx.execute(query)).scalars())


async def forget_number(tx: AsyncConnection, number: str) -> bool:
    """Keep only the hash of a number that is on the list: its person had everything deleted. False if the list does
    not have its digits."""
    await one_at_a_time(tx, f"suppress:{number}")
    found = (await tx.execute(select(SuppressedRow.__table__).where(SuppressedRow.number == number))).mappings().first()
    if found is None:
        return False
    await one_at_a_time(tx, "suppressed_hash")
    salt = (await tx.execute(select(SuppressedHashRow.salt).limit(1))).scalar_one_or_none() or secrets.token_hex(32)
    hashed = await asyncio.to_thread(_hash, number, salt)
    there = (await tx.execute(select(SuppressedHashRow.hash).where(SuppressedHashRow.hash == hashed))).first()
    if there is None:
        await tx.execute(
            insert(SuppressedHashRow).values(
                hash=hashed,
                salt=salt,
                reason=found["reason"],
                source=found["source"],
                door=found["door"],
                added_at=found["added_at"],
            )
        )
    await tx.execute(delete(SuppressedRow).where(SuppressedRow.number == number))
    return True


async def remove(tx: AsyncConnection, number: str) -> bool:
    """Take a number off the list: see `opt_outs.take_off`, which is the way to do it. False if it was not there."""
    entry = await read(tx, number)
    if entry is None:
        return False
    await tx.execute(delete(SuppressedRow).where(SuppressedRow.number == number))
    if entry.hashed:
        salt = (await tx.execute(select(SuppressedHashRow.salt).limit(1))).scalar_one()
        hashed = await asyncio.to_thread(_hash, number, salt)
        await tx.execute(delete(SuppressedHashRow).where(SuppressedHashRow.hash == hashed))
    return True


async def recent(
    tx: AsyncConnection, limit: int = 100, until: datetime | None = None, skip: int = 0
) -> Sequence[Suppressed]:
    """Latest first, without those of whom only a hash is kept. `until`: the moment of the last one of the page before,
    `skip`: how many of that moment have been seen; entries of one file share theirs."""
    query = select(SuppressedRow.__table__).order_by(SuppressedRow.added_at.desc(), SuppressedRow.number)
    if until is not None:
        query = query.where(SuppressedRow.added_at <= until)
    return [_entry(row) for row in (await tx.execute(query.limit(limit).offset(skip))).mappings()]


async def count(tx: AsyncConnection) -> int:
    """How many numbers are on the list, those of whom only a hash is kept included."""
    plain = (await tx.execute(select(func.count()).select_from(SuppressedRow))).scalar_one()
    return plain + (await tx.execute(select(func.count()).select_from(SuppressedHashRow))).scalar_one()


@lru_cache(maxsize=1024)
def _hash(number: str, salt: str) -> str:
    """Remembered, since a number is asked for a few times on its way to the carrier."""
    return hashlib.scrypt(number.encode(), salt=bytes.fromhex(salt), n=COST, r=8, p=1, dklen=32).hex()


def _entry(row: RowMapping | Mapping[str, Any]) -> Suppressed:
    return Suppressed(row["number"], row["reason"], row["source"], row["added_at"], row["door"])
