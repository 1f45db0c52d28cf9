"""A website's form at its source's address: from scripts, from browsers without script, from servers that sign; and
what is refused there."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from engine.leads.sources.connection_kinds import SECRET
from engine.store import consents, leads, source_refusals
from engine.store.lead_sources import LeadSource
from tests.support.api import FORM, Leadline, leadline
from tests.support.lead_source import open_source, switch

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Content-Type": "application/x-www-form-urlencoded"}
PLAIN = "name=Dana+Reyes&phone=%28415%29+555-2671&consent=on&consent_text=I+agree+to+be+called.&service=Roof"
WORDS = "I agree that Harborline may call me, also with an artificial voice."


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def refusals(house: Leadline, source: LeadSource) -> dict[str, int]:
    await house.services.refusals.write_down()
    async with house.services.database.read() as tx:
        return {each.why: each.times for each in (await source_refusals.of_sources(tx)).get(source.id, ())}


async def count(house: Leadline) -> int:
    return len((await house.client.get("/leads")).json()["leads"])


async def test_a_script_gets_json_and_may_read_it_from_any_page(house: Leadline) -> None:
    source = await open_source(house, "website", {"thank_you_url": "https://example.com/thanks"})
    origin = {"Origin": "https://example.com"}
    asked = await house.stranger.options(
        f"/in/{source.id}",
        headers={**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"},
    )
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
    assert "content-type" in asked.headers["access-control-allow-headers"].lower()
    first = await house.stranger.post(f"/in/{source.id}", json=FORM, headers=origin)
    again = await house.stranger.post(f"/in/{source.id}", json=FORM, headers=origin)
    wrong = await house.stranger.post(f"/in/{source.id}", json={**FORM, "phone": "12", "id": "2"}, headers=origin)
    assert (first.status_code, again.status_code, wrong.status_code) == (201, 200, 422)
    assert first.json()["lead_id"] == again.json()["lead_id"]
    assert first.json()["thank_you_url"] == "https://example.com/thanks"
    assert [each["field"] for each in wrong.json()["problems"]] == ["phone"]
    assert wrong.headers["content-type"] == "application/problem+json"
    assert {each.headers["access-control-allow-origin"] for each in (first, again, wrong)} == {"*"}


async def test_a_form_without_script_gets_a_page_that_says_what_happens_next(house: Leadline) -> None:
    source = await open_source(house, "website", {})
    headers = {**BROWSER, "Referer": 'https://example.com/quote?a=1&b="2"'}
    taken = await house.stranger.post(f"/in/{source.id}", content=PLAIN, headers=headers)
    assert (taken.status_code, taken.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Harborline" in taken.text and "will call you" in taken.text
    assert 'href="https://example.com/quote?a=1&amp;b=&quot;2&quot;"' in taken.text
    assert "default-src 'none'" in taken.headers["content-security-policy"]
    wrong = await house.stranger.post(f"/in/{source.id}", content="name=Dana&phone=12", headers=BROWSER)
    assert wrong.status_code == 422
    assert "Tick the box" in wrong.text and "digits" in wrong.text and "back button" in wrong.text
    broken = await house.stranger.post(f"/in/{source.id}", content=b"name=%ff", headers=BROWSER)
    assert (broken.status_code, broken.headers["content-type"]) == (400, "text/html; charset=utf-8")


async def test_a_form_without_script_is_sent_on_to_the_thank_you_page(house: Leadline) -> None:
    source = await open_source(house, "website", {"thank_you_url": "https://example.com/thanks"})
    first = await house.stranger.post(f"/in/{source.id}", content=PLAIN, headers=BROWSER)
    second = await house.stranger.post(f"/in/{source.id}", content=PLAIN, headers=BROWSER)
    assert [each.status_code for each in (first, second)] == [303, 303]
    assert first.headers["location"] == "https://example.com/thanks"
    assert await count(house) == 1, "a double click without script is one lead"


async def test_the_evidence_holds_the_sources_words_and_who_sent_it(house: Leadline) -> None:
    source = await open_source(house, "website", {"consent_text": WORDS, "consent_version": "2026-11"})
    form = {**FORM, "consent": {"call": True}}
    del form["page_url"]
    headers = {"Origin": "https://example.com", "User-Agent": "Firefox", "Referer": "https://example.com/quote"}
    taken = await house.stranger.post(f"/in/{source.id}", json=form, headers=headers)
    async with house.services.database.read() as tx:
        (kept,) = await consents.of_lead(tx, taken.json()["lead_id"])
    evidence = kept.evidence
    assert (evidence.level, evidence.text, evidence.text_version) == ("written", WORDS, "2026-11")
    assert (evidence.ip, evidence.user_agent) == ("127.0.0.1", "Firefox")
    assert (evidence.form_url, evidence.seller) == ("https://example.com/quote", "Harborline Home Services LLC")


async def test_behind_our_own_proxy_the_visitors_address_is_kept(tmp_path: Path) -> None:
    async with leadline(tmp_path, trusted_proxies=1) as house:
        source = await open_source(house, "website", {})
        headers = {"Origin": "https://example.com", "X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
        taken = await house.stranger.post(f"/in/{source.id}", json=FORM, headers=headers)
        async with house.services.database.read() as tx:
            (kept,) = await consents.of_lead(tx, taken.json()["lead_id"])
    assert kept.evidence.ip == "203.0.113.9"


async def test_other_websites_are_refused_and_counted_and_nothing_is_stored(house: Leadline) -> None:
    source = await open_source(house, "website", {"allowed_origins": ["https://*.example.com"]})
    for origin in ("https://evil.example", "https://example.com.evil.example", "null"):
        refused = await house.stranger.post(f"/in/{source.id}", json=FORM, headers={"Origin": origin})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (403, "*")
    assert await count(house) == 0
    good = await house.stranger.post(f"/in/{source.id}", json=FORM, headers={"Origin": "https://www.example.com"})
    own = await house.stranger.post(f"/in/{source.id}", json=FORM, headers={"Origin": house.settings.public_url})
    assert (good.status_code, own.status_code) == (201, 200)
    assert await refusals(house, source) == {"other_website": 3}


async def test_a_robot_is_thanked_kept_aside_and_never_called(house: Leadline) -> None:
    source = await open_source(house, "website", {})
    taken = await house.stranger.post(f"/in/{source.id}", json={**FORM, "company_fax": "buy now"})
    assert taken.status_code == 201
    async with house.services.database.read() as tx:
        lead = await leads.read(tx, taken.json()["lead_id"])
    assert lead is not None and (lead.state, lead.next_call_at) == ("unusable", None)
    assert "robot" in lead.reason
    person = await house.stranger.post(f"/in/{source.id}", json={**FORM, "company_fax": ""})
    async with house.services.database.read() as tx:
        called = await leads.read(tx, person.json()["lead_id"])
    assert called is not None and called.state != "unusable", "the person who has the same form is called"
    assert await refusals(house, source) == {"robot": 1}


async def test_who_sends_too_often_is_told_when_to_send_again(house: Leadline) -> None:
    source = await open_source(house, "website", {"per_ip_per_minute": 2})
    answers = [await house.stranger.post(f"/in/{source.id}", json=FORM) for _ in range(3)]
    assert [each.status_code for each in answers] == [201, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 31
    page = await house.stranger.post(f"/in/{source.id}", content=PLAIN, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (429, "text/html; charset=utf-8")
    other = await open_source(house, "website", {"per_minute": 1, "per_ip_per_minute": 0})
    assert [(await house.stranger.post(f"/in/{other.id}", json=FORM)).status_code for _ in range(2)][1] == 429
    assert await refusals(house, source) == {"too_often": 2}


async def test_only_what_is_signed_by_one_of_two_secrets_is_taken_where_signatures_are_asked_for(
    house: Leadline,
) -> None:
    old, new = (f"whsec_{base64.b64encode(os.urandom(24)).decode()}" for _ in range(2))
    connection = {"kind": SECRET, "settings": {"secret": old, "second_secret": new}}
    assert (await house.client.put("/connections/site", json=connection)).status_code == 200
    source = await open_source(house, "website", {"signature_connection": "site", "per_ip_per_minute": 1})
    body = httpx.Request("POST", "http://x", json={**FORM, "name": "Zoë Müller"}).content

    def headers(secret: str, at: datetime, id: str = "msg_1") -> dict[str, str]:
        stamp = str(int(at.timestamp()))
        return {
            "Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": stamp,
            "webhook-signature": Webhook(secret).sign(id, at, body.decode()),
        }  # fmt: skip

    now = datetime.now(UTC)
    stranger = f"whsec_{base64.b64encode(os.urandom(24)).decode()}"
    for why in (
        headers(stranger, now),
        headers(old, now - timedelta(seconds=310)),
        {**headers(old, now), "webhook-signature": "v1,&&&"},
        {**headers(old, now), "webhook-timestamp": "yesterday"},
        {"Content-Type": "application/json"},
    ):
        refused = await house.stranger.post(f"/in/{source.id}", content=body, headers=why)
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    assert await count(house) == 0
    taken = await house.stranger.post(f"/in/{source.id}", content=body, headers=headers(old, now))
    again = await house.stranger.post(f"/in/{source.id}", content=body, headers=headers(new, now))
    assert (taken.status_code, again.status_code) == (201, 200), "who signs is not slowed down"
    assert await refusals(house, source) == {"forged": 4, "stale": 1}


async def test_a_source_whose_connection_is_gone_takes_nothing_and_asks_to_send_again(house: Leadline) -> None:
    source = await open_source(house, "website", {"signature_connection": "gone"})
    answer = await house.stranger.post(f"/in/{source.id}", json=FORM)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "gone" not in answer.text, "the names of connections are nobody's business outside"
    assert await count(house) == 0


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b"[1, 2]", 400),
        ("application/json; charset=utf-8", '{"name": "Zoë"'.encode("latin-1") + b"}", 400),
        ("application/json", b"[" * 100_000, 400),
        ("text/plain", b"phone=1", 415),
        ("", b"", 415),
        ("application/x-www-form-urlencoded", b"name=%ff%fe", 400),
        ("multipart/form-data", b"nothing", 400),
    ],
)
async def test_what_is_no_form_is_refused_in_plain_words(
    house: Leadline, content_type: str, body: bytes, status: int
) -> None:
    source = await open_source(house, "website", {})
    headers = {"Content-Type": content_type} if content_type else {}
    refused = await house.stranger.post(f"/in/{source.id}", content=body, headers=headers)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert await count(house) == 0
    assert await refusals(house, source) == {"unreadable": 1}


async def test_halves_of_characters_and_nul_do_not_break_the_database(house: Leadline) -> None:
    source = await open_source(house, "website", {})
    body = (
        '{"id": "a\\u0000b", "name": "D\\ud83dana \\ud83d\\ude00", "phone": "415-555-2671", "consent": true,'
        ' "q\\ud800": "\\udc00x", "answers": {"\\u0000": "y"}}'
    )
    taken = await house.stranger.post(
        f"/in/{source.id}", content=body.encode(), headers={"Content-Type": "application/json"}
    )
    assert taken.status_code == 201, taken.text


async def test_a_hundred_forms_at_once_are_a_hundred_leads(house: Leadline) -> None:
    source = await open_source(house, "website", {"per_ip_per_minute": 0})
    answers = await asyncio.gather(
        *(
            house.stranger.post(
                f"/in/{source.id}", json={**FORM, "id": f"b{n % 95}", "phone": f"415-555-{3000 + n % 95}"}
            )
            for n in range(100)
        )
    )
    assert sorted(each.status_code for each in answers) == [200] * 5 + [201] * 95
    assert len({each.json()["lead_id"] for each in answers}) == 95


async def test_the_sample_page_is_there_while_its_source_is_on_and_says_the_sources_own_words(house: Leadline) -> None:
    settings = {"consent_text": "Call me, <also> with an artificial voice.", "fields": {"phone": "your-tel"}}
    source = await open_source(house, "website", settings)
    page = await house.stranger.get(f"/sample-form/{source.id}")
    assert (page.status_code, page.headers["x-robots-tag"]) == (200, "noindex")
    assert "Call me, &lt;also&gt; with an artificial voice." in page.text and "<also>" not in page.text
    assert 'name="your-tel" data-leadline-field="phone"' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    bare = await open_source(house, "website", {"consent_by": "sending", "honeypot": ""})
    text = (await house.stranger.get(f"/sample-form/{bare.id}")).text
    assert "checkbox" not in text and "artificial (AI) voice" in text and "company_fax" not in text
    await switch(house, source, "off")
    other = await open_source(house, "json", {})
    for id_ in (source.id, other.id, "src_000000000000000000000000", "x"):
        assert (await house.stranger.get(f"/sample-form/{id_}")).status_code == 404
    script = await house.stranger.get("/leadline-form.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "data-leadline" in script.text


async def test_a_connection_tells_which_lead_sources_use_it(house: Leadline) -> None:
    await house.client.put("/connections/site", json={"kind": SECRET, "settings": {"secret": "a-secret-of-the-site"}})
    await open_source(house, "website", {"signature_connection": "site"})
    shown = (await house.client.get("/connections/site")).json()
    assert shown["used_by"] == [{"flow_id": "", "flow": "", "card": "", "source": "A website"}]
