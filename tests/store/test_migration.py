"""The migrations make exactly the tables that the code describes, on both databases."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from engine.store import Database, consents, leads
from engine.store.migration import MigrationProblem, configuration, migrate
from engine.store.tables import METADATA
from tests.support.postgres import Cluster


async def test_migrations_and_tables_are_the_same(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA))

    async with database.begin() as tx:
        assert await tx.run_sync(differences) == []


async def test_comparison_would_notice_a_missing_column(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    async with database.begin() as tx:
        await tx.execute(text("ALTER TABLE suppressed_number DROP COLUMN reason"))
        assert len(await tx.run_sync(differences)) == 1


async def test_migrating_twice_changes_nothing(sqlite_or_postgresql: str) -> None:
    await migrate(sqlite_or_postgresql)
    await migrate(sqlite_or_postgresql)


async def test_downgrade_leaves_an_empty_database(database: Database) -> None:
    async with database.begin() as tx:
        await tx.run_sync(lambda connection: command.downgrade(configuration(connection), "base"))
    async with database.read() as tx:
        tables = await tx.run_sync(lambda connection: inspect(connection).get_table_names())
    assert tables == ["alembic_version"]


async def test_database_of_a_newer_leadline_is_left_alone(database: Database, sqlite_or_postgresql: str) -> None:
    async with database.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(MigrationProblem, match="newer"):
        await migrate(sqlite_or_postgresql)


MIGRATE = "import asyncio, sys; from engine.store.migration import migrate; asyncio.run(migrate(sys.argv[1]))"


async def start_together(url: str, processes: int = 3) -> list[int]:
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MIGRATE, url, cwd=Path(__file__).parents[2], stderr=asyncio.subprocess.PIPE
        )
        for _ in range(processes)
    ]
    ends = await asyncio.gather(*(process.communicate() for process in started))
    print(*(errors.decode() for _, errors in ends))
    return [process.returncode if process.returncode is not None else -1 for process in started]


async def test_processes_that_start_together_on_a_new_file_all_come_up(tmp_path: Path) -> None:
    assert await start_together(f"sqlite:///{tmp_path}/new.db") == [0, 0, 0]
    with sqlite3.connect(tmp_path / "new.db") as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/old.db"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = cluster.create_database()
    yield cluster.url(name)
    cluster.drop_database(name)


async def test_processes_that_start_together_on_a_new_postgresql_database_all_come_up(postgres: Cluster) -> None:
    name = postgres.create_database()
    assert await start_together(postgres.url(name)) == [0, 0, 0]
    postgres.drop_database(name)


OF_ISSUE_5 = (
    "INSERT INTO lead (id, source, external_id, form_hash, received_at, first_name, last_name, phone, phone_typed,"
    " form, state, reason) VALUES ('lead_1', 'website', 'c1', 'h', '2026-11-01 12:00:00.000000', 'Dana', 'Reyes',"
    " '+14155550123', '', '{}', 'waiting', '')",
    "INSERT INTO lead_delivery (id, lead_id, source, received_at) VALUES ('dlv_1', 'lead_1', 'website',"
    " '2026-11-01 12:00:01.000000')",
    "INSERT INTO consent (id, lead_id, level, seller, text, text_sha256, text_version, given_zone, received_at,"
    " form_url, certificate, ip, user_agent, phone_typed, name, source, sub_source, verified_by) VALUES ('con_1',"
    " 'lead_1', 'written', '', 'I agree.', 'h', '', '', '2026-11-01 12:00:00.000000', '', '', '', '', '', '', '', '',"
    " '')",
)


async def test_leads_of_an_older_leadline_keep_their_consents_and_deliveries(empty_url: str) -> None:
    old = Database(empty_url, migrating=True)
    async with old.begin() as tx:
        await tx.run_sync(lambda connection: command.upgrade(configuration(connection), "0013"))
    async with old.begin() as tx:
        for row in OF_ISSUE_5:
            await tx.execute(text(row))
    await old.close()
    await migrate(empty_url)
    database = Database(empty_url)
    async with database.read() as tx:
        lead = await leads.read(tx, "lead_1")
        assert lead is not None
        assert (lead.source_id, lead.external_id, lead.test) == (None, "c1", False)
        assert [each.evidence.text for each in await consents.of_lead(tx, "lead_1")] == ["I agree."]
        assert (await tx.execute(text("SELECT lead_id FROM lead_delivery"))).scalars().all() == ["lead_1"]
    await database.close()
