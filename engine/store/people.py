"""Who may use the builder: people with a name, a role and a password, and the log-ins they have open.

A password is kept as an Argon2id hash, a log-in as the SHA-256 of its token: neither can be read back out of the
database. While nobody is entered, the installation is open to its own machine (`engine.api.auth`).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ForeignKey, Row, String, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.database import one_at_a_time

LASTS: Final = timedelta(hours=12)
"""A working day: after it a person logs in anew."""

TRIES: Final = 5
PAUSE: Final = timedelta(minutes=5)
"""After so many wrong passwords in a row a name waits so long; the right password of somebody else's guess included."""

SHORTEST: Final = 10
"""Characters of a password (NIST SP 800-63B asks for length, not for signs)."""

LOGIN_PREFIX: Final = "ll_"


class Role(IntEnum):
    """What somebody may do; each role may do all that those before it may."""

    viewer = 1
    """Look at everything."""
    editor = 2
    """Change drafts, test them, send leads."""
    publisher = 3
    """Publish flows and change connections."""
    admin = 4
    """Enter and remove people."""


class PersonRow(Base):
    __tablename__ = "person"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    shown: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str]
    added_at: Mapped[datetime]
    failures: Mapped[int]
    wait_until: Mapped[datetime | None]


class LoginRow(Base):
    __tablename__ = "login"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(64), ForeignKey("person.name", ondelete="CASCADE"), index=True)
    begun_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class PersonRefused(ValueError):
    """A person who cannot be entered or changed as wanted. The message says why."""


class NotLoggedIn(Exception):
    """Name and password do not fit. `retry_after_s`: set when the name has to wait, whatever the password."""

    def __init__(self, sentence: str, retry_after_s: int = 0) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Person:
    """`name`: what they log in with, small letters. `shown`: how they are called on the screens."""

    name: str
    shown: str
    role: Role


@dataclass(frozen=True, slots=True)
class Login:
    """`token` is told once, here, and is the person's proof until `ends_at`."""

    person: Person
    token: str
    ends_at: datetime


_hasher = PasswordHasher()
_NOBODY: Final = _hasher.hash(secrets.token_hex(16))
"""Checked for a name that does not exist, so that the time of the answer does not tell which names do."""


def name_of(given: str) -> str:
    """The name as it is kept: names do not differ by case or spaces around them. Raises `PersonRefused`."""
    name = given.strip().lower()
    if not 1 <= len(name) <= 64 or not all(sign.isalnum() or sign in "._-@+" for sign in name):
        raise PersonRefused(
            f"'{given}' is no name to log in with. Use up to 64 letters, digits, dots, dashes, _ or an e-mail address."
        )
    return name


async def add(tx: AsyncConnection, name: str, shown: str, role: Role, password: str, now: datetime) -> Person:
    """Enter a person. Raises `PersonRefused` for one who is there already or a password that is too short."""
    kept = name_of(name)
    await one_at_a_time(tx, "people")
    if await read(tx, kept) is not None:
        raise PersonRefused(f"There is already somebody with the name '{kept}'.")
    if role < Role.admin and not await count(tx):
        raise PersonRefused("The first person must be an administrator ('admin'), or nobody could enter others.")
    person = Person(kept, shown.strip() or kept, role)
    hashed = _hashed(password)
    values = {"shown": person.shown, "role": role.name, "password": hashed, "added_at": now, "failures": 0}
    await tx.execute(insert(PersonRow).values(name=kept, **values))
    return person


async def change(
    tx: AsyncConnection, name: str, *, shown: str | None = None, role: Role | None = None, password: str | None = None
) -> Person:
    """Change what is given. A new password or a lower role ends the person's log-ins. Raises `PersonRefused`, also when
    nobody would be left who may enter people."""
    await one_at_a_time(tx, "people")
    before = await _required(tx, name)
    if role is not None and role < Role.admin:
        await _keep_an_admin(tx, before)
    after = Person(before.name, (shown or "").strip() or before.shown, role or before.role)
    values: dict[str, object] = {"shown": after.shown, "role": after.role.name}
    if password is not None:
        values |= {"password": _hashed(password), "failures": 0, "wait_until": None}
    await tx.execute(update(PersonRow).where(PersonRow.name == before.name).values(**values))
    if password is not None or after.role < before.role:
        await tx.execute(delete(LoginRow).where(LoginRow.person == before.name))
    return after


async def remove(tx: AsyncConnection, name: str) -> None:
    """Take a person away, with their log-ins. What they did keeps their name. Raises `PersonRefused`."""
    await one_at_a_time(tx, "people")
    person = await _required(tx, name)
    if await count(tx) > 1:
        await _keep_an_admin(tx, person)
    await tx.execute(delete(LoginRow).where(LoginRow.person == person.name))
    await tx.execute(delete(PersonRow).where(PersonRow.name == person.name))


async def read(tx: AsyncConnection, name: str) -> Person | None:
    row = (await tx.execute(select(PersonRow.__table__).where(PersonRow.name == name))).first()
    return _person(row) if row is not None else None


async def everybody(tx: AsyncConnection) -> Sequence[Person]:
    """All people, by name."""
    return [_person(row) for row in await tx.execute(select(PersonRow.__table__).order_by(PersonRow.name))]


async def count(tx: AsyncConnection) -> int:
    return int((await tx.execute(select(func.count()).select_from(PersonRow))).scalar_one())


async def check(tx: AsyncConnection, name: str, password: str, now: datetime) -> Person:
    """The person whose password this is. Counts wrong ones: commit also when it raises `NotLoggedIn`."""
    kept = name.strip().lower()
    await one_at_a_time(tx, f"login:{kept}")
    row = (await tx.execute(select(PersonRow.__table__).where(PersonRow.name == kept))).first()
    if row is not None and row.wait_until is not None and now < row.wait_until:
        left = int((row.wait_until - now).total_seconds()) + 1
        raise NotLoggedIn(f"Too many wrong passwords for this name. Try again in {_span(left)}.", left)
    if not _fits(row.password if row is not None else _NOBODY, password) or row is None:
        if row is not None:
            failures = row.failures + 1
            wait = now + PAUSE if failures >= TRIES else None
            values = {"failures": 0 if wait else failures, "wait_until": wait}
            await tx.execute(update(PersonRow).where(PersonRow.name == kept).values(**values))
        raise NotLoggedIn("Name and password do not fit. Check both; an administrator can set a new password.")
    values = {"failures": 0, "wait_until": None}
    if _hasher.check_needs_rehash(row.password):
        values["password"] = _hasher.hash(password)
    await tx.execute(update(PersonRow).where(PersonRow.name == kept).values(**values))
    return _person(row)


async def log_in(tx: AsyncConnection, person: Person, now: datetime) -> Login:
    """Open a log-in; those that have ended are swept away."""
    await tx.execute(delete(LoginRow).where(LoginRow.ends_at <= now))
    token = LOGIN_PREFIX + secrets.token_urlsafe(32)
    values = {"token": _digest(token), "person": person.name, "begun_at": now, "ends_at": now + LASTS}
    await tx.execute(insert(LoginRow).values(**values))
    return Login(person, token, now + LASTS)


async def logged_in(tx: AsyncConnection, token: str, now: datetime) -> Person | None:
    """Whose log-in this is; None for one that has ended or never was."""
    query = (
        select(PersonRow.__table__)
        .join(LoginRow, LoginRow.person == PersonRow.name)
        .where(LoginRow.token == _digest(token), LoginRow.ends_at > now)
    )
    row = (await tx.execute(query)).first()
    return _person(row) if row is not None else None


async def log_out(tx: AsyncConnection, token: str) -> None:
    await tx.execute(delete(LoginRow).where(LoginRow.token == _digest(token)))


async def _required(tx: AsyncConnection, name: str) -> Person:
    person = await read(tx, name.strip().lower())
    if person is None:
        raise PersonRefused(f"There is nobody with the name '{name}'.")
    return person


async def _keep_an_admin(tx: AsyncConnection, leaving: Person) -> None:
    if leaving.role < Role.admin:
        return
    others = select(func.count()).where(PersonRow.role == Role.admin.name, PersonRow.name != leaving.name)
    if not (await tx.execute(others)).scalar_one():
        raise PersonRefused(
            f"'{leaving.name}' is the only administrator. Make somebody else one first, or nobody could enter people."
        )


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(row.name, row.shown, Role[row.role])


def _hashed(password: str) -> str:
    if len(password) < SHORTEST:
        raise PersonRefused(f"A password has at least {SHORTEST} characters; a few words in a row are a good one.")
    if len(password) > 1024:
        raise PersonRefused("A password has at most 1,024 characters.")
    return _hasher.hash(password)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[:1025])
    except (VerificationError, InvalidHashError):
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _span(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
