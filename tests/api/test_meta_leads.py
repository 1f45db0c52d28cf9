"""Leads of Meta: believed, stored before the answer, fetched at once, never twice and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.leads.graph_errors import RIGHTS, TOKEN
from engine.observe.metrics import METRICS
from engine.providers.stored import vault_of
from engine.sdk import Connection
from engine.store import connections, consents, lead_fetches, leads
from engine.store.lead_sources import LeadSource
from engine.store.leads import StoredLead
from tests.emulators.faults import Fault
from tests.emulators.meta_graph import FormLead, MetaGraphEmulator, MetaSender, a_lead
from tests.emulators.meta_graph.people import a_test_lead
from tests.emulators.meta_graph.sender import body_of, change
from tests.support.api import Leadline, leadline
from tests.support.lead_source import change as change_source
from tests.support.lead_source import open_source, switch

TEXT = "I agree to be called by an assistant of Harborline."
SETTINGS = {"connection": "meta", "consent_text": TEXT}


@pytest.fixture
async def graph() -> AsyncIterator[MetaGraphEmulator]:
    async with MetaGraphEmulator() as emulator:
        yield emulator


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def connect(
    house: Leadline, graph: MetaGraphEmulator, name: str = "meta", *, ago: timedelta = timedelta(), **changes: str
) -> None:
    """`ago`: when it was entered."""
    made = Connection(name, "meta", {**graph.connection(), **changes})
    async with house.services.database.begin() as tx:
        await connections.save(tx, vault_of(house.settings), made, datetime.now(UTC) - ago)


@pytest.fixture
async def source(house: Leadline, graph: MetaGraphEmulator) -> LeadSource:
    """Of a campaign that is paused: nobody is to be called by these tests."""
    await connect(house, graph, ago=timedelta(hours=1))
    return await open_source(house, "meta", SETTINGS, calling=False)


@pytest.fixture
def meta(house: Leadline, graph: MetaGraphEmulator, source: LeadSource) -> MetaSender:
    return MetaSender(f"{house.settings.public_url}/in/{source.id}", graph.app_secret, graph.verify_token)


async def stored(house: Leadline) -> list[StoredLead]:
    async with house.services.database.read() as tx:
        return [each for each in await leads.recent(tx, 500) if each.source == "meta"]


async def settled(house: Leadline, count: int = 1, within_s: float = 20.0) -> Sequence[StoredLead]:
    """All leads, once so many are here and none of them is arriving any more."""
    async with asyncio.timeout(within_s):
        while True:
            found = await stored(house)
            if len(found) >= count and all(each.state != "arriving" for each in found):
                return found
            await asyncio.sleep(0.02)


async def parked(house: Leadline, source: LeadSource, within_s: float = 20.0) -> dict[str, Any]:
    async with asyncio.timeout(within_s):
        while True:
            found: dict[str, Any] = (await house.client.get(f"/lead-sources/{source.id}/meta")).json()
            if found["parked"]:
                return found
            await asyncio.sleep(0.02)


async def struck(graph: MetaGraphEmulator) -> None:
    """A fault was played."""
    async with asyncio.timeout(20):
        while True:
            if graph.faults.hits:
                return
            await asyncio.sleep(0.02)


def asked_for(graph: MetaGraphEmulator, lead: FormLead) -> int:
    return sum(each.endswith(f"/{lead.id}") for each in graph.served)


async def test_the_challenge_is_answered_bare(house: Leadline, meta: MetaSender) -> None:
    answer = await meta.handshake("1158201444")
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_who_does_not_know_the_verify_token_is_refused(house: Leadline, meta: MetaSender) -> None:
    assert (await meta.handshake(token="another")).status_code == 403
    assert (await house.stranger.get(meta.url)).status_code == 403
    wrong = {"hub.mode": "unsubscribe", "hub.challenge": "1", "hub.verify_token": meta.verify_token}
    assert (await house.stranger.get(meta.url, params=wrong)).status_code == 403


async def test_a_lead_is_fetched_with_its_consent_right_after_the_webhook(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    graph.add(a_lead())
    answer = await meta.send(a_lead())
    assert (answer.status_code, answer.json()["leads"]) == (200, 1)
    (lead,) = await settled(house)
    assert (lead.first_name, lead.phone, lead.state) == ("Zoë", "+14155552671", "waiting")
    assert (lead.source_id, lead.campaign_id, lead.external_id) == (source.id, source.campaign_id, a_lead().id)
    assert lead.form["what_is_your_budget?"] == "5k-10k"
    assert lead.next_call_at is not None
    async with house.services.database.read() as tx:
        (consent,) = await consents.of_lead(tx, lead.id)
    assert (consent.evidence.level, consent.evidence.text, consent.evidence.ticked) == ("written", TEXT, True)
    assert asked_for(graph, a_lead()) == 1


async def test_a_lead_of_meta_is_called(house: Leadline, graph: MetaGraphEmulator) -> None:
    await connect(house, graph)
    text = "I agree to receive calls from Harborline, also with an artificial voice of an AI assistant."
    source = await open_source(house, "meta", {"connection": "meta", "consent_text": text})
    meta = MetaSender(f"{house.settings.public_url}/in/{source.id}", graph.app_secret, graph.verify_token)
    now = datetime.now(UTC)
    lead = a_lead(created=now)
    graph.add(lead)
    await meta.send(lead)
    async with asyncio.timeout(20):
        while True:
            if calls := (await house.client.get("/calls")).json()["calls"]:
                break
            await asyncio.sleep(0.05)
    assert calls[0]["to_number"] == "+14155552671"


async def test_a_forged_post_is_refused_and_counted_and_nothing_is_stored(
    house: Leadline, meta: MetaSender, source: LeadSource
) -> None:
    before = METRICS.count("leads_refused_forged")
    body = body_of(change(a_lead()))
    for signature in ("sha256=" + "0" * 64, "nonsense", "sha256=" + meta.signature(b"other")[7:]):
        assert (await meta.post(body, signature)).status_code == 401
    assert (await house.stranger.post(meta.url, content=body)).status_code == 401
    assert METRICS.count("leads_refused_forged") == before + 4
    assert await stored(house) == []


async def test_a_secret_is_changed_without_losing_a_lead(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender
) -> None:
    await connect(house, graph, app_secret="the-new-secret-0123", app_secret_before=graph.app_secret)
    graph.add(a_lead(), a_lead(1))
    assert (await meta.send(a_lead())).status_code == 200
    meta.secret = "the-new-secret-0123"
    assert (await meta.send(a_lead(1))).status_code == 200
    assert len(await settled(house, 2)) == 2


async def test_a_lead_posted_again_and_again_is_one_lead_fetched_once(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender
) -> None:
    graph.add(a_lead())
    for numbers in (False, True, False):
        assert (await meta.send(a_lead(), numbers=numbers)).status_code == 200
    await settled(house)
    assert (await meta.send(a_lead())).status_code == 200
    assert len(await settled(house)) == 1
    assert asked_for(graph, a_lead()) == 1


async def test_three_changes_in_one_post_are_three_leads(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender
) -> None:
    three = [a_lead(number) for number in range(3)]
    graph.add(*three)
    answer = await meta.send(*three, entries=True)
    assert answer.json() == {"leads": 3, "unreadable": 0}
    assert {each.external_id for each in await settled(house, 3)} == {each.id for each in three}


async def test_a_burst_of_a_hundred_out_of_order_loses_nobody_and_doubles_nobody(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender
) -> None:
    hundred = [a_lead(number) for number in range(100)]
    graph.add(*hundred)
    answers = await meta.burst([*hundred, *hundred[:20]], seed=7)
    assert {each.status_code for each in answers} == {200}
    found = await settled(house, 100, within_s=60)
    assert {each.external_id for each in found} == {each.id for each in hundred}
    assert len(found) == 100
    assert all(each.phone for each in found)
    assert sum(asked_for(graph, each) for each in hundred) == 100


async def test_a_test_lead_and_one_without_a_phone_are_kept_and_never_called(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender
) -> None:
    graph.add(a_test_lead(), a_lead(answers={"phone_number": ""}))
    await meta.send(a_test_lead())
    await meta.send(a_lead())
    by_test = {each.test: each for each in await settled(house, 2)}
    assert {each.state for each in by_test.values()} == {"unusable"}
    assert "test lead" in by_test[True].reason
    assert "phone number is missing" in by_test[False].reason
    assert all(each.next_call_at is None for each in by_test.values())


async def test_what_is_signed_and_unreadable_is_answered_and_counted(house: Leadline, meta: MetaSender) -> None:
    before = METRICS.count("leads_refused_unreadable")
    answer = await meta.post(body_of({"field": "leadgen", "value": {"leadgen_id": "x"}}))
    assert (answer.status_code, answer.json()) == (200, {"leads": 0, "unreadable": 1})
    assert (await meta.post(b"no json")).status_code == 200
    assert METRICS.count("leads_refused_unreadable") == before + 2
    assert await stored(house) == []


async def test_a_lead_that_is_not_readable_yet_is_asked_for_again_within_seconds(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender
) -> None:
    graph.add(a_lead(), refusals=["not_readable"])
    await meta.send(a_lead())
    (lead,) = await settled(house)
    assert lead.phone == "+14155552671"
    assert asked_for(graph, a_lead()) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("refuse", error="transient", times=1), Fault("cut", times=1), Fault("corrupt", times=1),
        Fault("refuse", error="unknown", times=1),
    ],
    ids=lambda fault: f"{fault.kind} {fault.error}",
)  # fmt: skip
async def test_a_trouble_that_passes_costs_a_pause_and_no_lead(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, fault: Fault
) -> None:
    graph.add(a_lead())
    graph.faults.set(fault)
    await meta.send(a_lead())
    (lead,) = await settled(house)
    assert lead.state == "waiting"
    assert graph.faults.hits == 1


async def test_a_rate_is_waited_for_and_no_other_lead_asks_meanwhile(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    graph.add(a_lead(), a_lead(1))
    graph.faults.set(Fault("rate_limit", times=1))
    await meta.send(a_lead())
    await struck(graph)
    await meta.send(a_lead(1))
    fetch = house.services.meta.fetch
    assert await fetch.sweep(datetime.now(UTC)) == 0
    asked = len(graph.served)
    assert {each.state for each in await stored(house)} == {"arriving"}
    told = (await house.client.get(f"/lead-sources/{source.id}/meta")).json()
    assert (told["waiting"], told["parked"]) == (2, 0)
    assert len(graph.served) == asked
    await fetch.sweep(datetime.now(UTC) + timedelta(seconds=61))
    assert {each.state for each in await settled(house, 2)} == {"waiting"}


async def test_a_token_that_meta_refuses_is_told_at_the_source_and_the_lead_resumes_when_it_is_renewed(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    graph.add(a_lead())
    await connect(house, graph, page_token="an-old-token")
    house.services.meta.accounts.forget()
    await meta.send(a_lead())
    told = await parked(house, source)
    assert told["problems"] == [{"sentence": TOKEN, "leads": 1}]
    (lead,) = await stored(house)
    assert (lead.state, lead.reason) == ("arriving", TOKEN)
    await connect(house, graph)
    fetch = house.services.meta.fetch
    assert await fetch.resume_mended(datetime.now(UTC)) == 1
    fetch.wake()
    (lead,) = await settled(house)
    assert (lead.state, lead.reason) == ("waiting", "")
    assert (await house.client.get(f"/lead-sources/{source.id}/meta")).json()["problems"] == []


async def test_fetch_again_tries_what_was_parked(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    graph.add(a_lead(), refusals=["permission"] * 3)
    await meta.send(a_lead())
    assert (await parked(house, source))["problems"][0]["sentence"] == RIGHTS
    assert await house.services.meta.fetch.resume_mended(datetime.now(UTC)) == 0  # nothing was changed
    answer = await house.client.post(f"/lead-sources/{source.id}/meta/fetch-again")
    assert answer.json() == {"leads": 1}
    (lead,) = await settled(house)
    assert lead.state == "waiting"


async def test_a_lead_of_a_page_without_a_connection_waits_for_one(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    other = a_lead(page_id="777")
    graph.add(other)
    await meta.send(other)
    assert "777" in (await parked(house, source))["problems"][0]["sentence"]
    await connect(house, graph, "other_page", page_id="777")
    await change_source(house, source, settings={**SETTINGS, "more_pages": ["other_page"]})
    await house.client.post(f"/lead-sources/{source.id}/meta/fetch-again")
    (lead,) = await settled(house)
    assert lead.phone


async def test_a_token_without_the_right_to_advertisements_still_reads_the_answers(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender
) -> None:
    graph.ads_management = False
    graph.add(a_lead(), a_lead(1))
    await meta.send(a_lead())
    (lead,) = await settled(house)
    assert "meta_ad_name" not in lead.form
    assert lead.form["meta_form_id"] == "999"
    asked = len(graph.served)
    await meta.send(a_lead(1))
    await settled(house, 2)
    assert len(graph.served) == asked + 1  # it is not tried in vain each time


async def test_what_a_source_has_taken_is_fetched_also_after_it_was_switched_off(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    graph.add(a_lead(), refusals=["not_readable"])
    await meta.send(a_lead())
    await switch(house, source, "off")
    assert (await meta.send(a_lead(1))).status_code == 404
    (lead,) = await settled(house)
    assert lead.state == "waiting"


async def test_while_the_connection_is_missing_meta_is_told_to_send_again(
    house: Leadline, graph: MetaGraphEmulator
) -> None:
    source = await open_source(house, "meta", SETTINGS, calling=False)
    meta = MetaSender(f"{house.settings.public_url}/in/{source.id}", graph.app_secret, graph.verify_token)
    answer = await meta.send(a_lead())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert await stored(house) == []


async def test_a_process_that_died_while_fetching_leaves_the_lead_to_the_next_one(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    """As after kill -9 between the claim and the answer: the lease of the dead process runs out."""
    graph.add(a_lead())
    now = datetime.now(UTC)
    graph.faults.set(Fault("refuse", error="not_readable", times=1))
    await meta.send(a_lead())
    await struck(graph)
    async with house.services.database.begin() as tx:
        claimed = await lead_fetches.claim(tx, "meta", now + timedelta(minutes=1), now + timedelta(minutes=2), 5)
    assert [each.external_id for each in claimed] == [a_lead().id]
    fetch = house.services.meta.fetch
    assert await fetch.sweep(now + timedelta(seconds=110)) == 0  # it is the other one's
    assert await fetch.sweep(now + timedelta(seconds=121)) == 1
    (lead,) = await settled(house)
    assert lead.state == "waiting"


async def test_two_that_fetch_the_same_lead_make_one_lead_of_it(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    """A process that was frozen wakes up and completes what another one has completed."""
    graph.add(a_lead())
    await meta.send(a_lead())
    (lead,) = await settled(house)
    settings, arrival = await house.services.meta.source(source.id)
    await house.services.meta.fetch.complete(lead.id, a_lead().document(), settings, arrival)
    assert len(await stored(house)) == 1
    async with house.services.database.read() as tx:
        assert len(await consents.of_lead(tx, lead.id)) == 1


async def test_a_backfill_brings_in_what_was_missed_and_nobody_twice(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    now = datetime.now(UTC)
    graph.page_size = 2
    graph.add(*(a_lead(number, created=now - timedelta(hours=number + 1)) for number in range(5)))
    graph.add(a_lead(9, created=now - timedelta(days=20)))
    await meta.send(a_lead(0, created=now - timedelta(hours=1)))
    await settled(house)
    path = f"/lead-sources/{source.id}/meta/backfill"
    first = await house.client.post(path, json={"days": 7, "form_ids": ["999"]})
    assert first.json() == {"found": 5, "new": 4}, first.text
    assert (await house.client.post(path, json={"days": 7, "form_ids": ["999"]})).json() == {"found": 5, "new": 0}
    assert len(await settled(house, 5)) == 5


async def test_a_backfill_completes_leads_that_could_not_be_fetched(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource
) -> None:
    lead = a_lead(created=datetime.now(UTC) - timedelta(hours=1))
    graph.add(lead, refusals=["permission"] * 3)
    await meta.send(lead)
    await parked(house, source)
    answer = await house.client.post(f"/lead-sources/{source.id}/meta/backfill", json={"form_ids": ["999"]})
    assert answer.json() == {"found": 1, "new": 0}
    assert [each.state for each in await settled(house)] == ["waiting"]


async def test_a_backfill_that_cannot_be_says_why(
    house: Leadline, graph: MetaGraphEmulator, source: LeadSource
) -> None:
    path = f"/lead-sources/{source.id}/meta/backfill"
    assert "Name the forms" in (await house.client.post(path, json={})).json()["detail"]
    assert (await house.client.post(path, json={"form_ids": ["../me"]})).status_code == 422
    graph.faults.set(Fault("rate_limit"))
    busy = await house.client.post(path, json={"form_ids": ["999"]})
    assert (busy.status_code, "999" in busy.json()["detail"]) == (503, True)
    form = await open_source(house, "website", {})
    assert (await house.client.post(f"/lead-sources/{form.id}/meta/backfill", json={})).status_code == 422
    assert (await house.stranger.post(path, json={})).status_code == 401


async def test_the_page_is_subscribed_from_here(house: Leadline, graph: MetaGraphEmulator, source: LeadSource) -> None:
    path = f"/lead-sources/{source.id}/meta/subscription"
    assert (await house.client.get(path)).json() == [
        {"connection": "meta", "page_id": graph.page_id, "subscribed": False, "problem": ""}
    ]
    assert (await house.client.post(path)).json()[0]["subscribed"] is True
    assert graph.subscribed
    graph.faults.set(Fault("refuse", error="token"))
    assert "refuses the page token" in (await house.client.get(path)).json()[0]["problem"]
    assert (await house.client.post(path)).status_code == 422


async def test_a_connection_is_tested_in_plain_words(house: Leadline, graph: MetaGraphEmulator) -> None:
    await connect(house, graph)
    good = (await house.client.post("/connections/meta/test")).json()
    assert good["ok"] is True
    assert "Harborline" in good["findings"][0]["sentence"]
    await connect(house, graph, page_token="wrong")
    assert (
        "refuses the page token"
        in (await house.client.post("/connections/meta/test")).json()["findings"][0]["sentence"]
    )
    await connect(house, graph, page_id="42")
    assert "another page" in (await house.client.post("/connections/meta/test")).json()["findings"][0]["sentence"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"endpoint": "https://evil.example"}, "on this machine"), ({"page_id": "my page"}, "number"),
        ({"version": "26"}, "v26.0"), ({"page_token": "with space"}, "page token"), ({"app_secret": ""}, "secret"),
    ],
)  # fmt: skip
async def test_a_connection_that_cannot_be_is_refused_in_words(
    house: Leadline, graph: MetaGraphEmulator, changes: dict[str, str], words: str
) -> None:
    body = {"kind": "meta", "settings": {**graph.connection(), **changes}}
    answer = await house.client.put("/connections/meta", json=body)
    assert (answer.status_code, words in answer.json()["detail"].lower() or words in answer.json()["detail"]) == (
        422,
        True,
    )
    assert graph.token not in answer.text


async def test_no_secret_and_no_person_is_ever_logged(
    house: Leadline, graph: MetaGraphEmulator, meta: MetaSender, source: LeadSource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    graph.add(a_lead(), refusals=["transient"])
    await meta.send(a_lead())
    await meta.post(b"x", "sha256=forged")
    await settled(house)
    text = caplog.text
    for secret in (graph.token, graph.app_secret, graph.verify_token, "Zoë", "+14155552671", "zoe0@example.org"):
        assert secret not in text
