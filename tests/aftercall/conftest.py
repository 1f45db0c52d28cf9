"""A database for each test, on SQLite and on PostgreSQL, and one Prefect server for all of them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from engine.aftercall.server import PrefectServer, default_cache
from engine.store import Database
from tests.support.database import database, empty_database, postgres, sqlite_or_postgresql

__all__ = ["database", "postgres", "sqlite_or_postgresql"]


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest) -> str:
    with empty_database("sqlite", request) as url:
        return url


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrefectServer]:
    """One real server for the session; its migrated database comes from the user's cache after the first time."""
    home = tmp_path_factory.mktemp("prefect")
    async with PrefectServer(home, 0, default_cache()) as server:
        yield server
