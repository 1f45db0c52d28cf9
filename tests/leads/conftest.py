from collections.abc import AsyncIterator

import pytest_asyncio

from engine.store import Database
from tests.support.database import database, postgres, sqlite_or_postgresql  # noqa: F401  fixtures
from tests.support.inlet import Here


@pytest_asyncio.fixture
async def here(sqlite_or_postgresql: str) -> AsyncIterator[Here]:  # noqa: F811  the fixture of that name
    """Two inlets of two processes on one database."""
    database, second = Database(sqlite_or_postgresql), Database(sqlite_or_postgresql)  # noqa: F811
    opened = Here(database, second)
    yield opened
    await opened.close()
    await database.close()
    await second.close()
