"""Drafts are not overwritten unseen, published versions never change, connections are unreadable without the key."""

import asyncio
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.sdk import Connection, ConnectionMissing
from engine.store import Database, connections, flows
from engine.store.connections import Vault, WrongKey, open_vault
from engine.store.flows import DraftChanged, FlowDamaged, FlowMissing, VersionTaken

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)


async def save(database: Database, text: str, revision: int | None = None, by: str = "ana") -> flows.Draft:
    async with database.begin() as tx:
        return await flows.save_draft(tx, "roof", "Roofing", text, by=by, now=NOW, revision=revision)


async def publish(database: Database, text: str) -> flows.Version:
    async with database.begin() as tx:
        version = await flows.next_version(tx, "roof")
        return await flows.publish(tx, "roof", version, text, by="ana", now=NOW)


async def test_of_two_who_edit_the_same_draft_the_second_is_told(database: Database) -> None:
    first = await save(database, "{}", revision=0)
    await save(database, '{"a": 1}', revision=first.revision, by="ben")
    with pytest.raises(DraftChanged, match="ben saved this flow at 2026-09-15 17:15 UTC"):
        await save(database, '{"b": 2}', revision=first.revision)
    async with database.read() as tx:
        draft = await flows.draft(tx, "roof")
    assert draft is not None
    assert (draft.text, draft.revision) == ('{"a": 1}', 2)


async def test_published_version_stays_while_the_draft_goes_on(database: Database) -> None:
    await save(database, "one")
    assert (await publish(database, "one")).version == 1
    await save(database, "two")
    assert (await publish(database, "two")).version == 2
    async with database.read() as tx:
        old, newest = await flows.read_version(tx, "roof", 1), await flows.read_version(tx, "roof")
        (line,) = await flows.overview(tx)
    assert old is not None
    assert newest is not None
    assert (old.text, newest.text, line.latest, line.revision) == ("one", "two", 2, 2)


async def test_of_two_who_publish_at_once_each_gets_a_number(database: Database, sqlite_or_postgresql: str) -> None:
    await save(database, "one")
    other = Database(sqlite_or_postgresql)
    made = await asyncio.gather(*(publish((database, other)[n % 2], str(n)) for n in range(6)))
    assert sorted(one.version for one in made) == [1, 2, 3, 4, 5, 6]
    with pytest.raises(VersionTaken, match="next version of roof is 7"):
        async with database.begin() as tx:
            await flows.publish(tx, "roof", 3, "x", by="ana", now=NOW)
    await other.close()


async def test_flow_without_a_draft_cannot_be_published(database: Database) -> None:
    with pytest.raises(FlowMissing, match="Save a draft first"):
        await publish(database, "x")


async def test_published_text_cannot_be_changed_even_by_hand(database: Database) -> None:
    await save(database, "one")
    await publish(database, "one")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as tx:
            await tx.execute(text("UPDATE flow_version SET text = 'other'"))


async def test_draft_changed_behind_our_back_is_not_used(database: Database) -> None:
    await save(database, "one")
    async with database.begin() as tx:
        await tx.execute(text("UPDATE flow SET text = 'other'"))
        with pytest.raises(FlowDamaged, match="backup"):
            await flows.draft(tx, "roof")


async def test_archived_flow_is_off_the_list_until_it_is_saved_again(database: Database) -> None:
    await save(database, "one")
    async with database.begin() as tx:
        await flows.archive(tx, "roof", NOW)
        assert await flows.overview(tx) == []
        assert len(await flows.overview(tx, archived=True)) == 1
    await save(database, "two")
    async with database.read() as tx:
        assert len(await flows.overview(tx)) == 1


HUBSPOT = Connection("crm", "hubspot", {"token": "pat-very-secret", "account": "12"})


async def test_connection_is_unreadable_in_the_database(database: Database) -> None:
    vault = Vault(Vault.new_key())
    async with database.begin() as tx:
        await connections.save(tx, vault, HUBSPOT, NOW)
        row = (await tx.execute(text("SELECT * FROM connection"))).one()
        assert await connections.read(tx, vault, "crm") == HUBSPOT
        assert [one.name for one in await connections.overview(tx)] == ["crm"]
    assert "very-secret" not in str(row)
    assert "very-secret" not in repr(HUBSPOT)


async def test_key_can_be_changed_but_not_forgotten(database: Database) -> None:
    old, new = Vault.new_key(), Vault.new_key()
    async with database.begin() as tx:
        await connections.save(tx, Vault(old), HUBSPOT, NOW)
        assert await connections.read(tx, Vault(new, old), "crm") == HUBSPOT
        with pytest.raises(WrongKey, match="LEADLINE_SECRET_KEY"):
            await connections.read(tx, Vault(new), "crm")


async def test_a_sealed_connection_does_not_open_under_another_name(database: Database) -> None:
    vault = Vault(Vault.new_key())
    async with database.begin() as tx:
        await connections.save(tx, vault, HUBSPOT, NOW)
        await tx.execute(text("UPDATE connection SET name = 'mail'"))
        with pytest.raises(WrongKey):
            await connections.read(tx, vault, "mail")


async def test_missing_connection_says_where_to_add_it(database: Database) -> None:
    async with database.begin() as tx:
        await connections.remove(tx, "crm")
        with pytest.raises(ConnectionMissing, match="leadline connect"):
            await connections.read(tx, Vault(Vault.new_key()), "crm")


def test_key_is_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    sealed = open_vault(None, tmp_path / "var").seal(HUBSPOT)
    assert open_vault(None, tmp_path / "var").open("crm", "hubspot", sealed) == HUBSPOT
    assert [file.name for file in (tmp_path / "var").iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "var" / "secret.key").stat().st_mode) == 0o600


def test_bad_key_is_refused_without_showing_it() -> None:
    with pytest.raises(WrongKey) as refused:
        open_vault("not-a-key", Path())
    assert "not-a-key" not in str(refused.value)
