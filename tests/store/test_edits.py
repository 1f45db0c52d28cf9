"""The log of edits, on both databases: no gap, no double, and of two who save at once one is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from engine.store import Database, edits, flows
from engine.store.edits import StoredEdit
from engine.store.flows import DraftChanged

NOW = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)


def edit(revision: int, id: str = "", by: str = "Ana") -> StoredEdit:
    steps = '[{"do":"put","path":["name"],"value":"Zoë \\u0000"}]'
    return StoredEdit(revision, id or f"e{revision}", "window", by, NOW, "Rename", steps, "[]")


async def begin(database: Database) -> None:
    async with database.begin() as tx:
        await flows.save_draft(tx, "roof", "Roofing", "one", by="Ana", now=NOW, revision=0)


async def append(database: Database, *made: StoredEdit, text: str = "two") -> None:
    async with database.begin() as tx:
        await edits.append(tx, "roof", "Roofing", text, made, made[0].revision - 1)


async def test_edits_come_back_as_they_were_and_the_draft_is_what_they_made(database: Database) -> None:
    await begin(database)
    await append(database, edit(2), edit(3, by="Ben"))
    async with database.read() as tx:
        head = await edits.head(tx, "roof")
        draft = await flows.draft(tx, "roof")
        found = await edits.since(tx, "roof", 1, 3)
        newest = await edits.since(tx, "roof", 2, 3)
        known = await edits.taken(tx, "roof", ["e2", "e9"])
        nobody = await edits.head(tx, "nobody")
    assert head is not None and draft is not None
    assert (head.revision, head.edited_by, draft.text, draft.revision, head.checksum) == (
        3,
        "Ben",
        "two",
        3,
        draft.checksum,
    )
    assert found == [edit(2), edit(3, by="Ben")] and newest == [edit(3, by="Ben")]
    assert (known, nobody) == ({"e2"}, None)


async def test_a_log_with_a_gap_says_so_instead_of_leaving_edits_out(database: Database) -> None:
    await begin(database)
    await append(database, edit(2))
    async with database.begin() as tx:
        await flows.save_draft(tx, "roof", "Roofing", "behind the log's back", by="cli", now=NOW)
    async with database.read() as tx:
        assert await edits.since(tx, "roof", 1, 3) is None
        assert await edits.since(tx, "roof", 0, 2) is None
        assert await edits.since(tx, "roof", 3, 3) == []


async def test_of_two_who_save_at_once_one_is_told_and_nothing_is_half_done(
    database: Database, sqlite_or_postgresql: str
) -> None:
    await begin(database)
    other = Database(sqlite_or_postgresql)
    outcomes = await asyncio.gather(
        append(database, edit(2, "mine"), text="mine"),
        append(other, edit(2, "theirs"), text="theirs"),
        return_exceptions=True,
    )
    await other.close()
    assert sorted(type(each).__name__ for each in outcomes) == ["DraftChanged", "NoneType"]
    async with database.read() as tx:
        draft = await flows.draft(tx, "roof")
        log = await edits.since(tx, "roof", 1, 2)
    assert draft is not None and log is not None
    assert [each.id for each in log] == [draft.text]


async def test_an_edit_is_in_the_log_once_and_only_on_top_of_what_is_there(database: Database) -> None:
    await begin(database)
    await append(database, edit(2))
    with pytest.raises(IntegrityError):
        await append(database, edit(3, "e2"))
    with pytest.raises(DraftChanged):
        await append(database, edit(2, "late"))
    async with database.read() as tx:
        head = await edits.head(tx, "roof")
    assert head is not None and head.revision == 2


async def test_what_a_version_lacks_is_what_came_later_and_what_was_left_out(database: Database) -> None:
    await begin(database)
    await append(database, edit(2), edit(3), edit(4))
    async with database.begin() as tx:
        number = await flows.next_version(tx, "roof")
        made = await flows.publish(
            tx, "roof", number, "two", by="Ana", now=NOW, made_of=4, left_out=[3], packages='{"leadline": "0.1.0"}'
        )
    await append(database, edit(5))
    async with database.read() as tx:
        version = await flows.read_version(tx, "roof")
        missing = await edits.after_version(tx, "roof", 4, made.left_out)
    assert version == made
    assert [each.revision for each in missing] == [3, 5]
