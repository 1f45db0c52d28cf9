"""How a lead is treated: by its campaign, or by the defaults."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.campaigns import Campaign, CampaignRefused, write
from engine.campaigns.model import FORMAT_VERSION
from engine.dialing.campaign_of import campaign_for
from engine.sdk import Json
from engine.store import Database, campaigns, leads
from engine.store.leads import NewLead, StoredLead

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


async def lead(database: Database, campaign_id: str | None) -> StoredLead:
    new = NewLead("website", "Dana", "Reyes", "+14155552671", flow_id="home_services_v1", campaign_id=campaign_id)
    async with database.begin() as tx:
        return (await leads.receive(tx, new, NOW)).lead


async def stored(database: Database, document: Json) -> None:
    async with database.begin() as tx:
        await campaigns.save(
            tx, "web", name="Web", state="on", document=document, revision=0, by="Dana", now=NOW
        )  # fmt: skip


async def test_a_lead_is_treated_as_its_campaign_says(database: Database) -> None:
    await stored(database, write(Campaign(flow_id="solar_v1", priority=9)))
    somebody = await lead(database, "web")
    async with database.read() as tx:
        campaign, found = await campaign_for(tx, somebody)
    assert (campaign.flow_id, campaign.priority) == ("solar_v1", 9)
    assert found is not None and (found.id, found.revision, found.state) == ("web", 1, "on")


@pytest.mark.parametrize("campaign_id", [None, "gone"])
async def test_a_lead_without_campaign_is_treated_by_the_defaults(database: Database, campaign_id: str | None) -> None:
    somebody = await lead(database, campaign_id)
    async with database.read() as tx:
        assert await campaign_for(tx, somebody) == (Campaign(flow_id="home_services_v1"), None)


async def test_nobody_is_called_by_a_campaign_that_is_not_understood(database: Database) -> None:
    await stored(database, {"flow_id": "solar_v1", "format_version": FORMAT_VERSION + 1})
    somebody = await lead(database, "web")
    async with database.read() as tx:
        with pytest.raises(CampaignRefused):
            await campaign_for(tx, somebody)
