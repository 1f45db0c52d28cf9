"""The settings and the database for commands that work on them without the web server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from engine.cli_words import fail

if TYPE_CHECKING:
    from engine.settings import Settings
    from engine.store import Database


def read_settings() -> Settings:
    """Ends the command with their problem when they cannot be read."""
    from engine.settings import SettingsProblem, load

    try:
        return load()
    except SettingsProblem as problem:
        fail(str(problem))


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database, its tables in shape: an account or a person is often the first thing that is entered."""
    from engine.store import Database
    from engine.store.migration import migrate

    await migrate(settings.database_address)
    database = Database(settings.database_address)
    try:
        yield database
    finally:
        await database.close()
