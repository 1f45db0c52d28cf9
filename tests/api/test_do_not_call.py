"""The do-not-call list over the API: looked up, added to one by one and by file, and left only with new consent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from engine.store import audit, consents, leads, people, suppression
from engine.store.people import Role
from tests.support.api import PHONE, Leadline, leadline

OTHER = "+14155552672"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def log_in(house: Leadline, role: str) -> httpx.AsyncClient:
    async with house.services.database.begin() as tx:
        if not await people.count(tx):
            await people.add(tx, "boss", "Boss", Role.admin, "a long password", datetime.now(UTC))
        await people.add(tx, role, role.title(), Role[role], "a long password", datetime.now(UTC))
    given = {"name": role, "password": "a long password"}
    token = (await house.stranger.post("/log-in", json=given)).json()["token"]
    return httpx.AsyncClient(base_url=house.settings.public_url, headers={"Authorization": f"Bearer {token}"})


async def test_a_number_that_was_added_is_found_however_it_is_written(house: Leadline) -> None:
    told = await house.client.post("/do-not-call", json={"number": "(415) 555-2671", "source": "HubSpot"})
    assert (told.status_code, told.json()) == (201, {"new": True, "leads": 0, "called_off": 0, "hung_up": 0})
    found = (await house.client.post("/do-not-call/look-up", json={"number": "415.555.2671"})).json()
    assert found["number"] == PHONE
    own = found["own"]
    assert (own["number"], own["reason"], own["source"], own["door"]) == (
        PHONE,
        "asked us to stop",
        "HubSpot",
        "api",
    )
    elsewhere = (await house.client.post("/do-not-call/look-up", json={"number": OTHER})).json()
    assert (elsewhere["own"], elsewhere["lists"]) == (None, [])


async def test_told_twice_it_is_one_entry(house: Leadline) -> None:
    for new in (True, False):
        told = await house.client.post("/do-not-call", json={"number": PHONE})
        assert told.json()["new"] is new
    page = (await house.client.get("/do-not-call")).json()
    assert (page["total"], len(page["entries"]), page["next"]) == (1, 1, None)


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({}, 422, ""),
        ({"number": PHONE, "lead_id": "lead_1"}, 422, ""),
        ({"number": "call Dana"}, 422, "not a phone number"),
        ({"number": "415 555"}, 422, "not a phone number"),
        ({"lead_id": "lead_1"}, 404, "no lead"),
        ({"number": PHONE, "remove": True}, 422, ""),
    ],
)
async def test_what_names_nobody_is_refused(house: Leadline, given: dict[str, object], status: int, words: str) -> None:
    answer = await house.client.post("/do-not-call", json=given)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert (await house.client.get("/do-not-call")).json()["total"] == 0


async def test_a_lead_is_stopped_by_its_id_and_the_audit_log_knows_who_did_it(house: Leadline) -> None:
    lead_id = (await house.send_form()).json()["lead_id"]
    async with await log_in(house, "editor") as dana:
        told = await dana.post("/do-not-call", json={"lead_id": lead_id, "words": "Wrote us an e-mail."})
    assert told.status_code == 201
    async with house.services.database.read() as tx:
        lead = await leads.read(tx, lead_id)
        assert lead is not None and lead.state == "closed"
        entry = await suppression.read(tx, PHONE)
        assert entry is not None and (entry.door, entry.source) == ("person", "editor")
        (last,) = await audit.recent(tx, subject=f"lead:{lead_id}")
        assert (last.who, last.what, dict(last.detail)) == ("editor", "stopped_calls", {"door": "person"})


async def test_a_file_of_numbers_is_taken_in_whatever_form_with_a_report(house: Leadline) -> None:
    lead_id = (await house.send_form()).json()["lead_id"]
    await house.client.post("/do-not-call", json={"number": OTHER})
    content = "Name;Mobile\nDana;(415) 555-2671\nBen;415-555-2672\nAna;nowhere\nEve;415 555 2673\n\nEve;4155552673\n"
    answer = await house.client.post("/do-not-call/numbers", params={"name": "old crm.csv"}, content=content.encode())
    report = answer.json()
    assert (answer.status_code, report["numbers"], report["added"], report["already"]) == (200, 4, 2, 2)
    assert (report["unreadable"], report["lines"], report["leads"]) == (1, [4], 1)
    async with house.services.database.read() as tx:
        lead = await leads.read(tx, lead_id)
        entry = await suppression.read(tx, "+14155552673")
        (last,) = [each for each in await audit.recent(tx) if each.what == "uploaded_do_not_call"]
    assert lead is not None and (lead.state, lead.reason) == ("closed", "on a list of your own")
    assert entry is not None and (entry.source, entry.door) == ("old crm.csv", "upload")
    assert last.detail["added"] == 2
    assert "415" not in str({key: value for key, value in last.detail.items() if key != "sha256"})


async def test_a_file_of_more_numbers_than_fit_one_transaction_is_taken_whole(house: Leadline) -> None:
    content = "\n".join(f"415555{number:04}" for number in range(1234)).encode()
    report = (await house.client.post("/do-not-call/numbers", content=content)).json()
    assert (report["numbers"], report["added"], report["unreadable"]) == (1234, 1234, 0)
    async with house.services.database.read() as tx:
        assert await suppression.count(tx) == 1234


async def test_every_entry_is_on_one_page_though_a_file_gave_them_the_same_moment(house: Leadline) -> None:
    await house.client.post("/do-not-call", json={"number": PHONE})
    await house.client.post(
        "/do-not-call/numbers", content="\n".join(f"212555{each:04}" for each in range(25)).encode()
    )
    seen: list[str] = []
    params: dict[str, str] = {"limit": "10"}
    while True:
        page = (await house.client.get("/do-not-call", params=params)).json()
        seen += [each["number"] for each in page["entries"]]
        if page["next"] is None:
            break
        assert "555" not in page["next"]
        params["before"] = page["next"]
    assert len(seen) == len(set(seen)) == page["total"] == 26
    for wrong in ("yesterday", "2026-11-26", "2026-11-26T10:00:00Z~-1", "2026-11-26T10:00:00Z~x"):
        assert (await house.client.get("/do-not-call", params={"before": wrong})).status_code == 422


async def test_a_file_takes_no_number_off(house: Leadline) -> None:
    await house.client.post("/do-not-call", json={"number": PHONE})
    answer = await house.client.post("/do-not-call/numbers", content=b"number,status\n4155552671,remove\n")
    assert answer.json()["already"] == 1
    async with house.services.database.read() as tx:
        assert await suppression.contains(tx, PHONE)


async def test_only_an_administrator_takes_a_number_off_and_only_with_new_written_consent(house: Leadline) -> None:
    lead_id = (await house.send_form()).json()["lead_id"]
    await house.client.post("/do-not-call", json={"number": PHONE})
    async with house.services.database.read() as tx:
        (old,) = await consents.of_lead(tx, lead_id)
    given = {"number": PHONE, "reason": "Asked for a new quote", "consent_id": old.id}
    refused = await house.client.post("/do-not-call/taken-off", json=given)
    assert refused.status_code == 409
    assert "older" in refused.json()["detail"]
    later = house.services.clock.now() + timedelta(days=1)
    async with house.services.database.begin() as tx:
        new = await consents.add(tx, lead_id, replace(old.evidence, level="written", given_at=later), later)
    offered = (await house.client.post("/do-not-call/look-up", json={"number": PHONE})).json()["new_consents"]
    assert [each["id"] for each in offered] == [new]
    async with await log_in(house, "publisher") as ben:
        low = await ben.post("/do-not-call/taken-off", json={**given, "consent_id": new})
        assert low.status_code == 403
    assert (await house.client.post("/do-not-call/taken-off", json={**given, "consent_id": new})).status_code == 204
    async with house.services.database.read() as tx:
        assert not await suppression.contains(tx, PHONE)
        (last,) = [each for each in await audit.recent(tx) if each.what == "took_off_do_not_call"]
    assert dict(last.detail) == {"reason": "Asked for a new quote", "consent": new}
    again = await house.client.post("/do-not-call/taken-off", json={**given, "consent_id": new})
    assert again.status_code == 409


async def test_a_number_whose_owner_was_forgotten_is_found_and_not_shown(house: Leadline) -> None:
    await house.client.post("/do-not-call", json={"number": PHONE})
    async with house.services.database.begin() as tx:
        await suppression.forget_number(tx, PHONE)
    page = (await house.client.get("/do-not-call")).json()
    assert (page["total"], page["entries"]) == (1, [])
    own = (await house.client.post("/do-not-call/look-up", json={"number": PHONE})).json()["own"]
    assert (own["number"], own["reason"]) == (None, "asked us to stop")


async def test_viewers_look_and_add_nothing_and_strangers_do_not_even_look(house: Leadline) -> None:
    async with await log_in(house, "viewer") as vera:
        assert (await vera.get("/do-not-call")).status_code == 200
        assert (await vera.post("/do-not-call/look-up", json={"number": PHONE})).status_code == 200
        assert (await vera.post("/do-not-call", json={"number": PHONE})).status_code == 403
        assert (await vera.post("/do-not-call/numbers", content=b"4155552671")).status_code == 403
    for path in ("/do-not-call", "/do-not-call/lists", "/do-not-call/states"):
        assert (await house.stranger.get(path)).status_code == 401
