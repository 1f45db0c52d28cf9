"""Every caller scenario that comes to its expected end offline comes to it through Gemini too: Google's own SDK against
the emulator, the offline model in front of nothing. And an ordinary turn costs one request.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from engine.flow import shipped
from engine.mind.access import ApiKey, GeminiClient
from engine.mind.gemini import GeminiModel
from engine.sdk.registry import discover
from engine.simulate.judge import judge
from engine.simulate.runner import playable
from engine.simulate.scenario import Scenario, load_suite
from engine.simulate.text_call import TextCall
from tests.emulators.gemini import GeminiEmulator
from tests.emulators.gemini.server import Served

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "scenarios"
SUITES = {name: load_suite(FOLDER / f"{name}.yaml") for name in ("home_services", "solar", "dental")}
FLOWS = {name: shipped.load(name).flow for name in SUITES}

ONE_REQUEST = 0.9
"""Share of turns that may cost no more than one request."""

RELEASED = 0.9
"""Share of the offered speech that is spoken: what is not was paid for in vain."""

PLAYED = [
    pytest.param(name, scenario, id=scenario.id)
    for name, suite in SUITES.items()
    for scenario in playable(suite, "text")
]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("all scenarios through Gemini")]


@dataclass
class Hosted:
    gemini: GeminiEmulator
    model: GeminiModel
    turns: Counter[int] = field(default_factory=Counter)
    """How many turns cost so many requests."""
    offers: Counter[bool] = field(default_factory=Counter)
    """How many offered speeches were released, and how many were not."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hosted() -> AsyncIterator[Hosted]:
    async with GeminiEmulator() as gemini:
        client = GeminiClient(ApiKey("emulator"), gemini.address)
        yield Hosted(gemini, GeminiModel(client))
        await client.aclose()


def requests_by_turn(served: list[Served]) -> Counter[int]:
    """A turn is the request that interprets, and those for a wording that come before the next one."""
    turns: list[int] = []
    for each in served:
        asked = json.loads(each.body["contents"][0]["parts"][0]["text"])["do"]
        if asked == "turn":
            turns.append(1)
        else:
            turns[-1] += 1
    return Counter(turns)


@pytest.mark.parametrize(("name", "scenario"), PLAYED)
async def test_scenario_passes_through_gemini(hosted: Hosted, name: str, scenario: Scenario) -> None:
    before = len(hosted.gemini.served)
    call = TextCall(SUITES[name], scenario, FLOWS[name], discover(), hosted.model)
    report = await call.play()
    assert judge(SUITES[name], scenario, report) == []
    assert [text for text in report.agent if "{" in text] == []
    assert [note for kind, _, note in call.notebook.notes if kind == "model_note"] == []
    hosted.turns += requests_by_turn(hosted.gemini.served[before:])
    hosted.offers.update(bool(facts["released"]) for kind, _, facts in call.notebook.notes if kind == "offered")


async def test_an_ordinary_turn_costs_one_request(hosted: Hosted) -> None:
    """Counted over every scenario of the three flows, however the tests before it were spread over processes."""
    counted = Hosted(hosted.gemini, hosted.model)
    for name, suite in SUITES.items():
        for scenario in playable(suite, "text"):
            await test_scenario_passes_through_gemini(counted, name, scenario)
    hosted = counted
    assert hosted.turns[1] / hosted.turns.total() >= ONE_REQUEST, hosted.turns
    assert hosted.offers[True] > hosted.turns.total() / 4, "what Gemini offers is hardly ever spoken"
    assert hosted.offers[True] >= RELEASED * hosted.offers.total(), hosted.offers
    assert sum(each.status == 200 for each in hosted.gemini.served) == len(hosted.gemini.served)
