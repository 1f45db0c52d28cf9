"""The emulator itself: what the prompt carries is enough to decide as the offline model does, and the server is as
strict as Google's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from engine.dialogue.commands import Command
from engine.dialogue.model import Offer, TurnView
from engine.dialogue.offline import OfflineModel
from engine.dialogue.prompt import instruction, speak_request, turn_request
from engine.flow import shipped
from engine.sdk.registry import discover
from engine.simulate.runner import playable
from engine.simulate.scenario import Scenario, Suite, load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.simulate.text_call import TextCall
from tests.emulators.faults import Fault
from tests.emulators.gemini import Chunk, GeminiEmulator, OfflineBrain, ScriptedBrain
from tests.emulators.gemini.protocol import Refused, lower_camel, read_generate
from tests.emulators.gemini.rebuild import flow_named, rebuild
from tests.support.mind import FLOW, Told

SUITES = {name: load_suite(shipped_scenarios(name)) for name in ("home_services", "solar", "dental")}
KEY = {"x-goog-api-key": "emulator"}
LITE = "gemini-3.5-flash-lite"


class Eavesdropper:
    """The offline model, which also decides on the view that a request would carry, and notes where that differs."""

    hosted = False

    def __init__(self) -> None:
        self.model = OfflineModel()
        self.turns = 0
        self.differences: list[tuple[str, list[Command], list[Command]]] = []

    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        here = [item async for item in self.model.turn(view, words) if not isinstance(item, str | Offer)]
        wanted = rebuild(view.flow, turn_request(view, words))
        there = [item async for item in self.model.turn(wanted.view, wanted.words) if not isinstance(item, str | Offer)]
        self.turns += 1
        if here != there:
            self.differences.append((words, here, there))
        for item in here:
            yield item

    async def speak(self, view: TurnView, brief: Any) -> AsyncIterator[str]:
        wanted = rebuild(view.flow, speak_request(view, brief))
        assert wanted.brief is not None
        here = [each async for each in self.model.speak(view, brief)]
        assert [each async for each in self.model.speak(wanted.view, wanted.brief)] == here
        for each in here:
            yield each


@pytest.mark.parametrize("name", SUITES)
async def test_the_request_carries_all_that_the_offline_model_decides_by(name: str):
    suite: Suite = SUITES[name]
    model = Eavesdropper()
    flow = shipped.load(name).flow
    scenarios: list[Scenario] = playable(suite, "text")
    for scenario in scenarios:
        await TextCall(suite, scenario, flow, discover(), model).play()
    assert model.turns > 30
    assert model.differences == []


def test_the_flow_is_found_by_its_id_in_the_instruction():
    assert flow_named(instruction(FLOW)) == (FLOW.id, FLOW.version)
    assert flow_named("You answer in one word.") is None


# As strict as Google's server.


def contents(*turns: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"contents": [{"role": role, "parts": [part]} for role, part in turns]}


HI = ("user", {"text": "hi"})
CALL = ("model", {"functionCall": {"name": "find", "args": {"some_day": "x"}}, "thoughtSignature": "c2ln"})
ANSWER = ("user", {"functionResponse": {"name": "find", "response": {"slots": []}}})
UNSIGNED = ("model", {"functionCall": {"name": "find", "args": {}}})


@pytest.mark.parametrize(
    "body",
    [
        contents(HI),
        contents(HI, CALL, ANSWER),
        {**contents(HI), "system_instruction": {"parts": [{"text": "x"}]}, "generation_config": {"top_k": 1}},
    ],
)
def test_what_google_takes_is_taken_in_either_style_of_keys(body: dict[str, Any]):
    assert read_generate(LITE, body).body["contents"]


@pytest.mark.parametrize(
    ("model", "body", "says"),
    [
        (LITE, {}, "contents is not specified"),
        (LITE, {"contents": []}, "contents is not specified"),
        (LITE, contents(("assistant", {"text": "x"})), "valid role"),
        (LITE, {"contents": [{"role": "user", "parts": []}]}, "must not be empty"),
        (LITE, {**contents(HI), "messages": []}, "Unknown name"),
        (LITE, contents(HI, ANSWER), "number of function response parts"),
        (LITE, contents(HI, CALL, HI), "number of function response parts"),
        (LITE, contents(HI, UNSIGNED, ANSWER), "thought_signature"),
        (
            LITE,
            {**contents(HI), "generationConfig": {"thinkingConfig": {"thinking_budget": 0, "thinkingLevel": "LOW"}}},
            "only set only one",
        ),
        (
            "gemini-2.5-flash",
            {**contents(HI), "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
            "not supported",
        ),
        (
            "gemini-2.5-pro",
            {**contents(HI), "generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}},
            "Budget 0 is invalid",
        ),
        (LITE, [], "Invalid JSON payload"),
    ],
)
def test_what_google_refuses_is_refused(model: str, body: Any, says: str):
    with pytest.raises(Refused) as refused:
        read_generate(model, body)
    assert (refused.value.code, refused.value.status) == (400, "INVALID_ARGUMENT")
    assert says in refused.value.message


def test_older_models_want_no_signature():
    assert read_generate("gemini-2.5-flash", contents(HI, UNSIGNED, ANSWER))


def test_keys_become_lower_camel_but_not_those_of_a_users_own_objects():
    assert lower_camel({"max_output_tokens": 1, "args": {"some_day": 1}}) == {
        "maxOutputTokens": 1,
        "args": {"some_day": 1},
    }


@pytest.fixture
async def gemini() -> AsyncIterator[GeminiEmulator]:
    async with GeminiEmulator(ScriptedBrain(otherwise="Fine.")) as emulator:
        yield emulator


@pytest.fixture
async def http(gemini: GeminiEmulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gemini.address, headers=KEY, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1beta1"])
async def test_both_versions_are_served(http: httpx.AsyncClient, version: str):
    answer = await http.post(f"/{version}/models/{LITE}:generateContent", json=contents(HI))
    assert answer.json()["candidates"][0]["content"]["parts"] == [{"text": "Fine."}]
    assert answer.json()["candidates"][0]["finishReason"] == "STOP"
    counted = await http.post(f"/{version}/models/{LITE}:countTokens", json=contents(HI))
    assert counted.json() == {"totalTokens": 1}
    assert (await http.get(f"/{version}/models/{LITE}")).json()["name"] == f"models/{LITE}"
    assert len((await http.get(f"/{version}/models")).json()["models"]) > 5


async def test_no_key_a_wrong_key_no_token_and_an_unknown_path_are_refused(http: httpx.AsyncClient):
    path = f"/v1/models/{LITE}:generateContent"
    vertex = f"/v1beta1/projects/emulated-project/locations/global/publishers/google/models/{LITE}:generateContent"
    asked = [
        await http.post(path, json=contents(HI), headers={"x-goog-api-key": ""}),
        await http.post(path, json=contents(HI), headers={"x-goog-api-key": "other"}),
        await http.post(vertex, json=contents(HI), headers={"authorization": "Bearer made-up"}),
        await http.post("/v9/models/x:generateContent", json=contents(HI)),
        await http.post(f"/v1/models/{LITE}:streamGenerateContent", json=contents(HI)),
    ]
    assert [answer.status_code for answer in asked] == [403, 400, 401, 404, 404]
    assert all(answer.json()["error"]["message"] for answer in asked)
    assert (await http.post(path, params={"key": "emulator"}, json=contents(HI))).status_code == 200


async def test_an_answer_stops_at_the_cap_of_tokens(gemini: GeminiEmulator, http: httpx.AsyncClient):
    gemini.brain = ScriptedBrain(otherwise=[Chunk("one two three four "), Chunk("five six seven", finish="STOP")])
    body = {**contents(HI), "generationConfig": {"maxOutputTokens": 5}}
    answer = await http.post(f"/v1/models/{LITE}:generateContent", json=body)
    assert answer.json()["candidates"][0]["finishReason"] == "MAX_TOKENS"


async def test_who_goes_away_before_the_end_is_logged(gemini: GeminiEmulator, http: httpx.AsyncClient):
    gemini.brain = ScriptedBrain(otherwise=[Chunk("a"), Chunk("b", delay_s=60.0)])
    path = f"/v1/models/{LITE}:streamGenerateContent?alt=sse"
    async with http.stream("POST", path, json=contents(HI)) as stream:
        await anext(stream.aiter_bytes())
    async with asyncio.timeout(3.0):
        await gemini.served[0].gone.wait()
    assert not gemini.served[0].complete


async def test_a_stall_ends_when_the_plan_is_cleared_only_for_the_next_request(
    gemini: GeminiEmulator, http: httpx.AsyncClient
):
    gemini.faults.set(Fault("rate_limit", seconds=5, times=1))
    path = f"/v1/models/{LITE}:generateContent"
    limited = await http.post(path, json=contents(HI))
    assert limited.status_code == 429
    assert {"retryDelay": "5s"}.items() <= limited.json()["error"]["details"][1].items()
    assert (await http.post(path, json=contents(HI))).status_code == 200
    assert gemini.faults.hits == 1


async def test_a_flow_that_it_does_not_hold_is_refused_and_one_that_it_is_given_is_taken(gemini: GeminiEmulator):
    other = FLOW.model_copy(update={"id": "another"})
    view = Told().view(flow=other)
    body = {
        **contents(("user", {"text": turn_request(view, "It's 94110.")})),
        "systemInstruction": {"parts": [{"text": instruction(other)}]},
    }
    with pytest.raises(Refused, match="another"):
        await OfflineBrain().answer(read_generate(LITE, body))
    chunks = await OfflineBrain([other]).answer(read_generate(LITE, body))
    assert '"heard":"zip"' in "".join(chunk.text or "" for chunk in chunks)
