"""Every caller scenario that ships comes to its expected end, with and without sentence vectors."""

from pathlib import Path

import pytest

from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.sdk.registry import discover
from engine.simulate.judge import judge
from engine.simulate.runner import playable, run, text_player
from engine.simulate.scenario import Scenario, Suite, load_suite
from engine.simulate.text_call import TextCall

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "scenarios"
SUITES = {name: load_suite(FOLDER / f"{name}.yaml") for name in ("home_services", "solar", "dental")}
FLOWS = {name: shipped.load(name).flow for name in SUITES}

PLAYED = [
    pytest.param(name, scenario, id=scenario.id)
    for name, suite in SUITES.items()
    for scenario in playable(suite, "text")
]
MODEL = OfflineModel()


async def _failures(name: str, scenario: Scenario, model: OfflineModel) -> list[str]:
    suite = SUITES[name]
    report = await TextCall(suite, scenario, FLOWS[name], discover(), model).play()
    return [*judge(suite, scenario, report), *(f"says a placeholder: {text}" for text in report.agent if "{" in text)]


@pytest.mark.parametrize(("name", "scenario"), PLAYED)
async def test_scenario_passes_in_text(name: str, scenario: Scenario) -> None:
    assert await _failures(name, scenario, MODEL) == []


@pytest.mark.sound
@pytest.mark.parametrize(("name", "scenario"), PLAYED)
async def test_scenario_passes_in_text_with_sentence_vectors(
    name: str, scenario: Scenario, sure_model: OfflineModel
) -> None:
    assert await _failures(name, scenario, sure_model) == []


@pytest.mark.parametrize("name", SUITES)
def test_each_scenario_file_is_for_the_flow_of_its_name(name: str) -> None:
    assert SUITES[name].flow == FLOWS[name].id


async def test_the_same_caller_gets_the_same_call_every_time() -> None:
    suite: Suite = SUITES["home_services"]
    play = text_player(suite, FLOWS["home_services"], discover(), OfflineModel())
    (result,) = [each async for each in run(suite, [suite.get("hs03")], play, runs=3)]
    assert (result.runs, result.passed_runs, result.failures) == (3, 3, ())
    once, again = await play(suite.get("hs03")), await play(suite.get("hs03"))
    assert once.talk == again.talk
