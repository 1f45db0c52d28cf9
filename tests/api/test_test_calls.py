"""A real phone call with the draft: frozen, marked, without effects, and refused where it must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.observe.metrics import METRICS
from engine.sdk import ConnectionWithheld
from engine.simulate.network import NoAnswerPhone, ToneOrFilePhone
from engine.store import calls, leads, outbox, suppression
from engine.store.appointments import appointments
from tests.api.test_resources import assert_plain
from tests.api.test_whole_call import events_of
from tests.support.api import PHONE, Leadline, leadline
from tests.support.call_fakes import voice_frame

FLOW = "home_services_v1"
STOP = {1: "Stop calling me and take me off your list."}


def order(**changes: object) -> dict[str, object]:
    return {"flow_id": FLOW, "kind": "phone", "number": PHONE, "first_name": "Dana", "agreed": True, "by": "Pat",
            **changes}  # fmt: skip


async def edit(house: Leadline, **changes: object) -> int:
    """Change the draft; gives its new revision."""
    draft = (await house.client.get(f"/flows/{FLOW}")).json()
    document = (await house.client.get(f"/flows/{FLOW}/versions/1")).json() | changes
    saved = await house.client.put(f"/flows/{FLOW}/draft", json={"revision": draft["revision"], "document": document})
    assert saved.status_code == 200
    return int(saved.json()["revision"])


async def test_a_phone_is_called_with_the_draft_and_nothing_stays_in_the_world(tmp_path: Path) -> None:
    ended_before = METRICS.count("calls_ended")
    async with leadline(tmp_path, STOP) as house:
        house.network.register(PHONE, lambda: ToneOrFilePhone(voice_frame(1) * 60, start_after_s=2.5))
        revision = await edit(house, name="Home services, tried out")
        placed = await house.client.post("/test-calls", json=order(revision=revision))
        assert placed.status_code == 201, placed.text
        call_id = placed.json()["call_id"]
        assert placed.json()["revision"] == revision
        kinds = [kind for kind, _ in await events_of(house, call_id)]
        assert kinds[-1] == "ended"

        call = (await house.client.get(f"/calls/{call_id}")).json()
        assert (call["test"], call["flow_version"], call["draft_revision"]) == (True, 0, revision)
        assert (call["state"], call["disposition"], call["after_call"]) == ("finished", "do_not_call", None)
        assert call["result"]["test"] is True
        assert call["result"]["flow_name"] == "Home services, tried out"
        assert (await house.client.get("/calls")).json()["calls"] == []
        tests = (await house.client.get("/calls?test=true")).json()["calls"]
        assert [each["id"] for each in tests] == [call_id]
        held_with = (await house.client.get(f"/calls/{call_id}/flow")).json()
        assert held_with["name"] == "Home services, tried out"
        assert call["form_to_ring_ms"] is None
        assert METRICS.count("calls_ended") == ended_before
        async with house.services.database.read() as tx:
            assert await outbox.find(tx, call_id) is None
            assert not await suppression.contains(tx, PHONE)
            assert list(await leads.recent(tx)) == []


async def test_an_edit_during_the_call_does_not_reach_it(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, NoAnswerPhone)
        placed = await house.client.post("/test-calls", json=order())
        await edit(house, name="Changed meanwhile")
        live = house.services.switchboard.live(placed.json()["call_id"])
        assert live is not None
        assert live.flow.name != "Changed meanwhile"
        assert live.order.trial is not None
        assert live.order.trial.by == "Pat"


async def test_a_draft_with_errors_is_refused_with_its_problems(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        await edit(house, start="nowhere")
        problem = assert_plain(await house.client.post("/test-calls", json=order()), 422)
        assert problem["code"] == "flow_has_errors"
        issues = problem["issues"]
        assert isinstance(issues, list)
        assert all(each["level"] == "error" and each["sentence"] for each in issues)
        assert house.network.calls == []


async def test_numbers_that_must_not_be_called_are_not(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        async with house.services.database.begin() as tx:
            await suppression.add(tx, PHONE, "asked us to stop", "call_0", house.services.clock.now())
        for changed, words in (
            ({}, "do-not-call list"),
            ({"agreed": False}, "agreed"),
            ({"number": "12"}, "does not exist"),
            ({"number": "\x00"}, "phone number"),
            ({"number": "call me"}, "not a phone number"),
        ):
            answer = await house.client.post("/test-calls", json=order(**changed))
            assert answer.status_code == 422
            assert words in answer.json()["detail"]
        assert house.network.calls == []
        async with house.services.database.read() as tx:
            assert list(await calls.recent(tx, calls.CallFilter(test=None))) == []


async def test_a_changed_draft_and_a_flow_that_is_not_there_are_told(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        old = (await house.client.get(f"/flows/{FLOW}")).json()["revision"]
        new = await edit(house, name="Another")
        problem = assert_plain(await house.client.post("/test-calls", json=order(revision=old)), 409)
        assert problem["revision"] == new
        assert_plain(await house.client.post("/test-calls", json=order(flow_id="nowhere")), 404)
        assert_plain(await house.stranger.post("/test-calls", json=order()), 401)
        for wrong in ({"kind": "pigeon"}, {"form": {"a" * 300: "b"}}, {"number": "1" * 50}, {"effects": ["crm"]}):
            assert assert_plain(await house.client.post("/test-calls", json=order(**wrong)), 422)["problems"]


async def test_one_phone_is_rung_by_one_test_at_a_time_and_not_all_day(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, NoAnswerPhone)
        first = await house.client.post("/test-calls", json=order())
        assert first.status_code == 201
        busy = assert_plain(await house.client.post("/test-calls", json=order()), 409)
        assert "right now" in str(busy["detail"])
        for _ in range(2):
            await _over(house)
            assert (await house.client.post("/test-calls", json=order())).status_code == 201
        await _over(house)
        slow = await house.client.post("/test-calls", json=order())
        assert 1 <= int(slow.headers["Retry-After"]) <= 600
        assert "to this number" in str(assert_plain(slow, 429)["detail"])


async def _over(house: Leadline) -> None:
    """End what rings, so that the next one may."""
    for live in house.services.switchboard.calls:
        await house.services.switchboard.never_placed(live.call_id, "no_answer", "The test ends it.")


@pytest.mark.parametrize("effects", [[], ["after_call"]])
async def test_the_lane_behind_the_call_runs_only_if_it_is_asked_to(tmp_path: Path, effects: list[str]) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, NoAnswerPhone)
        placed = await house.client.post("/test-calls", json=order(effects=effects))
        await _over(house)
        async with house.services.database.read() as tx:
            assert (await outbox.find(tx, placed.json()["call_id"]) is not None) is bool(effects)
            assert list(await appointments(tx, "main", house.services.clock.now())) == []


@pytest.mark.parametrize("effects", [[], ["requests"]])
async def test_web_services_are_asked_only_if_the_test_allows_it(tmp_path: Path, effects: list[str]) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, NoAnswerPhone)
        given = {"kind": "http_api", "settings": {"base": "https://api.example.com", "secret": "Bearer s3cret"}}
        assert (await house.client.put("/connections/crm", json=given)).status_code == 200
        document = (await house.client.get(f"/flows/{FLOW}/versions/1")).json()
        card = {"id": "ask", "type": "http_request", "name": "Ask", "settings": {"connection": "crm"}}
        ways = [
            {"id": f"ask_{exit}", "from": {"node": "ask", "exit": exit}, "to": "book", "kind": "otherwise"}
            for exit in ("ok", "not_found", "failed")
        ]
        await edit(house, nodes=[*document["nodes"], card], edges=[*document["edges"], *ways])
        placed = await house.client.post("/test-calls", json=order(effects=effects))
        assert placed.status_code == 201, placed.text
        live = house.services.switchboard.live(placed.json()["call_id"])
        assert live is not None
        outside = live.conversation._scene.outside
        if effects:
            assert outside.connection("crm").settings["secret"] == "Bearer s3cret"
        else:
            with pytest.raises(ConnectionWithheld, match="other systems are not asked"):
                outside.connection("crm")
        await _over(house)
