"""The audit log is a chain: entries are neither changed nor taken out without its being found."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.store import Database, audit, guard

NOW = datetime(2026, 9, 15, 17, 15, 0, 123456, tzinfo=UTC)


async def three(database: Database) -> None:
    for number, what in enumerate(("saw_lead", "changed_campaign", "saw_lead")):
        async with database.begin() as tx:
            detail = {"odd": ["ü", 1, 0.5, None, {"b": True, "a": False}]}
            await audit.add(tx, "dana", what, f"lead:{number}", detail, NOW + timedelta(seconds=number))


async def test_the_chain_holds_on_both_databases(database: Database) -> None:
    await three(database)
    async with database.read() as tx:
        assert await audit.verify(tx) == (3, None)
        newest, *_ = await audit.recent(tx, 1)
        assert (newest.number, newest.who, newest.at) == (3, "dana", NOW + timedelta(seconds=2))
        assert [each.number for each in await audit.recent(tx, before=3)] == [2, 1]
        assert [each.number for each in await audit.recent(tx, subject="lead:1")] == [2]
        assert await audit.recent(tx, who="robin") == []


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET who = 'robin'", "DELETE FROM audit_entry"])
async def test_the_database_refuses_to_change_an_entry(database: Database, statement: str) -> None:
    await three(database)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as tx:
            await tx.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET who = 'robin' WHERE number = 2", (1, 2)),
        ("DELETE FROM audit_entry WHERE number = 2", (1, 3)),
        ("DELETE FROM audit_entry WHERE number = 1", (0, 2)),
    ],
)
async def test_who_gets_around_the_refusal_is_found(database: Database, statement: str, found: tuple[int, int]) -> None:
    await three(database)
    off = ["ALTER TABLE audit_entry DISABLE TRIGGER ALL"]
    if database.is_sqlite:
        off = ["DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete"]
    async with database.begin() as tx:
        for each in [*off, statement]:
            await tx.execute(text(each))
        assert await audit.verify(tx) == found


async def test_every_table_that_is_only_added_to_is_guarded_by_the_database(database: Database) -> None:
    listed = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    if not database.is_sqlite:
        listed = "SELECT event_object_table FROM information_schema.triggers WHERE trigger_schema = current_schema()"
    async with database.read() as tx:
        assert {row[0] for row in await tx.execute(text(listed))} == set(guard.APPEND_ONLY)
