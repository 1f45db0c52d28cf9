"""A database for each test, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from engine.aftercall.server import PrefectServer, default_cache
from engine.store import Database
from tests.support.aftercall import make_tables
from tests.support.postgres import Cluster, postgres

__all__ = ["postgres"]


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    name = ""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/app.db"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        name = cluster.create_database()
        url = cluster.url(name)
    database = Database(url)
    await make_tables(database)
    yield database
    await database.close()
    if name:
        cluster.drop_database(name)


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/app.db")
    await make_tables(database)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrefectServer]:
    """One real server for the session; its migrated database comes from the user's cache after the first time."""
    home = tmp_path_factory.mktemp("prefect")
    async with PrefectServer(home, 0, default_cache()) as server:
        yield server
