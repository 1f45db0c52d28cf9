"""Work that several processes share, on both databases: leads to be fetched, and imports of files."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from engine.campaigns import Campaign
from engine.store import Database, campaigns, lead_fetches, lead_imports, lead_sources, leads
from engine.store.lead_imports import Counts, Refusal
from engine.store.leads import NewLead

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)


async def arriving(database: Database, count: int) -> list[str]:
    async with database.begin() as tx:
        new = [
            NewLead("meta", "", "", None, external_id=str(each), source_id="src_1", arriving=True)
            for each in range(count)
        ]
        return [(await leads.receive(tx, each, NOW)).lead.id for each in new]


async def test_two_processes_never_fetch_the_same_lead(database: Database) -> None:
    await arriving(database, 6)

    async def one() -> list[str]:
        async with database.begin() as tx:
            return [each.lead_id for each in await lead_fetches.claim(tx, "meta", NOW, SOON, 4)]

    first, second = await asyncio.gather(one(), one())
    assert sorted((len(first), len(second))) == [2, 4]
    assert not set(first) & set(second)


async def test_a_lead_whose_process_died_is_claimed_anew_and_its_tries_are_counted(database: Database) -> None:
    await arriving(database, 1)
    async with database.begin() as tx:
        await lead_fetches.claim(tx, "meta", NOW, SOON, 5)
    async with database.begin() as tx:
        assert await lead_fetches.claim(tx, "meta", NOW + timedelta(seconds=29), SOON, 5) == []
        (again,) = await lead_fetches.claim(tx, "meta", SOON, SOON + timedelta(seconds=30), 5)
    assert (again.tries, again.since) == (2, NOW)


async def test_what_is_parked_is_told_and_left_alone_until_it_is_resumed(database: Database) -> None:
    (lead_id,) = await arriving(database, 1)
    async with database.begin() as tx:
        await lead_fetches.claim(tx, "meta", NOW, SOON, 5)
        await lead_fetches.park(tx, lead_id, "Mend it.", "page", NOW)
        assert not await lead_fetches.any_due(tx, "meta", SOON)
        standing = await lead_fetches.standing(tx, "src_1")
        assert (standing.waiting, standing.parked, list(standing.problems)) == (0, 1, [("Mend it.", 1)])
        assert await lead_fetches.parked_with(tx) == {"page": NOW}
        assert await lead_fetches.resume(tx, SOON, connection="another") == 0
        assert await lead_fetches.resume(tx, SOON, connection="page") == 1
        assert await lead_fetches.any_due(tx, "meta", SOON)


async def test_an_import_is_counted_by_one_process_only(database: Database) -> None:
    import_id = lead_imports.new_import_id()
    async with database.begin() as tx:
        document = Campaign(flow_id="home").model_dump(mode="json")
        await campaigns.save(tx, "cmp", name="C", state="on", document=document, revision=0, by="t", now=NOW)
        source = await lead_sources.save(
            tx, "src_1", kind="csv", name="S", campaign_id="cmp", state="on", document={}, revision=0, by="t", now=NOW
        )
        await lead_imports.add(
            tx, import_id, source.id, file_name="f.csv", sha256="0" * 64, size=3, rows=9, plan={}, by="t", now=NOW
        )
        assert await lead_imports.start(tx, import_id, "t", NOW)
        assert not await lead_imports.start(tx, import_id, "t", NOW)
        assert await lead_imports.claim(tx, "a", NOW, SOON, [import_id]) is not None
        assert await lead_imports.claim(tx, "b", NOW, SOON, [import_id]) is None
        assert await lead_imports.claim(tx, "b", SOON, SOON + timedelta(seconds=30), ["other"]) is None
        assert await lead_imports.claim(tx, "b", SOON, SOON + timedelta(seconds=30), [import_id]) is not None
    counts, refused = Counts(done=5, taken=4, refused=1), [Refusal(3, "bad", "mend")]
    async with database.begin() as tx:
        assert not await lead_imports.progress(tx, import_id, "a", 6, counts, refused, SOON)
        assert await lead_imports.progress(tx, import_id, "b", 6, counts, refused, SOON)
        assert not await lead_imports.progress(tx, import_id, "b", 6, counts, refused, SOON)  # the same batch twice
        assert await lead_imports.finish(tx, import_id, "done", SOON)
    async with database.read() as tx:
        found = await lead_imports.read(tx, import_id)
        assert found is not None
        assert (found.state, found.last_row, found.counts) == ("done", 6, counts)
        assert [each.row for each in await lead_imports.refusals_after(tx, import_id)] == [3]
        assert await lead_imports.no_longer_needed(tx, NOW, SOON + timedelta(days=1)) == [import_id]
