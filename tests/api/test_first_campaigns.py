"""What a fresh Leadline has: a campaign for each shipped flow, and leads that come by them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from engine.api.app import publish_shipped
from engine.campaigns import read
from engine.flow import shipped
from engine.sdk.registry import discover
from engine.store import Database, campaigns, flows, leads
from tests.support.api import leadline

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


async def test_two_processes_that_start_at_once_make_one_campaign_for_each_shipped_flow(database: Database) -> None:
    types = discover()
    await asyncio.gather(*(publish_shipped(database, types, NOW) for _ in range(2)))
    async with database.read() as tx:
        made = await campaigns.all_of_them(tx)
        assert {each.id for each in made} == set(shipped.names())
        assert {(each.state, each.revision) for each in made} == {("on", 1)}
        for each in made:
            assert await flows.read_version(tx, read(each.document).flow_id) is not None


async def test_an_installation_that_has_flows_gets_no_campaigns(database: Database) -> None:
    async with database.begin() as tx:
        await flows.save_draft(tx, "own", "Own", "{}", by="Dana", now=NOW, revision=0)
    await publish_shipped(database, discover(), NOW)
    async with database.read() as tx:
        assert not await campaigns.all_of_them(tx)


async def test_a_form_comes_by_the_campaign_of_the_flow_it_names(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        sent = [await house.send_form(id="f1"), await house.send_form(id="f2", flow="solar_v1", phone="4155552672")]
        async with house.services.database.read() as tx:
            taken = [await leads.read(tx, each.json()["lead_id"]) for each in sent]
        assert [each and each.campaign_id for each in taken] == ["home_services", "solar"]
