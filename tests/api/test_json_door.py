"""What connectors and form builders send to their source's address, and the mapping made for it over the API."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.leads.sources.connection_kinds import SECRET
from engine.store import leads, source_refusals
from engine.store.lead_sources import LeadSource
from engine.store.leads import StoredLead
from tests.emulators.lead_senders.services import EXAMPLES, TIKTOK, Example
from tests.support.api import Leadline, leadline
from tests.support.lead_source import open_source

MAPPING = {"phone": "phone", "name": "name", "consent": "ok", "id": "id"}
WORDS = "I agree that Harborline may call me, also with an artificial voice."
LEAD = {"id": 7, "phone": "+14155552671", "name": "Zoë Miller", "ok": True}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def kept(house: Leadline) -> list[StoredLead]:
    async with house.services.database.read() as tx:
        return list(await leads.recent(tx, 500))


async def refusals(house: Leadline, source: LeadSource) -> dict[str, int]:
    await house.services.refusals.write_down()
    async with house.services.database.read() as tx:
        return {each.why: each.times for each in (await source_refusals.of_sources(tx)).get(source.id, ())}


async def test_a_lead_its_repetition_and_one_that_cannot_be_called(house: Leadline) -> None:
    source = await open_source(house, "json", {"mapping": MAPPING, "consent_text": WORDS})
    first = await house.stranger.post(f"/in/{source.id}", json=LEAD)
    again = await house.stranger.post(f"/in/{source.id}", json=LEAD)
    wrong = await house.stranger.post(f"/in/{source.id}", json={**LEAD, "id": 8, "phone": "12"})
    strange = await house.stranger.post(f"/in/{source.id}", json={"tel": "+14155552672"})
    assert [each.status_code for each in (first, again, wrong, strange)] == [201, 200, 200, 200]
    assert first.json()["lead_id"] == again.json()["lead_id"]
    assert (first.json()["new"], again.json()["new"], first.json()["state"]) == (True, False, "waiting")
    assert wrong.json()["state"] == strange.json()["state"] == "unusable"
    assert strange.json()["reason"].endswith(".")
    assert "phone" in [each["field"] for each in strange.json()["problems"]]
    unmapped = next(each for each in await kept(house) if each.id == strange.json()["lead_id"])
    assert unmapped.form == {"tel": "+14155552672"}
    assert await refusals(house, source) == {"no_phone": 1}


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.service for each in EXAMPLES])
async def test_what_a_service_sends_is_taken_by_the_mapping_that_was_suggested_for_it(
    house: Leadline, example: Example
) -> None:
    pasted = example.body.decode()
    suggested = (await house.client.post("/lead-sources/mapping/suggest", json={"sample": pasted})).json()
    settings = {
        **{name: suggested[name] for name in ("mapping", "answers", "leads_at")},
        "consent_text": WORDS,
        # Who sends such a form without a box agrees by sending it.
        "consent_by": "checkbox" if example.consent else "sending",
    }
    tried = (await house.client.post("/lead-sources/mapping/try", json={"sample": pasted, "settings": settings})).json()
    assert tried["leads"][0]["phone"] == example.phone
    assert tried["leads"][0]["unusable"] == ""
    assert await kept(house) == [], "trying keeps nothing"
    source = await open_source(house, "json", settings)
    answer = await house.stranger.post(
        f"/in/{source.id}", content=example.body, headers={"Content-Type": example.content_type}
    )
    assert answer.status_code == 201, answer.text
    (lead,) = [each for each in await kept(house) if each.phone == example.phone]
    assert lead.state != "unusable"
    assert example.answers.items() <= lead.form.items()


async def test_several_leads_at_once_are_each_answered(house: Leadline) -> None:
    source = await open_source(house, "json", {"mapping": MAPPING, "leads_at": "leads", "consent_text": WORDS})
    body = {"leads": [LEAD, {**LEAD, "id": 8, "phone": "+14155552672"}, LEAD, {}]}
    answer = await house.stranger.post(f"/in/{source.id}", json=body)
    assert answer.status_code == 201
    ids = [each["lead_id"] for each in answer.json()["leads"]]
    assert (len(ids), len(set(ids)), ids[0]) == (4, 3, ids[2])
    many = await house.stranger.post(f"/in/{source.id}", json={"leads": [LEAD] * 101})
    assert (many.status_code, await refusals(house, source)) == (422, {"no_phone": 1, "too_many": 1})


async def test_a_token_in_a_header_is_asked_for(house: Leadline) -> None:
    body = {"kind": SECRET, "settings": {"secret": "token-of-zapier-1", "second_secret": "token-of-zapier-2"}}
    await house.client.put("/connections/zap", json=body)
    settings = {"mapping": MAPPING, "token_connection": "zap", "token_header": "X-Api-Key", "consent_text": WORDS}
    source = await open_source(house, "json", settings)  # type: ignore[arg-type]
    for given in ({}, {"X-Api-Key": "token-of-zapier-3"}, {"Authorization": "Bearer token-of-zapier-1"}):
        assert (await house.stranger.post(f"/in/{source.id}", json=LEAD, headers=given)).status_code == 401
    assert await kept(house) == []
    for token in ("token-of-zapier-1", "Bearer token-of-zapier-2"):
        answer = await house.stranger.post(f"/in/{source.id}", json=LEAD, headers={"X-Api-Key": token})
        assert answer.status_code in (200, 201)
    assert await refusals(house, source) == {"wrong_token": 3}


async def test_a_service_with_a_signature_of_its_own_is_believed_by_its_description(house: Leadline) -> None:
    await house.client.put("/connections/tiktok", json={"kind": SECRET, "settings": {"secret": "app-secret-1"}})
    suggested = (await house.client.post("/lead-sources/mapping/suggest", json={"sample": TIKTOK})).json()
    settings = {
        **{name: suggested[name] for name in ("mapping", "answers", "leads_at")}, "consent_text": WORDS,
        "signature_connection": "tiktok", "signature": {"header": "X-Signature", "prefix": "sha256="},
    }  # fmt: skip
    source = await open_source(house, "json", settings)
    body = json.dumps(TIKTOK).encode()
    right = "sha256=" + hmac.digest(b"app-secret-1", body, hashlib.sha256).hex()
    for signature in ("", "sha256=", right[:-1], right.upper(), "sha256=zz"):
        refused = await house.stranger.post(f"/in/{source.id}", content=body, headers={"X-Signature": signature})
        assert refused.status_code == 401
    assert await kept(house) == []
    answer = await house.stranger.post(f"/in/{source.id}", content=body, headers={"X-Signature": right})
    assert answer.status_code == 201
    (lead,) = await kept(house)
    assert (lead.phone, lead.first_name) == ("+14155552671", "Zoë")
    assert await refusals(house, source) == {"forged": 5}


async def test_what_is_not_json_is_refused(house: Leadline) -> None:
    source = await open_source(house, "json", {"mapping": MAPPING})
    for body in (b"", b"{", b"phone=1", b"\xff"):
        refused = await house.stranger.post(f"/in/{source.id}", content=body)
        assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert await kept(house) == []


async def test_an_example_that_cannot_be_read_and_settings_that_cannot_be_used_are_told(house: Leadline) -> None:
    broken = await house.client.post("/lead-sources/mapping/suggest", json={"sample": '{"phone": '})
    assert (broken.status_code, "cannot be read" in broken.json()["detail"]) == (422, True)
    strange = {"sample": {}, "settings": {"mapping": {"shoe": "x"}}}
    refused = await house.client.post("/lead-sources/mapping/try", json=strange)
    assert (refused.status_code, "shoe" in refused.json()["detail"]) == (422, True)
    unclear = {"sample": {"a": 1}, "settings": {"mapping": {"phone": "a..b"}}}
    tried = (await house.client.post("/lead-sources/mapping/try", json=unclear)).json()
    assert tried["leads"][0]["unusable"]
    assert (await house.stranger.post("/lead-sources/mapping/suggest", json={"sample": {}})).status_code == 401


async def test_numbers_of_an_example_lose_nothing(house: Leadline) -> None:
    sample = {"phone": 4155552671.0, "lead_id": 9007199254740993, "name": "Zoë"}
    for given in (sample, json.dumps(sample)):
        suggested = (await house.client.post("/lead-sources/mapping/suggest", json={"sample": given})).json()
        assert suggested["mapping"]["phone"] == {"from": ["phone"], "join": None, "constant": "", "yes": []}
        settings = {"mapping": suggested["mapping"]}
        tried = await house.client.post("/lead-sources/mapping/try", json={"sample": given, "settings": settings})
        fields = tried.json()["leads"][0]["fields"]
        assert (fields["phone"]["text"], fields["id"]["text"]) == ("4155552671", "9007199254740993")
