"""Bringing a database to the present shape: Alembic, run from code, safe when several processes start at once."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from engine.store.database import Database, DatabaseDown, one_at_a_time, parse

SCRIPTS: Final = Path(__file__).parent / "migrations"
_PATIENCE_S: Final = 60.0  # how long a process waits for another one that is migrating


BROKEN: Final = (
    "The database was left as it was: rows in it point to others that are not there. Restore a backup, or ask for help."
)


class MigrationProblem(Exception):
    """The database cannot be brought to the present shape. The message says what to do."""


async def migrate(url: str) -> None:
    """Create or upgrade all tables; a database that is up to date is left alone.

    All of it is one transaction: it is done whole or not at all. Processes that start together do it one after the
    other, and the later ones find nothing left to do. Raises `DatabaseDown`, `MigrationProblem`.
    """
    database = Database(url, migrating=True)
    try:
        if database.is_sqlite:
            await asyncio.to_thread(_write_ahead, str(parse(url).database))
        async with database.begin() as tx:
            await one_at_a_time(tx, "leadline-migration")
            changed = await tx.run_sync(_upgrade)
            if changed and database.is_sqlite and (await tx.exec_driver_sql("PRAGMA foreign_key_check")).first():
                raise MigrationProblem(BROKEN)
    finally:
        await database.close()


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration with the packaged scripts, for `migrate`, tests and making a new migration."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> bool:
    """Whether there was anything to do."""
    before = MigrationContext.configure(connection).get_current_revision()
    try:
        command.upgrade(configuration(connection), "head")
    except CommandError as problem:
        raise MigrationProblem(
            f"The database was made by a newer Leadline, or its history is damaged ({problem}). Install the newer "
            "version, or restore a backup."
        ) from problem
    return MigrationContext.configure(connection).get_current_revision() != before


def _write_ahead(path: str) -> None:
    """Switch the file to write-ahead logging, so that readers and the writer do not wait for each other. It is a
    property of the file and cannot be set inside a transaction."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with closing(sqlite3.connect(path, timeout=_PATIENCE_S)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                return
        except sqlite3.OperationalError as problem:
            # Two processes that switch the same new file refuse each other at once, whatever the timeout says.
            if "locked" not in str(problem) or time.monotonic() > deadline:
                raise DatabaseDown(f"The database file {path} cannot be opened ({problem}).") from problem
            time.sleep(0.05)
