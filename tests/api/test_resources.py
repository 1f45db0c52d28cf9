"""What clients of the API meet: tokens, plain errors, limits, flows that two people edit, the node manifest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from tests.support.api import FORM, Leadline, leadline

FLOW = "home_services_v1"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


def assert_plain(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert str(problem["detail"]).endswith((".", ")"))
    return problem


async def test_everything_of_the_house_needs_the_token(house: Leadline) -> None:
    for path in ("/leads", "/leads/x", "/calls", "/calls/x", "/calls/x/recording", "/calls/x/events", "/flows",
                 f"/flows/{FLOW}", "/nodes", "/metrics"):  # fmt: skip
        assert_plain(await house.stranger.get(path), 401)
        wrong = await house.stranger.get(path, headers={"Authorization": "Bearer wrong-token-of-some-length"})
        assert_plain(wrong, 401)
    assert (await house.client.get("/leads")).status_code == 200
    for path in ("/", "/health", "/ready", "/openapi.json"):
        assert (await house.stranger.get(path)).status_code == 200


async def test_without_a_token_other_websites_in_the_browser_are_kept_out(tmp_path: Path) -> None:
    async with leadline(tmp_path, api_token=None) as house:
        assert (await house.stranger.get("/flows")).status_code == 200
        assert_plain(await house.stranger.get("/flows", headers={"Origin": "https://evil.example"}), 403)
        assert_plain(await house.stranger.get("/flows", headers={"Host": "rebound.example"}), 403)


async def test_unknown_things_are_told_in_plain_words(house: Leadline) -> None:
    assert "There is no call" in str(assert_plain(await house.client.get("/calls/x"), 404)["detail"])
    assert_plain(await house.client.get("/calls/x/events"), 404)
    assert_plain(await house.client.get("/nowhere"), 404)
    assert_plain(await house.client.delete("/calls"), 405)
    assert assert_plain(await house.client.get("/calls?limit=0"), 422)["problems"]


async def test_a_form_is_answered_with_its_faults_and_kept(house: Leadline) -> None:
    problem = assert_plain(await house.send_form(phone="12", consent={"call": False}), 422)
    assert [each["field"] for each in problem["problems"]] == ["phone", "consent"]  # type: ignore[union-attr, index]  # a JSON document
    kept = (await house.client.get(f"/leads/{problem['lead_id']}")).json()
    assert kept["state"] == "unusable"
    assert kept["reason"]
    assert_plain(await house.stranger.post("/leads/website", content=b"{"), 415)
    assert_plain(
        await house.stranger.post("/leads/website", content=b"{", headers={"Content-Type": "application/json"}), 400
    )
    assert_plain(await house.send_form(flow="nobody_has_it"), 422)


async def test_a_form_sent_twice_is_one_lead(house: Leadline) -> None:
    first, again = await house.send_form(), await house.send_form()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["lead_id"] == again.json()["lead_id"]
    assert again.json()["new"] is False
    evidence = (await house.client.get(f"/leads/{first.json()['lead_id']}")).json()["consents"]
    assert [each["text"] for each in evidence] == [FORM["consent"]["text"]]  # type: ignore[index]  # a JSON document
    assert evidence[0]["user_agent"].startswith("python-httpx")


async def test_a_form_key_is_asked_for_when_one_is_set(tmp_path: Path) -> None:
    async with leadline(tmp_path, form_key=SecretStr("form-key-1")) as house:
        assert_plain(await house.send_form(), 401)
        assert (await house.send_form(form_key="form-key-1")).status_code == 201
        with_header = await house.stranger.post("/leads/website", json=FORM, headers={"X-Form-Key": "form-key-1"})
        assert with_header.status_code == 200


async def test_a_body_that_is_too_large_is_refused_however_it_is_sent(house: Leadline) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 10_000

    assert_plain(await house.stranger.post("/leads/website", content=b"x" * 300_000), 413)
    assert_plain(await house.stranger.post("/leads/website", content=pieces()), 413)


async def test_two_people_who_edit_one_flow_get_both_texts(house: Leadline) -> None:
    shown = (await house.client.get(f"/flows/{FLOW}")).json()
    assert shown["versions"][0]["version"] == 1
    document = json.loads(shown["text"])
    mine, theirs = {**document, "description": "mine"}, {**document, "description": "theirs"}
    put = {"revision": shown["revision"], "document": theirs, "by": "Kim"}
    saved = await house.client.put(f"/flows/{FLOW}/draft", json=put)
    assert saved.status_code == 200
    late = await house.client.put(f"/flows/{FLOW}/draft", json={"revision": shown["revision"], "document": mine})
    conflict = assert_plain(late, 409)
    assert "Kim" in str(conflict["detail"])
    assert json.loads(conflict["current"]["text"])["description"] == "theirs"  # type: ignore[index, call-overload]  # JSON
    assert json.loads(str(conflict["yours"]))["description"] == "mine"

    assert_plain(await house.client.post(f"/flows/{FLOW}/publish", json={"revision": shown["revision"]}), 409)
    published = await house.client.post(f"/flows/{FLOW}/publish", json={"revision": saved.json()["revision"]})
    assert (published.status_code, published.json()["version"]) == (201, 2)
    version = (await house.client.get(f"/flows/{FLOW}/versions/2")).json()
    assert (version["version"], version["description"]) == (2, "theirs")


async def test_a_flow_with_errors_can_be_saved_but_not_published(house: Leadline) -> None:
    shown = (await house.client.get(f"/flows/{FLOW}")).json()
    broken = {**json.loads(shown["text"]), "start": "nowhere"}
    verdict = (await house.client.post("/flows/check", json=broken)).json()
    assert verdict["publishable"] is False
    put = await house.client.put(f"/flows/{FLOW}/draft", json={"revision": shown["revision"], "document": broken})
    assert put.json()["issues"] == verdict["issues"]
    refused = await house.client.post(f"/flows/{FLOW}/publish", json={"revision": put.json()["revision"]})
    assert assert_plain(refused, 422)["issues"] == verdict["issues"]
    no_flow = assert_plain(await house.client.post("/flows/check", json={"format": "x"}), 422)
    assert no_flow["code"] == "wrong_format"


async def test_the_manifest_tells_all_that_a_form_needs(house: Leadline) -> None:
    manifest = (await house.client.get("/nodes")).json()
    assert manifest["broken"] == []
    book = next(node for node in manifest["nodes"] if node["type"] == "book")
    assert book["settings"]["type"] == "object"
    assert any(exit["failure"] for exit in book["exits"])
    assert book["kind"] == "talk"
    assert book["help"]


async def test_the_description_of_the_api_names_every_address(house: Leadline) -> None:
    paths = (await house.stranger.get("/openapi.json")).json()["paths"]
    assert {"/leads/website", "/calls/{call_id}/events", "/flows/{flow_id}/publish", "/nodes"} <= set(paths)
    undescribed = [
        path for path, ways in paths.items() for way in ways.values() if not way.get("description") and path != "/"
    ]
    assert undescribed == []


async def test_metrics_are_plain_text_without_names(house: Leadline) -> None:
    await house.send_form()
    text = (await house.client.get("/metrics")).text
    assert "leadline_leads_received_total" in text
    assert "Dana" not in text


async def test_a_flow_tells_how_the_lines_made_at_its_publishing_stand(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        async with asyncio.timeout(10.0):
            while not (await house.client.get(f"/flows/{FLOW}")).json()["lines"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        shown = (await house.client.get(f"/flows/{FLOW}")).json()
        assert shown["lines"]["voice"] == "fake" and shown["lines"]["failed"] == []
        assert shown["lines"]["done"] is False, "a line a second: nothing waits for them"
        assert shown["lines"]["wanted"] > 20
        published = await house.client.post(f"/flows/{FLOW}/publish", json={"revision": shown["revision"]})
        assert published.status_code == 201
