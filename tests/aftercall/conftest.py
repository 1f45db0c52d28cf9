"""A database for each test, on SQLite and on PostgreSQL, and one Prefect server for all of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    PREFECT_HOME,
    PREFECT_LOGGING_LEVEL,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)

from engine.aftercall.server import PrefectServer, default_cache
from engine.aftercall.worker import AfterCallWorker, WorkerOptions
from engine.sdk.registry import discover
from engine.simulate.receiver import Receiver
from engine.store import Database
from tests.support.aftercall import Book, lane
from tests.support.aftercall_desk import FAST, QUICK, Desk
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


@pytest.fixture
async def desk(prefect_server: PrefectServer, sqlite: Database, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with Receiver() as crm:
        book = Book()
        book.add("webhook", "webhook", {"url": crm.url, "secret": crm.secret})
        folder = tmp_path / "outbox"
        options = WorkerOptions(poll_s=0.05, reconcile_s=0.3, absent_s=0.2, pauses=QUICK)
        worker = AfterCallWorker(lane(sqlite, discover(), folder, book, terms=FAST), options)
        with temporary_settings(
            {
                PREFECT_API_URL: prefect_server.api_url,
                PREFECT_HOME: tmp_path / "prefect-client",
                PREFECT_CLIENT_MAX_RETRIES: 1,
                PREFECT_LOGGING_LEVEL: "ERROR",
                PREFECT_LOGGING_TO_API_ENABLED: False,
            }
        ):
            yield Desk(prefect_server, sqlite, crm, sqlite_url, folder, worker, options)
