"""After-call work over HTTP: what failed, doing it again, and who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from engine.store import people
from engine.store.people import Role
from tests.support.api import Leadline, leadline
from tests.support.seeded_calls import BOOKED, FAILED_AFTERWARDS, FLOW, seed


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        await seed(running.services.database, running.settings.data_dir / "recordings", datetime.now(UTC))
        yield running


async def replay(house: Leadline, call_id: str, **body: object) -> httpx.Response:
    return await house.client.post(f"/calls/{call_id}/after-call/replay", json=body)


async def test_what_failed_is_listed_and_done_again(house: Leadline) -> None:
    listed = (await house.client.get("/after-call")).json()
    [line] = listed["calls"]
    assert (listed["count"], listed["next"]) == (1, None)
    assert (line["call_id"], line["flow_id"], line["state"]) == (FAILED_AFTERWARDS, FLOW, "failed")
    assert "Mail to the office" in line["problem"]
    before = (await house.client.get(f"/calls/{FAILED_AFTERWARDS}")).json()["after_call"]["steps"]
    assert [each["id"] for each in before] == ["tell_crm", "mail_office", "mail_lead"], "as drawn"
    seen = (await house.client.get(f"/calls/{FAILED_AFTERWARDS}/after-call/replay")).json()
    assert seen["refused"] == ""
    assert "Mail to the office" in seen["cards"]
    answer = await replay(house, FAILED_AFTERWARDS, step="mail_office", by="Ana")
    assert answer.status_code == 200, answer.text
    assert answer.json()["cards"][0] == "Mail to the office"
    assert (await house.client.get("/after-call")).json()["calls"] == []
    waiting = (await house.client.get("/after-call", params={"state": "waiting"})).json()
    assert [each["call_id"] for each in waiting["calls"]] == [FAILED_AFTERWARDS]
    after = (await house.client.get(f"/calls/{FAILED_AFTERWARDS}")).json()["after_call"]
    assert [(each["step"], each["by"], each["lane"]) for each in after["replays"]] == [("mail_office", "Ana", "then")]
    assert {each["id"]: each["state"] for each in after["steps"]} == {"tell_crm": "done"}


async def test_all_that_failed_on_a_day_is_done_again(house: Leadline) -> None:
    [line] = (await house.client.get("/after-call")).json()["calls"]
    none = await house.client.post("/after-call/replay", json={"day": "2020-01-01", "by": "Ana"})
    assert none.json() == {"replayed": [], "refused": [], "left": 0}
    other = await house.client.post("/after-call/replay", json={"flow_id": "solar_v1", "by": "Ana"})
    assert other.json()["replayed"] == []
    done = (await house.client.post("/after-call/replay", json={"flow_id": FLOW, "by": "Ana"})).json()
    assert [each["call_id"] for each in done["replayed"]] == [line["call_id"]]
    assert (done["refused"], done["left"]) == ([], 0)


async def test_a_refusal_has_a_sentence_and_a_code(house: Leadline) -> None:
    refused = await replay(house, BOOKED)
    assert (refused.status_code, refused.json()["code"]) == (409, "all_done")
    assert "All after-call work of this call is done" in refused.json()["detail"]
    for call_id, step in (("call_nobody", ""), (FAILED_AFTERWARDS, "ghost")):
        missing = await replay(house, call_id, step=step)
        assert missing.status_code == 404
    assert (await replay(house, BOOKED, step="tell_crm")).json()["code"] == "card_done"
    assert (await replay(house, BOOKED, step="tell_crm", again=True)).status_code == 200


@pytest.mark.parametrize(("role", "status"), [(Role.viewer, 403), (Role.editor, 403), (Role.publisher, 200)])
async def test_doing_it_again_takes_a_publisher_and_looking_a_viewer(house: Leadline, role: Role, status: int) -> None:
    database = house.services.database
    async with database.begin() as tx:
        await people.add(tx, "boss", "Boss", Role.admin, "correct horse battery", datetime.now(UTC))
        await people.add(tx, "ana", "Ana Lee", role, "correct horse battery", datetime.now(UTC))
    login = await house.stranger.post("/log-in", json={"name": "ana", "password": "correct horse battery"})
    headers = {"Authorization": f"Bearer {login.json()['token']}"}
    address = f"/calls/{FAILED_AFTERWARDS}/after-call/replay"
    assert (await house.stranger.get("/after-call", headers=headers)).status_code == 200
    assert (await house.stranger.get(address, headers=headers)).status_code == 200
    answer = await house.stranger.post(address, json={"by": "Somebody else"}, headers=headers)
    assert answer.status_code == status
    many = await house.stranger.post("/after-call/replay", json={}, headers=headers)
    assert many.status_code == status
    if status == 200:
        after = (await house.client.get(f"/calls/{FAILED_AFTERWARDS}")).json()["after_call"]
        assert after["replays"][0]["by"] == "Ana Lee"
