"""The judge can fail: for each word of `expect` there is a call that breaks it, and a sentence that says so."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from engine.sdk import Evidence, SlotState, SlotValue
from engine.simulate import judge as judging
from engine.simulate.judge import judge, percentile
from engine.simulate.report import CallReport, Done, Said, SoundTimes
from engine.simulate.scenario import Scenario, ScenarioFileInvalid, Suite, load_suite

ZONE = ZoneInfo("America/Los_Angeles")
OPENING = "Hi, I'm an AI."
GOOD = CallReport(
    disposition="booked",
    reason="",
    qualified=True,
    flags=("frustrated",),
    opted_out=False,
    recording="on",
    slots={
        "zip": SlotValue("zip", "94110", SlotState.HEARD, 0.9, Evidence("call", "94110", 2)),
        "timeline": SlotValue("timeline", 7, SlotState.HEARD, 0.9, Evidence("call", "this week", 3)),
    },
    corrections={"zip": ("94107", "94110")},
    talk=(
        Said("caller", "Hello?"),
        Said("agent", OPENING),
        Said("caller", "What does it cost?"),
        Said("agent", "Usually $300. What's the ZIP?", "zip"),
        Said("caller", "94110"),
        Said("agent", "You're booked.", "", frozenset({"zip"})),
    ),
    actions=(Done("check_availability", {}), Done("book_appointment", {"start": "2026-09-16T14:00:00-07:00"})),
    bookings=(datetime(2026, 9, 16, 14, tzinfo=ZONE),),
    booked_at=5,
    callback_at=datetime(2026, 9, 15, 18, tzinfo=ZONE),
    callback_by="human",
    callback_why="busy",
    callback_language="es",
    transfer="connected",
    silence_prompts=0,
    audio_kept=True,
    sound=SoundTimes(response_ms=(400.0, 900.0), cut_ins=0, total_s=50.0),
)

BREACHES: dict[str, tuple[Any, Any, str]] = {
    "disposition": ("booked", "do_not_call", "expected 'do_not_call', was 'booked'"),
    "reason": ("", "out_of_area", "expected 'out_of_area'"),
    "qualified": (True, False, "expected False, was True"),
    "opt_out": (False, True, "expected True"),
    "recording": ("on", "declined", "expected 'declined'"),
    "audio_kept": (True, False, "expected False"),
    "flags": (["frustrated"], ["asked_if_ai"], "'asked_if_ai' is missing"),
    "slots": ({"zip": "94110", "timeline_days_max": 7}, {"zip": "94107"}, "'zip' is '94110', expected '94107'"),
    "corrected": ({"zip": {"from": "94107", "to": "94110"}}, {"zip": {"from": "1", "to": "2"}}, "should have changed"),
    "booking": ({"start": "2026-09-16T14:00", "count": 1}, {"start": "2026-09-17T10:00"}, "expected a booking at"),
    "cancelled": (["2026-09-18T15:00"], ["2026-09-16T14:00"], "should be gone"),
    "callback": ({"at": "2026-09-15T18:00", "by": "human", "language": "es"}, {"by": "assistant"}, "by should be"),
    "transfer": ({"result": "connected"}, {"result": "busy"}, "result should be 'busy'"),
    "actions": (
        [{"name": "book_appointment", "args": {"start": "2026-09-16T14:00"}}],
        [{"name": "book_appointment"}, {"name": "check_availability"}],
        "check_availability .* did not happen in its order",
    ),
    "actions_count": ({"book_appointment": 1}, {"book_appointment": 2}, "happened 1 times, expected 2"),
    "never_actions": (["transfer_call"], ["book_appointment"], "book_appointment must not happen"),
    "says": (["booked", {"re": "usually", "next_after": "cost"}], [{"re": "goodbye"}], "never says /goodbye/"),
    "never_says": ([{"re": "discount"}], ["booked"], "says 'booked'"),
    "never_says_before_success": (["booked"], [{"re": "usually"}], "before the booking had succeeded"),
    "money_ok": ([300], [150], "speaks the amount 300, allowed are 150"),
    "never_asks": (["email"], ["zip"], "asks for 'zip'"),
    "never_asks_after": (
        {"text": "94110", "slots": ["zip"]},
        {"text": "hello", "slots": ["zip"]},
        "asks for 'zip' after",
    ),
    "answer_then_question": (True, True, "does not end with the next question"),
    "prompts_on_silence": (0, 2, "expected 2, was 0"),
    "max_agent_turns": (3, 2, "at most 2, was 3"),
    "re_asks": (0, 0, "asks for 'zip' 1 times although it was already answered"),
    "timing": (
        {"cut_ins": 0, "response_ms_p95": 1000, "total_max_s": 60},
        {"response_ms_p95": 500},
        "response_ms_p95: 900",
    ),
}
"""Word: a value that holds, one that does not (or a call that breaks it, below), and part of the sentence."""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    file = tmp_path / "suite.yaml"
    data = {
        "schema_version": 1,
        "flow": "f",
        "clock": "2026-09-15T10:15:00-07:00",
        "zone": "America/Los_Angeles",
        "defaults": {"money_ok": [300]},
        "cues": {},
        "checks": {"ai": r"\bAI\b", "booked": "you're booked", "human": "i'm human"},
        "always": {
            "says": [{"check": "ai", "by": 1}],
            "never_says": ["human"],
            "never_actions": ["shout"],
            "money_only": True,
        },
        "scenarios": [{"id": "x1"}],
    }
    file.write_text(yaml.safe_dump(data))
    return load_suite(file)


def _expecting(suite: Suite, **expect: Any) -> Scenario:
    return suite.get("x1").model_copy(update={"expect": expect})


def _said(report: CallReport, *more: Said) -> CallReport:
    return replace(report, talk=(*report.talk, *more))


def _broken(word: str) -> CallReport:
    if word == "re_asks":
        return _said(GOOD, Said("agent", "The ZIP?", "zip", frozenset({"zip"})))
    if word == "answer_then_question":
        return replace(GOOD, talk=(GOOD.talk[0], GOOD.talk[1], GOOD.talk[2], Said("agent", "Usually $300.")))
    return GOOD


def test_every_word_that_the_judge_knows_is_tried_here() -> None:
    assert set(BREACHES) == set(judging._CHECKS)


@pytest.mark.parametrize("word", BREACHES)
def test_a_call_that_keeps_it_passes(suite: Suite, word: str) -> None:
    assert judge(suite, _expecting(suite, **{word: BREACHES[word][0]}), GOOD) == []


@pytest.mark.parametrize("word", BREACHES)
def test_a_call_that_breaks_it_gets_a_sentence(suite: Suite, word: str) -> None:
    _, wanted, sentence = BREACHES[word]
    failures = judge(suite, _expecting(suite, **{word: wanted}), _broken(word))
    assert len(failures) == 1
    assert failures[0].startswith(f"{word}: ")
    assert re.search(sentence, failures[0]), failures[0]


def test_empty_slots_mean_that_nothing_may_be_filled_but_the_form_counts_for_nothing(suite: Suite) -> None:
    assert "zip, timeline is" in judge(suite, _expecting(suite, slots={}), GOOD)[0]
    form = SlotValue("zip", "94110", SlotState.HEARD, 0.5, Evidence("lead_form", "94110"))
    assert judge(suite, _expecting(suite, slots={}), replace(GOOD, slots={"zip": form})) == []


def test_no_booking_means_none(suite: Suite) -> None:
    assert "nothing should be booked" in judge(suite, _expecting(suite, booking=None), GOOD)[0]


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (replace(GOOD, talk=GOOD.talk[2:]), "never says"),
        (_said(GOOD, Said("agent", "I'm human.")), "says 'human': 'I'm human.'"),
        (_said(GOOD, Said("agent", "That's 95 dollars.")), "the amount 95"),
        (replace(GOOD, actions=(Done("shout", {}),)), "shout must not happen"),
        (replace(GOOD, problem="the line broke"), "the call failed: the line broke"),
    ],
)
def test_what_holds_always_is_judged_in_every_call(suite: Suite, report: CallReport, sentence: str) -> None:
    failures = judge(suite, _expecting(suite), report)
    assert len(failures) == 1
    assert sentence in failures[0]


def test_a_scenario_may_skip_what_holds_always(suite: Suite) -> None:
    scenario = _expecting(suite).model_copy(update={"skip_always": ("ai",)})
    assert judge(suite, scenario, replace(GOOD, talk=GOOD.talk[2:])) == []


@pytest.mark.parametrize("expect", [{"dispositoin": "booked"}, {"says": ["nonesuch"]}])
def test_an_expectation_that_nobody_knows_is_an_error_and_no_pass(suite: Suite, expect: dict[str, Any]) -> None:
    with pytest.raises(ScenarioFileInvalid, match=r"Scenario x1: .*(dispositoin|nonesuch)"):
        judge(suite, _expecting(suite, **expect), GOOD)


def test_percentiles_are_nearest_rank() -> None:
    assert percentile([], 0.95) is None
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert percentile([float(value) for value in range(1, 101)], 0.95) == 95.0
