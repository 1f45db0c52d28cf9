"""docs/scenarios.md tells every word of the format, and its example plays as it says."""

import re
from pathlib import Path

from engine.dialogue.offline import OfflineModel
from engine.flow.document import FlowDocument
from engine.sdk.registry import discover
from engine.simulate import judge
from engine.simulate.runner import run, text_player
from engine.simulate.scenario import CalendarFault, CallerLine, Scenario, load_suite

DOCS = Path(__file__).parents[2] / "docs"
SHIPPED = sorted((Path(__file__).parents[2] / "examples" / "scenarios").glob("*.yaml"))
PAGE = (DOCS / "scenarios.md").read_text()


def words_of_table(heading: str) -> list[str]:
    """First column of the table whose heading begins with `heading`."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table, heading
    return re.findall(r"^\| `([^`]+)` \|", table[1], re.MULTILINE)


def test_the_page_lists_exactly_the_expectations_that_the_judge_knows():
    assert sorted(words_of_table("expectation")) == sorted(judge._CHECKS)


def test_every_field_of_a_scenario_is_told():
    for model in (Scenario, CallerLine, CalendarFault):
        for name in model.model_fields:
            if name not in {"clock", "zone", "start", "lang", "answer"}:
                assert re.search(rf"\b{name}\b", PAGE), f"{model.__name__}.{name}"


def test_every_file_that_ships_is_told():
    for file in SHIPPED:
        assert f"(../examples/scenarios/{file.name})" in PAGE, file.name


def test_words_that_a_caller_goes_by_are_told():
    suites = [load_suite(file) for file in SHIPPED]
    scenarios = [each for suite in suites for each in suite.scenarios]
    used = {when.split(":")[0] for each in scenarios for line in each.turns for when in line.when}
    assert used <= {word.split(":")[0] for word in words_of_table("`when`")}


async def test_the_example_plays_as_the_page_says(tmp_path: Path):
    example = re.search(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    flow = re.search(r"^```json flow\n(.*?)^```$", (DOCS / "flows.md").read_text(), re.MULTILINE | re.DOTALL)
    assert example
    assert flow
    file = tmp_path / "callers.yaml"
    file.write_text(example[1])
    suite = load_suite(file)
    player = text_player(suite, FlowDocument.load(flow[1]).flow, discover(), OfflineModel(None))
    results = [each async for each in run(suite, suite.scenarios, player)]
    assert [(each.id, each.failures) for each in results] == [("cv01_straight", ())]
