"""The database: SQLite in one file by default, PostgreSQL by a setting; transactions, and one error for "it is down".

A transaction is an SQLAlchemy `AsyncConnection`. Query functions take it as their first argument, so that what belongs
together (a finished call, its turns, its outbox row) is written together:

    async with database.begin() as tx:
        await calls.finish(tx, result, ...)
        await outbox.add(tx, ...)
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, String, bindparam, event, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MS: Final = 5_000  # how long a process waits for another one's write on SQLite
MIGRATION_MS: Final = 60_000  # and for its migration
CONNECT_S: Final = 5.0
WRITER_WAIT_S: Final = 30.0  # a write that waits longer than this inside one process hangs on a bug, not on load
_WRITES: Final = "leadline_writes"
_SQLITE_OUTAGES: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}


class DatabaseDown(Exception):
    """The database cannot be reached or does not answer. The message is for people and holds no password."""


class Database:
    """One database, any number of tasks. Make it once a process; `close` it at the end.

    `url`: `sqlite+aiosqlite:///path/to/file.db` or `postgresql+asyncpg://user:password@host:port/name`. The plain forms
    `sqlite:///` and `postgresql://` are understood too.
    """

    def __init__(self, url: str, *, migrating: bool = False) -> None:
        """`migrating`: SQLite keeps no foreign keys, so that a table can be copied and put in place of the old one;
        and who comes second waits until the first one has migrated."""
        self._url = parse(url)
        self._engine = _engine(self._url, migrating)
        self._writing = self._engine.execution_options(**{_WRITES: True})
        self._reading = (
            self._engine
            if self.is_sqlite
            else self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        # SQLite's own waiting is unfair and polls: within a process, writers queue up here instead.
        self._turn = asyncio.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @property
    def where(self) -> str:
        """The address for logs and screens, password hidden."""
        return self._url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed at the end, rolled back on any exception. Do not nest: on SQLite the inner one
        would wait for the outer one."""
        if self._turn is None:
            async with self._transaction(self._writing) as tx:
                yield tx
            return
        try:
            # Not wait_for: on Python 3.11 it may swallow a cancellation that comes just as the lock is free.
            async with asyncio.timeout(WRITER_WAIT_S):
                await self._turn.acquire()
        except TimeoutError as slow:
            raise DatabaseDown(
                f"The database {self.where} was busy with one write for more than {WRITER_WAIT_S:.0f} seconds."
            ) from slow
        try:
            async with self._transaction(self._writing) as tx:
                yield tx
        finally:
            self._turn.release()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view for reading. On SQLite it never waits for writers, nor they for it."""
        async with self._transaction(self._reading) as tx:
            yield tx

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        connection = engine.connect()
        try:
            await connection.start()
        except (
            Exception
        ) as problem:  # drivers raise all sorts: OSError, their own, SQLAlchemy's; each means no database
            raise self._down(problem) from problem
        try:
            async with connection.begin():
                yield connection
        except DBAPIError as problem:
            if _is_outage(problem):
                raise self._down(problem) from problem
            raise
        finally:
            # Shielded: a call that is cancelled twice must not leave its connection in the middle of a transaction.
            await asyncio.shield(asyncio.create_task(connection.close()))

    def _down(self, problem: Exception) -> DatabaseDown:
        # The driver's own words may quote the connection string or a row: only the kind of failure is passed on.
        cause = problem.orig if isinstance(problem, DBAPIError) and problem.orig is not None else problem
        kind = str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
        advice = (
            "Check that the file is a database, and that its folder is writable and has free space."
            if self.is_sqlite
            else "Check that PostgreSQL runs there and that LEADLINE_DATABASE_URL names the right user and password."
        )
        return DatabaseDown(f"The database {self.where} does not answer ({kind}). {advice}")


async def one_at_a_time(tx: AsyncConnection, key: str) -> None:
    """From here to the end of the transaction no other transaction with the same key goes on.

    SQLite lets one writer in at a time anyhow; PostgreSQL keeps an advisory lock, which needs no row to exist yet.
    """
    if tx.dialect.name == "postgresql":
        await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def all_at_a_time(tx: AsyncConnection, keys: Sequence[str]) -> None:
    """The same for many keys, in their order. Who takes several gives them sorted: two who wait for each other's would
    wait for ever."""
    if tx.dialect.name == "postgresql" and keys:
        each = func.unnest(bindparam("keys", list(keys), type_=ARRAY(String))).column_valued("each")
        await tx.execute(select(func.count(func.pg_advisory_xact_lock(func.hashtextextended(each, 0)))))


def parse(url: str) -> URL:
    """The address with the driver this room uses. Raises ValueError, without quoting a password, for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise ValueError("The database address cannot be read; it should look like sqlite:///leadline.db.") from problem
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise ValueError("SQLite needs a file: sqlite:///path/to/leadline.db")
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise ValueError(f"Leadline works with SQLite and PostgreSQL, not with {other}.")


def _engine(url: URL, migrating: bool) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url, pool_pre_ping=True, pool_size=10, max_overflow=10, connect_args={"timeout": CONNECT_S}
        )
    assert url.database is not None
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_size=10, max_overflow=10, connect_args={"factory": _SqliteConnection})
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, migrating))
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


class _SqliteConnection(sqlite3.Connection):
    def close(self) -> None:
        """Give the write lock back, also when a task was cancelled in the middle of its transaction: SQLite keeps a
        closed connection, with its lock, until the last half-read statement of it has been collected as garbage."""
        with suppress(sqlite3.Error):  # closed before, or its file is out of order: it is closed all the same
            self.rollback()
        super().close()


def _prepare_sqlite(migrating: bool, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Settings that SQLite keeps for each connection (WAL belongs to the file: `migrate` sets it)."""
    connection.isolation_level = None  # the driver begins nothing behind our back
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={MIGRATION_MS if migrating else BUSY_MS}")
    cursor.execute(f"PRAGMA foreign_keys={'OFF' if migrating else 'ON'}")
    cursor.execute("PRAGMA synchronous=FULL")  # a committed call survives a power cut
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the write lock at once: one that upgraded later could fail in the middle of its work."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_outage(problem: DBAPIError) -> bool:
    """Whether the database is at fault, and not the statement."""
    if isinstance(problem.orig, sqlite3.Error):
        return getattr(problem.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES
    return problem.connection_invalidated or isinstance(problem, OperationalError | InterfaceError)
