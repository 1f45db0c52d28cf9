"""Transactions are whole or nothing, writers queue, and an outage is told in words without a password."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from engine.store import Database, DatabaseDown, suppression
from engine.store.database import parse
from tests.support.database import empty_database
from tests.support.postgres import Cluster

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)


async def count(database: Database) -> int:
    async with database.read() as tx:
        return await suppression.count(tx)


async def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(KeyError):
        async with database.begin() as tx:
            await suppression.add(tx, "+14155550123", "asked us to stop", "call_1", NOW)
            raise KeyError
    assert await count(database) == 0


async def test_what_one_writes_others_see_only_when_it_is_committed(database: Database) -> None:
    async with database.begin() as tx:
        await suppression.add(tx, "+14155550123", "asked us to stop", "call_1", NOW)
        assert await count(database) == 0
    assert await count(database) == 1


async def test_a_reader_sees_one_consistent_moment(database: Database) -> None:
    async with database.read() as view:
        assert await suppression.count(view) == 0
        async with database.begin() as tx:
            await suppression.add(tx, "+14155550123", "asked us to stop", "call_1", NOW)
        assert await suppression.count(view) == 0
    assert await count(database) == 1


async def test_many_writers_at_once_all_get_their_turn(database: Database, sqlite_or_postgresql: str) -> None:
    other = Database(sqlite_or_postgresql)  # as a second process would have it

    async def write(number: int) -> None:
        async with (database, other)[number % 2].begin() as tx:
            await suppression.add(tx, f"+1415555{number:04}", "list", "import", NOW)

    await asyncio.gather(*(write(number) for number in range(60)))
    assert await count(database) == 60
    await other.close()


async def test_naive_moments_are_refused(database: Database) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        async with database.begin() as tx:
            await suppression.add(tx, "+14155550123", "x", "x", NOW.replace(tzinfo=None))


async def test_sqlite_is_set_up_to_survive_a_power_cut(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("about SQLite")
    async with database.read() as tx:
        found = [(await tx.execute(text(f"PRAGMA {name}"))).scalar() for name in ("journal_mode", "synchronous")]
        assert (await tx.execute(text("PRAGMA foreign_keys"))).scalar() == 1
    assert found == ["wal", 2]


async def test_unreachable_database_is_down_and_its_password_stays_secret() -> None:
    database = Database("postgresql://leadline:p4ssw0rd@127.0.0.1:1/leadline")
    with pytest.raises(DatabaseDown, match="LEADLINE_DATABASE_URL") as down:
        async with database.begin():
            pass
    assert "p4ssw0rd" not in str(down.value) + database.where
    await database.close()


async def test_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("Dear diary, " * 200)
    database = Database(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(DatabaseDown, match="not a database"):
        await count(database)
    await database.close()


async def test_mistake_in_a_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.read() as tx:
            await tx.execute(text("SELECT * FROM no_such_table"))


async def test_cancelled_transaction_is_undone_and_holds_nobody_up(database: Database) -> None:
    inside = asyncio.Event()

    async def stuck() -> None:
        async with database.begin() as tx:
            await suppression.add(tx, "+14155550123", "x", "x", NOW)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stuck())
    await inside.wait()
    task.cancel()
    async with asyncio.timeout(2), database.begin() as tx:
        assert await suppression.count(tx) == 0


async def test_sqlite_lets_go_of_its_lock_though_a_connection_is_given_up_amid_a_query(
    database: Database, sqlite_or_postgresql: str
) -> None:
    """What SQLAlchemy does to the connection of a task that is cancelled, such as one that feeds a page which is left:
    all calls of the process were silent for five seconds then."""
    if not database.is_sqlite:
        pytest.skip("about SQLite")
    other = Database(sqlite_or_postgresql)
    async with database.begin() as tx:
        for number in (1, 2):
            await suppression.add(tx, f"+1415555000{number}", "list", "import", NOW)
    with pytest.raises(PendingRollbackError):
        async with database.begin() as tx:
            await suppression.add(tx, "+14155550123", "asked us to stop", "call_1", NOW)
            driver = (await tx.get_raw_connection()).driver_connection
            half_read = await driver.execute("SELECT * FROM suppressed_number")
            assert await half_read.fetchone()
            await tx.invalidate()
            async with other.begin() as tx_of_another:
                assert await suppression.count(tx_of_another) == 2
    await other.close()


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest) -> Iterator[str]:
    with empty_database("postgresql", request) as url:
        yield url


async def test_after_a_crash_of_postgresql_work_goes_on(on_postgresql: str, postgres: Cluster) -> None:
    database = Database(on_postgresql)
    assert await count(database) == 0
    with pytest.raises(DatabaseDown):
        async with database.begin() as tx:
            await asyncio.to_thread(postgres.restart)
            await suppression.add(tx, "+14155550123", "x", "x", NOW)
    async with database.begin() as tx:
        assert await suppression.add(tx, "+14155550123", "x", "x", NOW)
    await database.close()


@pytest.mark.parametrize("url", ["mysql://u:p4ssw0rd@db/x", "sqlite://", "not an address p4ssw0rd"])
def test_addresses_that_cannot_be_used_are_refused_without_quoting_them(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse(url)
    assert "p4ssw0rd" not in str(refused.value)
