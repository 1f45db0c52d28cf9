"""A scenario file that cannot be used is refused in plain words, with the place."""

from pathlib import Path

import pytest

from engine.simulate.scenario import ScenarioFileInvalid, load_suite

HEAD = 'schema_version: 1\nflow: f\nclock: "2026-09-15T10:15:00-07:00"\nzone: America/Los_Angeles\n'


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "calls.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("scenarios: [\n  {id: a,\n", r"calls\.yaml is not valid YAML in line \d"),
        ("just words", "has no list called 'scenarios'"),
        ("schema_version: 2\nscenarios: []\n", "schema_version 2; this Leadline reads 1"),
        (HEAD + "scenarios: [{id: a, turns: [{say: Hello}]}]\n", r"field 'turns\.0\.when'"),
        (HEAD + "scenarios: [{id: a, modality: video}]\n", "field 'modality'"),
        (HEAD + "scenarios: [{id: a, levle: 2}]\n", "scenario .*, field 'levle'"),
        (HEAD + "scenarios: [{id: a, calendar: {faults: [{on: book, answer: rude}]}}]\n", "field 'calendar.*answer'"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ScenarioFileInvalid, match=says):
        load_suite(_file(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioFileInvalid, match=r"nowhere\.yaml cannot be read"):
        load_suite(tmp_path / "nowhere.yaml")


def test_an_unknown_scenario_is_answered_with_those_there_are(tmp_path: Path) -> None:
    suite = load_suite(_file(tmp_path, HEAD + "scenarios: [{id: a1_one}, {id: a2_two}]\n"))
    assert suite.get("a1").id == "a1_one"
    with pytest.raises(ScenarioFileInvalid, match=r"no scenario 'a9'\. The file has: a1_one, a2_two"):
        suite.get("a9")


def test_yes_no_and_on_are_words_in_a_scenario_file(tmp_path: Path) -> None:
    text = HEAD + "scenarios: [{id: a, expect: {recording: on}, turns: [{when: done, say: yes}]}]\n"
    scenario = load_suite(_file(tmp_path, text)).get("a")
    assert scenario.expect == {"recording": "on"}
    assert scenario.turns[0].say == "yes"
