"""Connections to other services (a CRM, a calendar, a mail server): their settings, encrypted at rest.

The database holds one Fernet token for each connection; without the key of the settings it is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import String, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Connection, ConnectionMissing
from engine.store.base import Base
from engine.store.database import one_at_a_time


class ConnectionRow(Base):
    __tablename__ = "connection"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str]
    changed_at: Mapped[datetime]


class WrongKey(Exception):
    """A connection cannot be opened with the key at hand. The message says what to do."""


class Vault:
    """Seals and opens settings. `keys`: Fernet keys, the first seals, all of them open (so a key can be changed)."""

    def __init__(self, *keys: str) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
            self._keys = keys
        except ValueError:
            # `from None`: the key must not be shown in a traceback.
            raise WrongKey(
                "LEADLINE_SECRET_KEY is not a Fernet key (32 bytes, URL-safe base64). Leave it out to have a key made."
            ) from None

    def __repr__(self) -> str:
        return "Vault()"

    @staticmethod
    def new_key() -> str:
        return Fernet.generate_key().decode()

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """Keys for another purpose, 32 bytes each, one of each Fernet key and in the same order."""
        return tuple(hmac.digest(key.encode(), purpose.encode(), hashlib.sha256) for key in self._keys)

    def seal(self, connection: Connection) -> str:
        content = {"name": connection.name, "settings": dict(connection.settings)}
        return self._fernet.encrypt(json.dumps(content).encode()).decode()

    def open(self, name: str, kind: str, sealed: str) -> Connection:
        """Raises `WrongKey`, also for a token that was copied from another connection's row."""
        try:
            content = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            content = {}
        if content.get("name") != name:
            raise WrongKey(
                f"The connection '{name}' was saved with another key. Set LEADLINE_SECRET_KEY to that key, or "
                "enter the connection's settings anew."
            )
        return Connection(name=name, kind=kind, settings=content["settings"])


def open_vault(keys: str | None, data_dir: Path) -> Vault:
    """The vault of this installation. `keys`: the setting LEADLINE_SECRET_KEY, several with commas; without it the key
    in `secret.key` of the data folder, made at the first start and readable by this user only. Raises `WrongKey`."""
    if keys:
        return Vault(*(key.strip() for key in keys.split(",")))
    file = data_dir / "secret.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    # Written whole, then put in place: of two processes that start together both end up with the same key.
    with suppress(FileExistsError), tempfile.NamedTemporaryFile("w", dir=data_dir, prefix="secret.") as fresh:
        fresh.write(Vault.new_key())
        fresh.flush()
        os.fsync(fresh.fileno())
        os.link(fresh.name, file)
    return Vault(file.read_text().strip())


@dataclass(frozen=True, slots=True)
class ConnectionSummary:
    """A connection for lists: no settings."""

    name: str
    kind: str
    changed_at: datetime


async def save(tx: AsyncConnection, vault: Vault, connection: Connection, now: datetime) -> None:
    """Add the connection, or replace the one of that name."""
    await one_at_a_time(tx, f"connection:{connection.name}")
    values = {"kind": connection.kind, "sealed": vault.seal(connection), "changed_at": now}
    done = await tx.execute(
        update(ConnectionRow)
        .where(ConnectionRow.name == connection.name)
        .values(**values)
        .returning(ConnectionRow.name)
    )
    if done.first() is None:
        await tx.execute(insert(ConnectionRow).values(name=connection.name, **values))


async def read(tx: AsyncConnection, vault: Vault, name: str) -> Connection:
    """Raises `ConnectionMissing`, `WrongKey`."""
    return (await read_stamped(tx, vault, name))[0]


async def read_stamped(tx: AsyncConnection, vault: Vault, name: str) -> tuple[Connection, datetime]:
    """The connection, and when it was last changed. Raises `ConnectionMissing`, `WrongKey`."""
    row = (await tx.execute(select(ConnectionRow.__table__).where(ConnectionRow.name == name))).first()
    if row is None:
        raise ConnectionMissing(f"No connection is called '{name}'. Add it with `leadline connect`.")
    return vault.open(row.name, row.kind, row.sealed), row.changed_at


async def read_all(tx: AsyncConnection, vault: Vault) -> dict[str, Connection]:
    """All connections by name. Raises `WrongKey`."""
    rows = await tx.execute(select(ConnectionRow.__table__))
    return {row.name: vault.open(row.name, row.kind, row.sealed) for row in rows}


async def overview(tx: AsyncConnection) -> Sequence[ConnectionSummary]:
    """All connections by name."""
    query = select(ConnectionRow.name, ConnectionRow.kind, ConnectionRow.changed_at).order_by(ConnectionRow.name)
    return [ConnectionSummary(row.name, row.kind, row.changed_at) for row in await tx.execute(query)]


async def remove(tx: AsyncConnection, name: str) -> None:
    """Unknown names are no error."""
    await tx.execute(delete(ConnectionRow).where(ConnectionRow.name == name))
