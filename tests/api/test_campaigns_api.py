"""Campaigns over the API: made, changed, switched, checked and compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from engine.dialing.placing import NotDialled
from engine.simulate.network import BusyPhone
from engine.store import audit, campaigns, people
from engine.store.people import Role
from tests.support.api import PHONE, Leadline, leadline

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def made(house: Leadline, **changes: Any) -> dict[str, Any]:
    new = {"name": "Website leads", "id": "web", "flow_id": "home_services_v1", **changes}
    answer = await house.client.post("/campaigns", json=new)
    assert answer.status_code == 201, answer.text
    campaign: dict[str, Any] = answer.json()
    return campaign


async def saved(
    client: httpx.AsyncClient, campaign: dict[str, Any], status: int = 200, **changes: Any
) -> dict[str, Any]:
    """`changes`: parts of the document."""
    document = {**campaign["document"], **changes}
    body = {"revision": campaign["revision"], "name": campaign["name"], "document": document}
    answer = await client.put(f"/campaigns/{campaign['id']}", json=body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def switch(client: httpx.AsyncClient, way: str, status: int = 200, id: str = "web", **body: Any) -> Any:
    answer = await client.post(f"/campaigns/{id}/{way}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def logged_in(house: Leadline, role: Role) -> httpx.AsyncClient:
    async with house.services.database.begin() as tx:
        if not await people.count(tx):
            await people.add(tx, "boss", "Boss", Role.admin, PASSWORD, datetime.now(UTC))
        await people.add(tx, role.name, role.name.title(), role, PASSWORD, datetime.now(UTC))
    answer = await house.stranger.post("/log-in", json={"name": role.name, "password": PASSWORD})
    token = answer.json()["token"]
    return httpx.AsyncClient(base_url=house.settings.public_url, headers={"Authorization": f"Bearer {token}"})


async def test_a_fresh_leadline_lists_its_campaigns_on_and_without_errors(house: Leadline) -> None:
    found = (await house.client.get("/campaigns")).json()
    assert {(each["id"], each["state"], each["errors"]) for each in found} == {
        ("home_services", "on", 0), ("solar", "on", 0), ("dental", "on", 0),
    }  # fmt: skip
    assert found[0]["figures"] == {"waiting": 0, "called": 0, "talked": 0, "booked": 0}


async def test_a_new_campaign_is_paused_until_somebody_switches_it_on(house: Leadline) -> None:
    campaign = await made(house)
    assert (campaign["state"], campaign["revision"], campaign["issues"]) == ("paused", 1, [])
    assert campaign["words"]["plan"].startswith("At once. If nobody answers: 2 hours later; the next day")
    on = await switch(house.client, "resume", revision=1)
    assert (on["state"], on["revision"]) == ("on", 2)


async def test_a_pause_of_a_flows_only_campaign_keeps_the_leads_of_the_form_waiting(house: Leadline) -> None:
    house.network.register(PHONE, BusyPhone)
    await switch(house.client, "pause", id="home_services", revision=1)
    sent = await house.send_form(flow="home_services_v1")
    assert sent.status_code == 201
    lead = f"/leads/{sent.json()['lead_id']}"
    story = (await house.client.get(f"{lead}/story")).json()
    assert story["campaign"] == "home_services"
    assert story["held_up"].endswith("is paused.")
    outcome = await house.services.dialer.call_lead(sent.json()["lead_id"])
    assert isinstance(outcome, NotDialled)
    assert outcome.why == story["held_up"]
    assert house.network.calls == []
    await switch(house.client, "resume", id="home_services", revision=2)
    await house.call_in("failed")
    assert (await house.client.get(f"{lead}/story")).json()["held_up"] == ""


async def test_a_campaign_without_id_gets_a_readable_one_of_its_own(house: Leadline) -> None:
    one = await made(house, id=None)
    other = await made(house, id=None)
    assert one["id"].startswith("website_leads_")
    assert one["id"] != other["id"]
    answer = await house.client.post("/campaigns", json={"name": "x", "id": one["id"], "flow_id": "solar_v1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


async def test_errors_are_allowed_while_paused_and_refuse_on(house: Leadline) -> None:
    broken = await saved(house.client, await made(house), hours={"weekday": "9 to 5"})
    assert [each["path"] for each in broken["issues"]] == ["hours.weekday"]
    refused = await switch(house.client, "resume", 422)
    assert refused["code"] == "has_errors"
    assert "09:00" in refused["detail"]
    assert [each["code"] for each in refused["issues"]] == ["bad_hours"]
    mended = await saved(house.client, broken, hours={"weekday": "09:00-17:00"})
    await switch(house.client, "resume")
    on = (await house.client.get("/campaigns/web")).json()
    assert on["state"] == "on"
    refused = await saved(house.client, on, 422, hours={"weekday": "9 to 5"})
    assert refused["code"] == "has_errors"
    assert mended["revision"] + 1 == (await house.client.get("/campaigns/web")).json()["revision"]


async def test_a_value_that_can_never_be_is_refused_with_its_field(house: Leadline) -> None:
    refused = await saved(house.client, await made(house), 422, attempts={"per_24h": 4})
    assert [(each["code"], each["path"]) for each in refused["issues"]] == [("bad_value", "attempts.per_24h")]


async def test_of_two_who_edit_the_second_is_shown_what_stands_there(house: Leadline) -> None:
    campaign = await made(house)
    await saved(house.client, campaign, priority=9)
    conflict = await saved(house.client, campaign, 409, priority=1)
    assert (conflict["code"], conflict["current"]["document"]["priority"], conflict["yours"]["priority"]) == (
        "campaign_changed", 9, 1,
    )  # fmt: skip
    assert [each["sentence"] for each in conflict["changes"]] == ["Priority: 1 instead of 9."]
    settled = await saved(house.client, conflict["current"], priority=1)
    assert settled["document"]["priority"] == 1


async def test_saving_the_same_again_makes_no_version(house: Leadline) -> None:
    campaign = await made(house)
    assert (await saved(house.client, campaign))["revision"] == 1


async def test_what_this_leadline_does_not_know_survives_saving(house: Leadline) -> None:
    first = await saved(house.client, await made(house), colour="green")
    again = await saved(house.client, first, priority=3)
    assert again["document"]["colour"] == "green"
    assert [each["code"] for each in again["issues"]] == ["unknown_field"]


async def test_a_campaign_of_a_newer_leadline_can_be_looked_at_only(house: Leadline) -> None:
    campaign = await made(house)
    async with house.services.database.begin() as tx:
        document = {**campaign["document"], "format_version": 2}
        await campaigns.save(
            tx, "web", name="Website leads", state="paused", document=document, revision=1, by="", now=datetime.now(UTC)
        )
    newer = (await house.client.get("/campaigns/web")).json()
    assert newer["read_only"]
    assert (await saved(house.client, newer, 422, priority=1))["code"] == "newer_format"
    assert (await switch(house.client, "resume", 422))["code"] == "newer_format"


async def test_pausing_and_putting_away_need_no_revision_and_keep_the_document(house: Leadline) -> None:
    await made(house)
    await switch(house.client, "resume")
    paused = await switch(house.client, "pause")
    assert paused["state"] == "paused"
    assert (await switch(house.client, "pause"))["revision"] == paused["revision"]
    await switch(house.client, "archive")
    assert "web" not in {each["id"] for each in (await house.client.get("/campaigns")).json()}
    everything = (await house.client.get("/campaigns", params={"archived": True})).json()
    assert ("web", "archived") in {(each["id"], each["state"]) for each in everything}
    back = await switch(house.client, "unarchive")
    assert (back["state"], back["document"]) == ("paused", paused["document"])


async def test_bringing_back_what_was_not_away_pauses_nothing(house: Leadline) -> None:
    assert (await switch(house.client, "unarchive", id="solar"))["state"] == "on"


async def test_nobody_switches_on_what_was_changed_since_they_looked(house: Leadline) -> None:
    await saved(house.client, await made(house), priority=9)
    refused = await switch(house.client, "resume", 409, revision=1)
    assert refused["code"] == "campaign_changed"


async def test_versions_tell_what_each_changed_and_any_two_can_be_compared(house: Leadline) -> None:
    campaign = await saved(house.client, await made(house), hours={"sunday": "none"}, priority=7)
    await switch(house.client, "resume")
    versions = (await house.client.get("/campaigns/web/versions")).json()
    assert [each["revision"] for each in versions] == [3, 2, 1]
    assert [each["sentence"] for each in versions[0]["changes"]] == ["State: on instead of paused."]
    assert {each["title"] for each in versions[1]["changes"]} == {"Hours on Sundays", "Priority"}
    told = (await house.client.get("/campaigns/web/changes", params={"from": 1, "to": 3})).json()
    assert {each["path"] for each in told["changes"]} == {"state", "hours.sunday", "priority"}
    assert (await house.client.get("/campaigns/web/versions/2")).json() == campaign["document"]
    missing = await house.client.get("/campaigns/web/versions/9")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_version")


async def test_an_editor_changes_and_pauses_but_what_goes_live_takes_a_publisher(house: Leadline) -> None:
    campaign = await made(house)
    async with await logged_in(house, Role.editor) as editor, await logged_in(house, Role.publisher) as publisher:
        changed = await saved(editor, campaign, priority=2)
        assert changed["changed_by"] == "Editor"
        assert (await switch(editor, "resume", 403))["code"] == "role_too_low"
        on = await switch(publisher, "resume", revision=changed["revision"])
        assert (await saved(editor, on, 403, rules={"margin_min": 10}))["code"] == "role_too_low"
        assert (await saved(publisher, on, rules={"margin_min": 10}))["changed_by"] == "Publisher"
        assert (await switch(editor, "pause"))["state"] == "paused"
    async with await logged_in(house, Role.viewer) as viewer:
        assert (await viewer.get("/campaigns/web")).status_code == 200
        assert (await viewer.post("/campaigns/check", json={"document": {}})).status_code == 200
        assert (await switch(viewer, "pause", 403))["code"] == "role_too_low"


async def test_every_change_of_a_campaign_is_in_the_audit_log_without_its_values(house: Leadline) -> None:
    await saved(house.client, await made(house), priority=7)
    await switch(house.client, "resume")
    async with house.services.database.read() as tx:
        told = await audit.recent(tx, subject="campaign:web")
    assert [(each.what, each.who) for each in reversed(told)] == [
        ("created_campaign", "a program"), ("changed_campaign", "a program"), ("switched_campaign", "a program"),
    ]  # fmt: skip
    assert told[1].detail == {"revision": 2, "fields": ["priority"]}
    assert told[0].detail == {"revision": 3, "from": "paused", "to": "on"}


async def test_the_check_of_a_document_tells_words_and_the_week_of_a_state(house: Leadline) -> None:
    document = {"flow_id": "home_services_v1", "hours": {"weekday": "08:00-21:00", "sunday": "none"}}
    told = (await house.client.post("/campaigns/check", json={"document": document, "state": "AL"})).json()
    assert told["ready"]
    assert told["words"]["hours"].startswith(
        "Mondays to Fridays 08:00-21:00, Saturdays as the law allows, Sundays never"
    )
    assert told["week"] == [
        {"day": "weekday", "law": ["08:00", "20:00"], "wanted": [["08:00", "21:00"]], "calls": [["08:00", "19:55"]]},
        {"day": "saturday", "law": ["08:00", "20:00"], "wanted": None, "calls": [["08:00", "19:55"]]},
        {"day": "sunday", "law": None, "wanted": [], "calls": []},
    ]
    unreadable = (await house.client.post("/campaigns/check", json={"document": {"priority": "x"}})).json()
    assert not unreadable["ready"]
    assert unreadable["words"] is None
    kept = (await house.client.get("/campaigns/solar/check", params={"state": "ME"})).json()
    assert kept["ready"]
    assert [each["law"] for each in kept["week"]] == [["09:00", "17:00"], None, None]


async def test_the_choices_are_our_numbers_the_states_and_what_can_be_signed_for(house: Leadline) -> None:
    told = (await house.client.get("/campaigns/choices")).json()
    assert told["numbers"] == ["+14155550100"]
    assert len(told["states"]) == 51
    assert {"TX.registration", "OH.row", "consent_level"} <= {each["id"] for each in told["duties"]}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PUT", ""), ("POST", "/pause"), ("GET", "/versions"), ("GET", "/check")]
)
async def test_a_campaign_that_is_not_there_is_told_so(house: Leadline, method: str, path: str) -> None:
    body = {"revision": 1, "name": "x", "document": {}} if method == "PUT" else {} if method == "POST" else None
    answer = await house.client.request(method, f"/campaigns/nowhere{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_campaign")


async def test_a_campaign_begins_as_one_thing(house: Leadline) -> None:
    for body in ({"name": "x"}, {"name": "x", "flow_id": "solar_v1", "document": {"flow_id": "solar_v1"}}):
        answer = await house.client.post("/campaigns", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "one_start")
