"""The address of a lead source: open while the source is on, and for no other source."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.store import leads
from tests.support.api import FORM, Leadline, leadline
from tests.support.lead_source import open_source, switch


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def test_a_form_sent_to_its_sources_address_is_a_lead_of_its_campaign(house: Leadline) -> None:
    source = await open_source(house, "website", {})
    answer = await house.stranger.post(f"/in/{source.id}", json=FORM)
    assert answer.status_code == 201, answer.text
    async with house.services.database.read() as tx:
        lead = await leads.read(tx, answer.json()["lead_id"])
    assert lead is not None
    assert (lead.source_id, lead.campaign_id, lead.flow_id) == (source.id, source.campaign_id, "home_services_v1")
    assert lead.webhook_at is not None


async def test_a_source_that_is_off_and_one_that_never_was_are_answered_alike(house: Leadline) -> None:
    source = await open_source(house, "website", {})
    await switch(house, source, "off")
    off = await house.stranger.post(f"/in/{source.id}", json=FORM)
    never = await house.stranger.post("/in/src_000000000000000000000000", json=FORM)
    nonsense = await house.stranger.post("/in/nonsense", json=FORM)
    assert off.status_code == never.status_code == 404
    assert off.json() == never.json()
    assert nonsense.status_code == 404
    assert (await house.client.get("/leads")).json()["leads"] == []


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(house: Leadline) -> None:
    source = await open_source(house, "website", {})
    answer = await house.stranger.post(f"/in/{source.id}", content=b"x" * 300_000)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
