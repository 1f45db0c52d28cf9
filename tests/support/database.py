"""A migrated, empty database for each test, on SQLite and on PostgreSQL.

In a room's conftest.py:

    from tests.support.database import database, postgres, sqlite_or_postgresql  # noqa: F401  fixtures
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import pytest
import pytest_asyncio

from engine.store import Database
from engine.store.migration import migrate
from tests.support.postgres import Cluster, postgres

__all__ = ["database", "empty_database", "played_once", "postgres", "sqlite_or_postgresql"]

KINDS = ("sqlite", "postgresql")

# Migrated once; every test gets a copy, which takes milliseconds.
_templates: dict[str, str] = {}


@contextmanager
def empty_database(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database. `kind`: `sqlite` or `postgresql`. For fixtures, not inside a loop."""
    if kind == "sqlite":
        folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        if kind not in _templates:
            made = folders.mktemp("template") / "leadline.db"
            asyncio.run(migrate(f"sqlite:///{made}"))
            _templates[kind] = str(made)
        copy = shutil.copy(_templates[kind], folders.mktemp("database") / "leadline.db")
        yield f"sqlite+aiosqlite:///{copy}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    template = f"postgresql:{cluster.port}"
    if template not in _templates:
        _templates[template] = cluster.create_database()
        asyncio.run(migrate(cluster.url(_templates[template])))
    name = cluster.create_database(_templates[template])
    yield cluster.url(name)
    cluster.drop_database(name)


def played_once(name: str) -> Sequence[object]:
    """Parameters of a module's fixture that plays something long with each kind of database, for many tests to look at.
    The tests of one kind stay together: on a second worker it would be played once more. `name`: of what is played."""
    return [pytest.param(kind, marks=pytest.mark.xdist_group(f"{name}, {kind}")) for kind in KINDS]


@pytest.fixture(params=KINDS)
def sqlite_or_postgresql(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database; the test runs once with each kind."""
    with empty_database(request.param, request) as url:
        yield url


@pytest_asyncio.fixture
async def database(sqlite_or_postgresql: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_or_postgresql)
    yield opened
    await opened.close()
