"""A migrated, empty database for each test, on SQLite and on PostgreSQL.

In a room's conftest.py:

    from tests.support.database import database, postgres, sqlite_or_postgresql  # noqa: F401  fixtures
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from engine.store import Database
from engine.store.migration import migrate
from tests.support.postgres import Cluster, postgres

__all__ = ["database", "postgres", "sqlite_or_postgresql"]

# Migrated once; every test gets a copy, which takes milliseconds.
_templates: dict[str, str] = {}


@pytest.fixture(params=["sqlite", "postgresql"])
def sqlite_or_postgresql(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a migrated, empty database; the test runs once with each kind."""
    if request.param == "sqlite":
        if "sqlite" not in _templates:
            made = tmp_path_factory.mktemp("template") / "leadline.db"
            asyncio.run(migrate(f"sqlite:///{made}"))
            _templates["sqlite"] = str(made)
        shutil.copy(_templates["sqlite"], tmp_path / "leadline.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'leadline.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    template = f"postgresql:{cluster.port}"
    if template not in _templates:
        _templates[template] = cluster.create_database()
        asyncio.run(migrate(cluster.url(_templates[template])))
    name = cluster.create_database(_templates[template])
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest_asyncio.fixture
async def database(sqlite_or_postgresql: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_or_postgresql)
    yield opened
    await opened.close()
