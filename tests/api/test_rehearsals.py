"""Trying a draft out over HTTP: what is understood, answered, noticed and judged, with plain typed errors."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.api.test_people import enter, log_in
from tests.support.api import Leadline, leadline

FLOW = "home_services_v1"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def test_trying_out_needs_the_token(house: Leadline) -> None:
    for what in ("understand", "answer", "notice", "judge"):
        assert (await house.stranger.post(f"/flows/{FLOW}/{what}", json={})).status_code == 401


async def test_an_answer_is_told_as_stored_and_in_words(house: Leadline) -> None:
    answer = await house.client.post(f"/flows/{FLOW}/understand", json={"slot": "timeline", "text": "in two weeks"})
    told = answer.json()
    assert told["understood"]["state"] == "heard"
    assert told["understood"]["value"] == 14
    assert told["understood"]["in_words"] == "14 days"
    assert told["understood"]["label"]


async def test_a_zip_elsewhere_is_said_to_be_outside_the_list(house: Leadline) -> None:
    told = (await house.client.post(f"/flows/{FLOW}/understand", json={"slot": "zip", "text": "90001"})).json()
    assert told["understood"]["outside"] == "service_area"


async def test_what_is_tried_is_the_newest_draft(house: Leadline) -> None:
    draft = (await house.client.get(f"/flows/{FLOW}")).json()
    document = json.loads(draft["text"])
    document["knowledge"].append({"id": "ducks", "question": "Do you feed ducks?", "say": "Every day."})
    body = {"revision": draft["revision"], "document": document, "by": "Test"}
    before = (await house.client.post(f"/flows/{FLOW}/answer", json={"question": "Do you feed ducks?"})).json()
    assert before["entry"] is None
    assert before["unknown"].startswith("I don't want to tell you something wrong")
    assert (await house.client.put(f"/flows/{FLOW}/draft", json=body)).status_code == 200
    after = (await house.client.post(f"/flows/{FLOW}/answer", json={"question": "Do you feed ducks?"})).json()
    assert after["entry"]["say"] == "Every day."
    assert after["nearest"][0]["score"] >= after["certain"]


async def test_a_sentence_that_is_no_question_is_said_to_be_none(house: Leadline) -> None:
    told = (await house.client.post(f"/flows/{FLOW}/answer", json={"question": "My roof leaks"})).json()
    assert told["as_question"] is False
    assert len(told["nearest"]) == 3


async def test_the_reflex_that_acts_is_named(house: Leadline) -> None:
    told = (await house.client.post(f"/flows/{FLOW}/notice", json={"text": "Take me off your list"})).json()
    acting = [each for each in told["noticed"] if each["answers"]]
    assert [each["reflex"] for each in acting] == ["stop"]
    assert acting[0]["label"] == "Wants no more calls"
    assert (await house.client.post(f"/flows/{FLOW}/notice", json={"text": "The roof leaks"})).json() == {"noticed": []}


async def test_answers_are_judged_with_reasons(house: Leadline) -> None:
    told = (await house.client.post(f"/flows/{FLOW}/judge", json={"slots": {"zip": "90001"}})).json()
    assert (told["state"], told["reason"]) == ("unqualified", "out_of_area")
    assert "service area" in told["explanation"]
    assert {each["verdict"] for each in told["criteria"]} == {"failed", "open"}


def assert_problem(answer: httpx.Response, status: int) -> dict[str, list[dict[str, str]]]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, list[dict[str, str]]] = answer.json()
    return body


async def test_what_the_flow_does_not_ask_is_a_problem_of_that_field(house: Leadline) -> None:
    body = assert_problem(
        await house.client.post(f"/flows/{FLOW}/understand", json={"slot": "shoe", "text": "nine"}), 422
    )
    assert body["problems"][0]["field"] == "slot"
    body = assert_problem(await house.client.post(f"/flows/{FLOW}/judge", json={"slots": {"shoe": 9}}), 422)
    assert body["problems"][0]["field"] == "slots.shoe"


async def test_an_answer_of_the_wrong_type_is_a_problem_of_that_field(house: Leadline) -> None:
    slots = {"zip": "a house", "timeline": "soon", "property_type": "castle"}
    body = assert_problem(await house.client.post(f"/flows/{FLOW}/judge", json={"slots": slots}), 422)
    assert {each["field"] for each in body["problems"]} == {f"slots.{name}" for name in slots}


async def test_no_such_flow_and_no_sentence_are_plain_problems(house: Leadline) -> None:
    assert_problem(await house.client.post("/flows/nobody/judge", json={}), 404)
    assert_problem(await house.client.post(f"/flows/{FLOW}/notice", json={"text": ""}), 422)
    assert_problem(await house.client.post(f"/flows/{FLOW}/notice", json={"text": "x" * 501}), 422)


async def test_whoever_may_look_at_a_flow_may_try_it(house: Leadline) -> None:
    await enter(house, "boss", "admin")
    await enter(house, "vi", "viewer")
    proof = await log_in(house, "vi")
    answer = await house.stranger.post(f"/flows/{FLOW}/notice", json={"text": "Stop calling me"}, headers=proof)
    assert answer.status_code == 200
    heard = await house.stranger.post("/voices/sample", json={"text": "Hello."}, headers=proof)
    assert heard.status_code == 200
