"""Campaigns in the store, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engine.campaigns import Campaign, write
from engine.store import Database, campaigns
from engine.store.campaigns import CampaignChanged, CampaignState, StoredCampaign

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


async def save(
    database: Database,
    campaign_id: str,
    flow_id: str = "home_services_v1",
    *,
    state: CampaignState = "on",
    revision: int = 0,
    now: datetime = NOW,
) -> StoredCampaign:
    async with database.begin() as tx:
        return await campaigns.save(
            tx,
            campaign_id,
            name=campaign_id.title(),
            state=state,
            document=write(Campaign(flow_id=flow_id)),
            revision=revision,
            by="Dana",
            now=now,
        )


async def test_of_two_who_save_at_once_the_second_is_shown_what_stands_there(database: Database) -> None:
    await save(database, "web")
    saved = await asyncio.gather(
        save(database, "web", "solar_v1", revision=1),
        save(database, "web", "dental_v1", revision=1),
        return_exceptions=True,
    )
    won = [each for each in saved if isinstance(each, StoredCampaign)]
    lost = [each for each in saved if isinstance(each, CampaignChanged)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].now == won[0]


async def test_the_newest_campaign_that_is_on_gets_the_leads_of_its_flow(database: Database) -> None:
    await save(database, "old", now=NOW)
    await save(database, "new", now=NOW + timedelta(hours=1))
    await save(database, "other", "solar_v1", now=NOW + timedelta(hours=2))
    # An old campaign does not become the newest by being edited.
    await save(database, "old", revision=1, now=NOW + timedelta(hours=3))
    async with database.read() as tx:
        found = await campaigns.for_flow(tx, "home_services_v1")
        assert found is not None and found.id == "new"
        assert await campaigns.for_flow(tx, "dental_v1") is None
    await save(database, "new", state="paused", revision=1)
    async with database.read() as tx:
        found = await campaigns.for_flow(tx, "home_services_v1")
    assert found is not None and (found.id, found.revision) == ("old", 2)


async def test_where_every_campaign_of_a_flow_is_paused_its_leads_wait_there(database: Database) -> None:
    await save(database, "old", now=NOW)
    await save(database, "new", now=NOW + timedelta(hours=1))
    await save(database, "drafted", state="paused", now=NOW + timedelta(hours=2))
    for each in ("old", "new"):
        await save(database, each, state="paused", revision=1)
    async with database.read() as tx:
        found = await campaigns.for_flow(tx, "home_services_v1")
    assert found is not None and found.id == "new", "one that was never on takes nobody's leads"
    for each in ("old", "new"):
        await save(database, each, state="archived", revision=2)
    async with database.read() as tx:
        assert await campaigns.for_flow(tx, "home_services_v1") is None


async def test_a_save_of_a_campaign_that_is_not_there_is_refused(database: Database) -> None:
    with pytest.raises(LookupError):
        await save(database, "web", revision=3)
