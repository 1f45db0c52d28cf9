"""Lead sources in the store, their addresses and what they refused, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engine.campaigns import Campaign, write
from engine.store import Database, campaigns, lead_sources, source_refusals
from engine.store.lead_sources import GRACE, LeadSource, SourceChanged

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


async def source(database: Database, source_id: str = "src_first-address-000001", revision: int = 0) -> LeadSource:
    async with database.begin() as tx:
        if await campaigns.read(tx, "web") is None:
            document = write(Campaign(flow_id="home_services_v1"))
            await campaigns.save(tx, "web", name="Web", state="on", document=document, revision=0, by="Dana", now=NOW)
        return await lead_sources.save(
            tx, source_id, kind="website", name="Quote form", campaign_id="web", state="on", document={},
            revision=revision, by="Dana", now=NOW,
        )  # fmt: skip


async def behind(database: Database, address: str, at: datetime) -> str | None:
    async with database.read() as tx:
        found = await lead_sources.behind(tx, address, at)
    return found.id if found else None


async def test_a_source_is_reached_by_its_first_address(database: Database) -> None:
    made = await source(database)
    assert await behind(database, made.id, NOW) == made.id
    assert await behind(database, "src_no-such-address-00001", NOW) is None


async def test_an_old_address_works_for_a_week_and_the_new_one_for_good(database: Database) -> None:
    made = await source(database)
    async with database.begin() as tx:
        new = await lead_sources.move(tx, made.id, NOW)
    assert new != made.id
    assert await behind(database, made.id, NOW + GRACE - AN_HOUR) == made.id
    assert await behind(database, made.id, NOW + GRACE) is None
    assert await behind(database, new, NOW + 10 * GRACE) == made.id
    async with database.read() as tx:
        told = await lead_sources.addresses(tx, NOW)
        later = await lead_sources.addresses(tx, NOW + GRACE)
    assert [(each.address, each.until) for each in told[made.id]] == [(new, None), (made.id, NOW + GRACE)]
    assert [each.address for each in later[made.id]] == [new]


async def test_an_address_that_became_known_ends_at_once(database: Database) -> None:
    made = await source(database)
    async with database.begin() as tx:
        first = await lead_sources.move(tx, made.id, NOW)
    async with database.begin() as tx:
        second = await lead_sources.move(tx, made.id, NOW + AN_HOUR, grace=timedelta(0))
    assert [await behind(database, each, NOW + AN_HOUR) for each in (made.id, first, second)] == [None, None, made.id]


async def test_moving_again_never_makes_an_old_address_live_longer(database: Database) -> None:
    made = await source(database)
    for hours in (0, 48):
        async with database.begin() as tx:
            await lead_sources.move(tx, made.id, NOW + timedelta(hours=hours))
    assert await behind(database, made.id, NOW + GRACE) is None


async def test_a_source_that_is_not_there_cannot_be_moved(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.begin() as tx:
            await lead_sources.move(tx, "src_gone", NOW)


async def test_of_two_who_save_a_source_at_once_the_second_is_shown_what_stands_there(database: Database) -> None:
    await source(database)
    saved = await asyncio.gather(*(source(database, revision=1) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in saved) == [LeadSource.__name__, SourceChanged.__name__]


async def test_refusals_are_counted_by_reason_also_by_several_at_once(database: Database) -> None:
    made = await source(database)

    async def refuse(why: str, times: int, at: datetime) -> None:
        async with database.begin() as tx:
            await source_refusals.add(tx, made.id, why, times, at)

    await asyncio.gather(*(refuse("wrong_key", 2, NOW) for _ in range(5)))
    await refuse("too_large", 1, NOW + AN_HOUR)
    async with database.read() as tx:
        told = (await source_refusals.of_sources(tx))[made.id]
    assert [(each.why, each.times) for each in told] == [("too_large", 1), ("wrong_key", 10)]


async def test_a_removed_source_leaves_no_address_and_no_refusals(database: Database) -> None:
    made = await source(database)
    async with database.begin() as tx:
        await source_refusals.add(tx, made.id, "wrong_key", 1, NOW)
        await lead_sources.remove(tx, made.id)
    assert await behind(database, made.id, NOW) is None
    async with database.read() as tx:
        assert await source_refusals.of_sources(tx) == {}
