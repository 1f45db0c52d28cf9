"""Lead sources over the API: opened, changed, moved to another address, counted and removed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest_asyncio

from engine.store import audit, people
from engine.store.people import Role
from tests.support.api import FORM, Leadline, leadline

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def opened(client: httpx.AsyncClient, status: int = 201, **changes: Any) -> dict[str, Any]:
    new = {"kind": "website", "name": "Quote form", "campaign_id": "home_services", **changes}
    answer = await client.post("/lead-sources", json=new)
    assert answer.status_code == status, answer.text
    source: dict[str, Any] = answer.json()
    return source


async def saved(client: httpx.AsyncClient, source: dict[str, Any], status: int = 200, **changes: Any) -> dict[str, Any]:
    kept = {name: source[name] for name in ("revision", "name", "campaign_id", "state", "document")}
    answer = await client.put(f"/lead-sources/{source['id']}", json={**kept, **changes})
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def send(house: Leadline, address: str, **changes: Any) -> httpx.Response:
    return await house.stranger.post(urlsplit(address).path, json={**FORM, **changes})


async def looked_at(house: Leadline, source: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = (await house.client.get(f"/lead-sources/{source['id']}")).json()
    return told


async def log_in(house: Leadline, role: Role) -> httpx.AsyncClient:
    async with house.services.database.begin() as tx:
        if not await people.count(tx):
            await people.add(tx, "boss", "Boss", Role.admin, PASSWORD, datetime.now(UTC))
        await people.add(tx, role.name, role.name.title(), role, PASSWORD, datetime.now(UTC))
    answer = await house.stranger.post("/log-in", json={"name": role.name, "password": PASSWORD})
    token = answer.json()["token"]
    return httpx.AsyncClient(base_url=house.settings.public_url, headers={"Authorization": f"Bearer {token}"})


async def test_a_new_source_has_a_whole_address_to_paste_that_takes_leads(house: Leadline) -> None:
    source = await opened(house.client)
    assert source["state"] == "on"
    assert source["address"].startswith(f"{house.settings.public_url}/in/src_")
    assert (await send(house, source["address"])).status_code in (200, 201)
    told = await looked_at(house, source)
    assert (told["figures"]["received"], told["figures"]["unusable"], told["figures"]["refused"]) == (1, 0, 0)
    assert told["figures"]["last_at"] is not None
    lead = (await house.client.get("/leads")).json()["leads"][0]
    campaign = (await house.client.get("/campaigns/home_services")).json()
    assert lead["source"] == "website"
    assert [each["name"] for each in campaign["sources"]] == ["Quote form"]


async def test_unusable_leads_and_refusals_are_counted_with_their_reasons(house: Leadline) -> None:
    source = await opened(house.client)
    await send(house, source["address"], phone="555")
    await house.stranger.post(urlsplit(source["address"]).path, content=b"{", headers={"Content-Type": "text/x"})
    figures = (await looked_at(house, source))["figures"]
    assert (figures["received"], figures["unusable"], figures["refused"]) == (1, 1, 1)
    assert figures["last_problem"]
    assert [(each["why"], each["times"]) for each in figures["refusals"]] == [("unreadable", 1)]
    assert figures["refusals"][0]["sentence"] == "It could not be read: it was neither a form nor JSON."


async def test_a_source_that_is_off_takes_nothing_and_on_again_it_does(house: Leadline) -> None:
    source = await opened(house.client)
    off = await saved(house.client, source, state="off")
    assert (await send(house, source["address"])).status_code == 404
    await saved(house.client, off, state="on")
    assert (await send(house, source["address"])).status_code in (200, 201)


async def test_leads_of_a_source_come_by_the_campaign_it_is_given(house: Leadline) -> None:
    source = await opened(house.client)
    moved = await saved(house.client, source, campaign_id="solar")
    assert moved["campaign_name"] == "Solar: book a consultation"
    await send(house, source["address"])
    figures = {each["id"]: each["sources"] for each in (await house.client.get("/campaigns")).json()}
    assert [each["name"] for each in figures["solar"]] == ["Quote form"]
    assert figures["home_services"] == []


async def test_a_new_address_takes_leads_and_the_old_one_does_for_a_week(house: Leadline) -> None:
    source = await opened(house.client)
    await send(house, source["address"])
    answer = await house.client.post(f"/lead-sources/{source['id']}/address", json={})
    moved = answer.json()
    assert moved["address"] != source["address"]
    assert [each["address"] for each in moved["old_addresses"]] == [source["address"]]
    assert (moved["id"], moved["figures"]["received"]) == (source["id"], 1)
    for number, address in enumerate((moved["address"], source["address"])):
        sent = await send(house, address, id=f"again-{number}", phone=f"415555267{number + 2}")
        assert sent.status_code in (200, 201), sent.text


async def test_an_address_that_became_known_ends_at_once(house: Leadline) -> None:
    source = await opened(house.client)
    moved = (await house.client.post(f"/lead-sources/{source['id']}/address", json={"at_once": True})).json()
    assert moved["old_addresses"] == []
    assert (await send(house, source["address"])).status_code == 404
    assert (await send(house, moved["address"])).status_code in (200, 201)


async def test_of_two_who_change_a_source_the_second_is_shown_what_stands_there(house: Leadline) -> None:
    source = await opened(house.client)
    await saved(house.client, source, name="Front page form")
    conflict = await saved(house.client, source, 409, name="Back page form")
    assert (conflict["code"], conflict["current"]["name"]) == ("source_changed", "Front page form")


async def test_what_is_not_known_in_the_settings_of_a_source_is_kept(house: Leadline) -> None:
    source = await opened(house.client, document={"colour": "green"})
    again = await saved(house.client, source, name="Other")
    assert again["document"] == {"colour": "green"}


async def test_a_source_needs_a_campaign_that_is_there(house: Leadline) -> None:
    assert (await opened(house.client, 422, campaign_id="nowhere"))["code"] == "no_campaign"
    await house.client.post("/campaigns/dental/archive", json={})
    assert (await opened(house.client, 422, campaign_id="dental"))["code"] == "no_campaign"


async def test_a_source_with_leads_stays_as_proof_and_one_without_can_be_removed(house: Leadline) -> None:
    source, other = await opened(house.client), await opened(house.client, name="Never used")
    await send(house, source["address"])
    refused = await house.client.delete(f"/lead-sources/{source['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "has_leads")
    assert (await house.client.delete(f"/lead-sources/{other['id']}")).status_code == 204
    assert (await house.client.get(f"/lead-sources/{other['id']}")).status_code == 404
    assert (await send(house, other["address"])).status_code == 404


async def test_an_editor_prepares_a_source_and_a_publisher_opens_it(house: Leadline) -> None:
    async with await log_in(house, Role.editor) as editor, await log_in(house, Role.publisher) as publisher:
        source = await opened(editor)
        assert source["state"] == "off"
        assert (await saved(editor, source, 403, state="on"))["code"] == "role_too_low"
        on = await saved(publisher, source, state="on")
        assert (await saved(editor, on, 403, name="Other"))["code"] == "role_too_low"
        assert (await editor.post(f"/lead-sources/{on['id']}/address", json={})).status_code == 403
        assert (await saved(editor, on, state="off"))["state"] == "off"


async def test_the_audit_log_tells_of_sources_without_their_addresses(house: Leadline) -> None:
    source = await opened(house.client)
    await house.client.post(f"/lead-sources/{source['id']}/address", json={})
    async with house.services.database.read() as tx:
        told = await audit.recent(tx, subject="campaign:home_services")
    assert [each.what for each in reversed(told)] == ["created_lead_source", "moved_lead_source"]
    assert "src_" not in repr(told)


async def test_kinds_tell_their_settings_as_a_schema_and_settings_can_be_checked(house: Leadline) -> None:
    kinds = {each["kind"]: each for each in (await house.client.get("/lead-sources/kinds")).json()}
    assert kinds["website"]["by_address"]
    assert kinds["website"]["settings"]["type"] == "object"
    checked = await house.client.post("/lead-sources/check", json={"kind": "website", "document": {}})
    assert all(each["level"] == "warning" for each in checked.json())
