"""Every numbered pitfall of the protocol sheet (gemini.md, section 9), and two that the SDK has added since."""

from __future__ import annotations

import pytest
from google.genai import types

from engine.mind.access import NET_MS, ApiKey, GeminiClient
from engine.mind.gemini import DEFAULT_MODEL, GeminiModel, GeminiOptions, thinking
from engine.mind.request import Deadlines
from engine.provider_problem import ProblemKind
from tests.emulators.faults import Fault
from tests.emulators.gemini import Chunk, GeminiEmulator, ScriptedBrain
from tests.emulators.gemini.protocol import MODELS, lower_camel
from tests.emulators.gemini.server import SHAPES
from tests.support.mind import Told, turn


def test_1_the_default_model_exists():
    assert DEFAULT_MODEL in MODELS


@pytest.mark.parametrize("name", ["gemini-1.5-flash", "gemini-2.0-flash", "gemini-9-ultra"])
async def test_1_a_model_that_is_no_more_is_named_as_such(client: GeminiClient, name: str):
    assert (await turn(GeminiModel(client, GeminiOptions(model=name)))).kind is ProblemKind.UNKNOWN_MODEL


async def test_2_leaving_a_turn_stops_the_generation(gemini: GeminiEmulator, model: GeminiModel):
    gemini.brain = ScriptedBrain(otherwise=[Chunk('{"refused":"zip","words":"no"}\n'), Chunk("x", delay_s=60.0)])
    async for _ in model.turn(Told().view(), "no"):
        break
    # A consumer that breaks and forgets: the generator is closed when it is collected, which here is at once.
    await gemini.served[0].gone.wait()


async def test_3_no_thought_signature_has_to_be_kept(gemini: GeminiEmulator, model: GeminiModel):
    """The emulator is strict for gemini-3: a function call sent back without its signature is a 400."""
    for words in ("It's 94110.", "This week.", "A house."):
        assert (await turn(model, words)).failed is None
    for served in gemini.served:
        body = lower_camel(served.body)
        assert [content["role"] for content in body["contents"]] == ["user"]
        assert all("functionCall" not in part for content in body["contents"] for part in content["parts"])
        assert "tools" not in body


@pytest.mark.parametrize("shape", ["bad_prompt_blocked", "bad_finish_safety", "good_stop_without_content",
                                   "good_stop_without_parts", "good_usage_alone"])  # fmt: skip
async def test_4_chunks_without_candidates_content_or_parts_are_read(
    gemini: GeminiEmulator, model: GeminiModel, shape: str
):
    gemini.replay = (SHAPES / f"{shape}.sse").read_bytes()
    heard = await turn(model)
    assert (heard.kind is ProblemKind.UNREADABLE) if shape.startswith("bad") else (heard.failed is None)


async def test_5_errors_of_the_transport_are_caught_as_what_they_are(gemini: GeminiEmulator, model: GeminiModel):
    gemini.faults.set(Fault("cut"))
    assert (await turn(model)).kind is ProblemKind.CUT


async def test_6_the_sdk_counts_its_timeout_in_milliseconds(gemini: GeminiEmulator, model: GeminiModel):
    await turn(model)
    assert gemini.served[0].headers["x-server-timeout"] == str(NET_MS // 1000)
    deadlines = Deadlines()
    assert max(deadlines.first_s, deadlines.between_s) * 1000 < NET_MS, "ours are shorter than the net below them"


@pytest.mark.parametrize(
    ("name", "budget", "level"),
    [
        ("gemini-3.5-flash-lite", None, "MINIMAL"),
        ("gemini-3.8-flash", None, "MINIMAL"),
        ("gemini-4-argon", None, "MINIMAL"),
        ("gemini-flash-latest", None, "MINIMAL"),
        ("gemini-3.1-pro", None, "LOW"),
        ("gemini-2.5-flash", 0, None),
        ("gemini-2.5-flash-lite", 0, None),
        ("publishers/google/models/gemini-2.5-flash", 0, None),
        ("gemini-2.5-pro", 128, None),
    ],
)
def test_7_thinking_is_as_little_as_the_family_allows(name: str, budget: int | None, level: str | None):
    config = thinking(name)
    assert config is not None
    assert config.thinking_budget == budget
    assert (config.thinking_level.value if config.thinking_level else None) == level


@pytest.mark.parametrize("name", ["gemini-2.0-flash", "gemini-1.5-pro"])
def test_7_a_family_that_does_not_think_is_told_nothing_about_it(name: str):
    assert thinking(name) is None


@pytest.mark.parametrize("name", [each for each in MODELS if "latest" not in each])
async def test_7_every_model_takes_what_it_is_told_about_thinking(client: GeminiClient, name: str):
    assert (await turn(GeminiModel(client, GeminiOptions(model=name)))).failed is None


async def test_7_there_is_room_for_thinking_in_the_cap_of_tokens(gemini: GeminiEmulator, model: GeminiModel):
    await turn(model)
    config = lower_camel(gemini.served[0].body)["generationConfig"]
    assert config["maxOutputTokens"] >= 512
    assert "temperature" not in config, "Gemini 3 loops at low temperatures"


async def test_7_a_version_that_knows_nothing_of_thinking_is_asked_once_more_without_and_that_is_remembered(
    gemini: GeminiEmulator, model: GeminiModel
):
    gemini.thoughtless.add("v1")
    told = Told()
    assert (await turn(model, told=told)).failed is None
    assert len(gemini.served) == 2
    assert [note for note in told.notes if "how much to think" in note]
    assert (await turn(model)).failed is None
    assert len(gemini.served) == 3, "it is not told again"


async def test_7_test_connection_asks_again_without_thinking_as_calls_do(gemini: GeminiEmulator, model: GeminiModel):
    gemini.thoughtless.add("v1")
    assert await model.check() is None


async def test_7_another_refusal_is_not_asked_again(gemini: GeminiEmulator, model: GeminiModel):
    gemini.faults.set(Fault("refuse", error="INVALID_ARGUMENT"))
    assert (await turn(model)).failed is not None
    assert len(gemini.served) == 1


async def test_9_the_version_of_the_api_is_chosen_in_the_connection_and_used_by_calls_and_check(gemini: GeminiEmulator):
    gemini.thoughtless.add("v1")
    client = GeminiClient(ApiKey("emulator"), gemini.address, "v1beta")
    model = GeminiModel(client)
    assert (await turn(model)).failed is None
    assert await model.check() is None
    assert [each.path.split("/")[1] for each in gemini.served] == ["v1beta", "v1beta"]
    await client.aclose()


async def test_8_a_function_call_is_never_executed_nor_asked_again(gemini: GeminiEmulator, model: GeminiModel):
    gemini.brain = ScriptedBrain(otherwise=[Chunk(call="book", signature="c2ln", finish="STOP")])
    heard = await turn(model)
    assert heard.kind is ProblemKind.UNREADABLE
    assert "tool" in str(heard.failed)
    assert len(gemini.served) == 1


async def test_9_the_version_in_the_path_is_ours(gemini: GeminiEmulator, model: GeminiModel):
    await turn(model)
    assert gemini.served[0].path == f"/v1/models/{DEFAULT_MODEL}:streamGenerateContent"


async def test_10_an_answer_that_asks_to_be_continued_is_not_continued_behind_our_back(
    gemini: GeminiEmulator, model: GeminiModel
):
    """New in google-genai 3.6: the SDK would ask again by itself, with costs and time that nobody counts."""
    gemini.brain = ScriptedBrain(otherwise=[Chunk('{"refused":"zip","words":"no"}\n', finish="CONTINUATION")])
    assert (await turn(model, "no")).kind is ProblemKind.CUT
    assert len(gemini.served) == 1
    assert "automatic_continuation" in types.GenerateContentConfig.model_fields


async def test_11_a_safety_filter_lets_through_what_people_say_on_the_phone(
    gemini: GeminiEmulator, client: GeminiClient
):
    await turn(GeminiModel(client), "The damn gas pipe is killing us.")
    settings = lower_camel(gemini.served[0].body)["safetySettings"]
    assert len(settings) == 4
    assert {each["threshold"] for each in settings} == {"BLOCK_ONLY_HIGH"}


async def test_12_a_client_of_another_address_version_or_library_is_not_used(gemini: GeminiEmulator):
    """aiohttp, if somebody installs it, has other timeouts and asks again by itself: our own client is always given."""
    client = GeminiClient(ApiKey("emulator"), gemini.address)
    assert client._sdk._api_client._use_aiohttp() is False
    assert client._sdk._api_client._async_httpx_client is client._http
    await client.aclose()
