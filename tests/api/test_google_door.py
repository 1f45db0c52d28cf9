"""Leads of Google Ads at their source's address, sent as Google sends them."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.leads.sources.connection_kinds import GOOGLE_KEY
from engine.store import leads, source_refusals
from engine.store.lead_sources import LeadSource
from engine.store.leads import StoredLead
from tests.emulators.lead_senders.google_ads import GoogleAds
from tests.support.api import Leadline, leadline
from tests.support.lead_source import open_source

KEY, NEXT = "the-first-key-1234567890", "the-second-key-1234567890"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        body = {"kind": GOOGLE_KEY, "settings": {"secret": KEY, "second_secret": NEXT}}
        assert (await running.client.put("/connections/ads", json=body)).status_code == 200
        yield running


@pytest.fixture
async def source(house: Leadline) -> LeadSource:
    return await open_source(house, "google", {"key_connection": "ads"})


@pytest.fixture
def ads(house: Leadline, source: LeadSource) -> GoogleAds:
    return GoogleAds(house.stranger, f"/in/{source.id}", KEY)


async def kept(house: Leadline) -> list[StoredLead]:
    async with house.services.database.read() as tx:
        return list(await leads.recent(tx, 500))


async def test_a_lead_is_answered_with_an_empty_object_and_kept_with_its_ids(house: Leadline, ads: GoogleAds) -> None:
    sent = ads.lead()
    answer = await ads.send(sent)
    assert (answer.status_code, answer.json()) == (200, {})
    (lead,) = await kept(house)
    assert (lead.source, lead.external_id, lead.state) == ("google", sent["lead_id"], "waiting")
    assert (lead.form["google_campaign_id"], lead.form["google_gcl_id"]) == ("9007199254740993", "gcl-1")
    assert lead.submitted_at == datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)


async def test_googles_test_button_is_acknowledged_shown_and_never_called(house: Leadline, ads: GoogleAds) -> None:
    assert await ads.send_test_data() == ""
    (lead,) = await kept(house)
    assert (lead.test, lead.next_call_at) == (True, None)


async def test_a_wrong_key_is_told_to_the_advertiser_counted_and_nothing_is_kept(
    house: Leadline, source: LeadSource, ads: GoogleAds, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        ads.key = "quite-another-key"
        assert "key" in await ads.send_test_data()
        for key in ("", None, 7, ["x"], KEY.upper(), KEY + " ", "ключ", "\ud800"):
            answer = await ads.send(ads.lead(google_key=key))
            assert (answer.status_code, list(answer.json())) == (401, ["message"])
    assert await kept(house) == []
    assert "another-key" not in caplog.text and KEY not in caplog.text
    await house.services.refusals.write_down()
    async with house.services.database.read() as tx:
        (counted,) = (await source_refusals.of_sources(tx))[source.id]
    assert (counted.why, counted.times) == ("wrong_key", 9)


async def test_while_the_key_is_replaced_both_are_taken(house: Leadline, ads: GoogleAds) -> None:
    await ads.send(ads.lead())
    ads.key = NEXT
    await ads.send(ads.lead())
    assert [each.status_code for each in ads.answers] == [200, 200]
    assert len(await kept(house)) == 2


async def test_what_google_sends_again_is_one_lead(house: Leadline, ads: GoogleAds) -> None:
    lead = ads.lead()
    await asyncio.gather(*(ads.send(lead) for _ in range(5)))
    assert [(each.status_code, each.json()) for each in ads.answers] == [(200, {})] * 5
    assert len(await kept(house)) == 1


async def test_a_burst_of_a_hundred_out_of_order_with_repetitions_loses_none(house: Leadline, ads: GoogleAds) -> None:
    made = [ads.lead() for _ in range(90)]
    burst = [*made, *made[:10]]
    random.Random(6).shuffle(burst)
    await asyncio.gather(*(ads.send(each) for each in burst))
    assert {each.status_code for each in ads.answers} == {200}
    found = await kept(house)
    assert {each.external_id for each in found} == {each["lead_id"] for each in made}
    assert len(found) == 90


async def test_leads_that_cannot_be_called_are_answered_and_kept_with_the_reason(
    house: Leadline, ads: GoogleAds
) -> None:
    for columns in (
        {"FULL_NAME": "No Phone"},
        {"FULL_NAME": "Zoë Müller-Lüdenscheidt", "PHONE_NUMBER": "030 901820"},
        {"FULL_NAME": "渡辺 さくら", "PHONE_NUMBER": "+81 3-1234-5678"},
    ):
        assert (await ads.send(ads.lead(columns))).json() == {}
    japan, german, nobody = await kept(house)
    assert (nobody.state, german.state) == ("unusable", "unusable")
    assert "missing" in nobody.reason and "does not exist" in german.reason
    assert (japan.state, japan.first_name, japan.phone) == ("waiting", "渡辺", "+81312345678")


async def test_what_is_no_lead_is_refused_with_a_message(house: Leadline, source: LeadSource) -> None:
    for body in (b"", b"{", b"[]", b"lead=1", b"\xff\xfe"):
        answer = await house.stranger.post(f"/in/{source.id}", content=body)
        assert answer.status_code == 400
        assert answer.json()["message"].endswith(".")
    huge = await house.stranger.post(f"/in/{source.id}", content=b'{"x":"' + b"x" * 300_000 + b'"}')
    assert huge.status_code == 413
    assert await kept(house) == []


async def test_when_our_settings_are_at_fault_google_is_asked_to_send_again(house: Leadline) -> None:
    for settings in ({"key_connection": "gone"}, {"key_connection": ["x"]}):
        broken = await open_source(house, "google", settings)  # type: ignore[arg-type]
        answer = await house.stranger.post(f"/in/{broken.id}", json={"google_key": KEY})
        assert answer.status_code == 503
    nobody = await open_source(house, "google", {})
    answer = await house.stranger.post(f"/in/{nobody.id}", json={"google_key": ""})
    assert answer.status_code == 401, "without a key of ours none fits"
    assert await kept(house) == []
