"""How a simulated caller chooses what to say: the rules at the head of a scenario file."""

from pathlib import Path
from typing import Any

import yaml

from engine.simulate.scenario import Suite, load_suite
from engine.simulate.script import MAX_FALLBACKS, AgentTurn, ScriptedCaller

HEAD: dict[str, Any] = {
    "schema_version": 1,
    "flow": "home_services_v1",
    "clock": "2026-09-15T10:15:00-07:00",
    "zone": "America/Los_Angeles",
    "defaults": {"lead": {"first_name": "Dana"}, "answers": {"zip": "94110.", "email": "No."}, "fallback": "What?"},
    "cues": {"zip": "zip", "identity": "is this {first_name}", "offers_times": "tomorrow at"},
}


def _suite(tmp_path: Path, *turns: dict[str, Any], **fields: Any) -> Suite:
    file = tmp_path / "one.yaml"
    file.write_text(yaml.safe_dump({**HEAD, "scenarios": [{"id": "x1", "turns": list(turns), **fields}]}))
    return load_suite(file)


def _caller(tmp_path: Path, *turns: dict[str, Any], **fields: Any) -> ScriptedCaller:
    suite = _suite(tmp_path, *turns, **fields)
    return ScriptedCaller(suite, suite.get("x1"))


def _said(caller: ScriptedCaller, text: str, asked: str = "") -> str | None:
    line = caller.answers(AgentTurn(text, asked)).line
    return line.words if line else None


def test_the_pickup_line_is_said_once_and_only_at_pickup(tmp_path: Path) -> None:
    caller = _caller(tmp_path, {"when": "pickup", "say": "Hello?"})
    first = caller.pickup()
    assert first is not None
    assert first.words == "Hello?"
    assert caller.pickup() is None
    assert _said(caller, "Hi.") == "What?"


def test_a_caller_without_a_pickup_line_picks_up_in_silence(tmp_path: Path) -> None:
    assert _caller(tmp_path, {"when": "done", "say": "Yes."}).pickup() is None


def test_the_first_unused_line_that_fits_is_taken(tmp_path: Path) -> None:
    caller = _caller(tmp_path, {"when": "asks:zip", "say": "94107."}, {"when": "asks:zip", "say": "I said 94107."})
    assert [_said(caller, "Your ZIP?", "zip") for _ in range(3)] == ["94107.", "I said 94107.", "94110."]


def test_one_of_several_conditions_is_enough(tmp_path: Path) -> None:
    caller = _caller(tmp_path, {"when": ["asks:email", "offers_times"], "say": "Fine."})
    assert _said(caller, "I have tomorrow at two.", "offer_times") == "Fine."


def test_the_engines_own_trace_counts_more_than_the_wording(tmp_path: Path) -> None:
    caller = _caller(tmp_path, {"when": "asks:zip", "say": "94107."})
    assert _said(caller, "And the ZIP is 94110; your e-mail?", "email") == "No."
    assert _said(caller, "Which zip is it?") == "94107."


def test_a_pattern_may_name_the_lead(tmp_path: Path) -> None:
    caller = _caller(tmp_path, {"when": "asks:identity", "say": "Speaking."})
    assert _said(caller, "Is this Robin?") == "What?"
    assert _said(caller, "Is this Dana?") == "Speaking."


def test_done_fits_whatever_was_said(tmp_path: Path) -> None:
    assert _said(_caller(tmp_path, {"when": "done", "say": "Okay."}), "Anything.") == "Okay."


def test_quiet_uses_up_an_opportunity_in_silence(tmp_path: Path) -> None:
    caller = _caller(tmp_path, {"when": "quiet"}, {"when": "done", "say": "Yes?"})
    assert caller.answers(AgentTurn("Hello?")).quiet
    assert _said(caller, "Hello?") == "Yes?"


def test_after_three_fallbacks_the_caller_hangs_up(tmp_path: Path) -> None:
    caller = _caller(tmp_path)
    assert [_said(caller, "Hm.") for _ in range(MAX_FALLBACKS)] == ["What?"] * MAX_FALLBACKS
    assert caller.answers(AgentTurn("Hm.")).hangs_up


def test_a_caller_cuts_in_only_where_the_line_belongs_and_once(tmp_path: Path) -> None:
    caller = _caller(tmp_path, {"when": "speaking", "on": "offers_times", "after_ms": 900, "say": "That one."})
    assert caller.cuts_in("What's the ZIP?", "zip") is None
    line = caller.cuts_in("I have tomorrow at two.", "offer_times")
    assert line is not None
    assert (line.words, line.after_ms) == ("That one.", 900)
    assert caller.cuts_in("I have tomorrow at two.", "offer_times") is None


def test_pause_marks_are_not_spoken(tmp_path: Path) -> None:
    assert _said(_caller(tmp_path, {"when": "done", "say": "Nine four | one | one zero."}), "ZIP?") == (
        "Nine four one one zero."
    )


def test_fields_of_a_scenario_replace_the_defaults_and_maps_are_merged(tmp_path: Path) -> None:
    scenario = _suite(tmp_path, lead={"last_name": "Wu"}, answers={"zip": "94103."}).get("x1")
    assert (scenario.lead.first_name, scenario.lead.last_name) == ("Dana", "Wu")
    assert scenario.answers == {"zip": "94103.", "email": "No."}
