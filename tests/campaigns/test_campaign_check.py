"""The validator of campaigns: one golden bad campaign per code, and what must not be called a defect."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import Path

import pytest

from engine.campaigns import Around, Campaign, StateHours, check, check_document, write
from engine.campaigns.checks.hours import lawful
from engine.campaigns.checks.rules import LOOSENINGS
from engine.campaigns.issues import LEVELS
from engine.campaigns.model import AttemptPlan, Step
from engine.sdk import Json

BAD = Path(__file__).parent / "bad"
SENTENCES = json.loads((BAD / "sentences.json").read_text())
PLAIN_WORDS = ("None", "null", "KeyError", "regex", "json", "dict", "tuple", "invalid", "exception", "Input should")
ALL_DAY = (time(9), time(20))
AROUND = Around(
    today=date(2026, 11, 26),
    flows={"home_services_v1": True, "draft_v1": False},
    numbers=frozenset({"+14155550100", "+18005550199"}),
    max_calls=20,
    calls_per_minute=180,
    states=(
        StateHours("AL", "Alabama", ALL_DAY, ALL_DAY, None),
        StateHours("CA", "California", (time(9), time(21)), (time(9), time(21)), (time(9), time(21))),
        StateHours("ME", "Maine", (time(9), time(17)), None, None),
    ),
    duties=frozenset({"registration"}),
)


def sound(**changes: Json) -> dict[str, Json]:
    return {"flow_id": "home_services_v1", "caller_numbers": ["+14155550100"], **changes}


def codes(**changes: Json) -> list[str]:
    return [each.code for each in check_document(sound(**changes), AROUND)[1]]


def test_a_campaign_as_it_is_made_has_no_issues() -> None:
    assert check(Campaign(flow_id="home_services_v1"), AROUND) == []


def test_every_code_has_a_golden_bad_campaign_and_no_golden_is_left_over() -> None:
    files = {path.stem for path in BAD.glob("*.json")} - {"sentences"}
    assert files == set(LEVELS) == set(SENTENCES)


@pytest.mark.parametrize("code", sorted(LEVELS))
def test_a_golden_bad_campaign_yields_exactly_its_issue(code: str) -> None:
    _, issues = check_document(json.loads((BAD / f"{code}.json").read_text()), AROUND)
    assert [(each.code, each.level) for each in issues] == [(code, LEVELS[code])]
    assert {"path": issues[0].path, "sentence": issues[0].sentence, "fix": issues[0].fix} == SENTENCES[code]


@pytest.mark.parametrize("code", sorted(LEVELS))
def test_issues_of_campaigns_are_plain_sentences(code: str) -> None:
    for text in (SENTENCES[code]["sentence"], SENTENCES[code]["fix"]):
        assert text[0].isupper() or text[0] in "“+" or text[0].isdigit()
        assert text.endswith(".")
        assert code not in text
        assert not any(word in text for word in PLAIN_WORDS)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("rules.consent_level", "express"),
        ("rules.require_ai_wording", False),
        ("rules.consent_max_age_days", 91),
        ("rules.abroad", True),
        ("rules.margin_min", 4),
        ("attempts.per_24h", 3),
        ("attempts.lifetime", 7),
        ("attempts.min_gap_min", 119),
    ],
)
def test_a_rule_is_loosened_only_by_a_signature(path: str, value: Json) -> None:
    part, _, field = path.partition(".")
    signed = {"signed": [{"duty": field, "by": "Ana Ruiz", "on": "2026-11-20", "advice": "Our counsel, by letter"}]}
    rules = {field: value} if part == "rules" else {}
    attempts = {field: value} if part == "attempts" else {}
    assert codes(rules=rules, attempts=attempts) == ["loosened_unsigned"]
    assert codes(rules={**rules, **signed}, attempts=attempts) == []


def test_every_rule_that_can_be_loosened_has_its_test() -> None:
    tested = test_a_rule_is_loosened_only_by_a_signature.pytestmark[0].args[1]
    assert {each.path for each in LOOSENINGS} == {path for path, _ in tested}


def test_no_signature_allows_more_than_three_attempts_a_day() -> None:
    signed = {"signed": [{"duty": "per_24h", "by": "Ana", "on": "2026-11-20", "advice": "Counsel"}]}
    assert codes(attempts={"per_24h": 4}, rules=signed) == ["bad_value"]


@pytest.mark.parametrize(
    ("signature", "field"),
    [
        ({"duty": ""}, "duty"),
        ({"by": " "}, "by"),
        ({"on": "yesterday"}, "on"),
        ({"on": ""}, "on"),
        ({"on": "2026-11-27"}, "on"),
        ({"advice": ""}, "advice"),
    ],
)
def test_a_signature_needs_who_when_and_on_whose_advice(signature: dict[str, Json], field: str) -> None:
    whole = {"duty": "registration", "by": "Ana Ruiz", "on": "2026-11-20", "advice": "Our counsel", **signature}
    _, issues = check_document(sound(rules={"signed": [whole]}), AROUND)
    assert [(each.code, each.path) for each in issues] == [("signature_incomplete", f"rules.signed.0.{field}")]


@pytest.mark.parametrize("number", ["+14155550100", "+18005550199"])
def test_a_toll_free_number_may_call_as_well_as_any_other(number: str) -> None:
    assert codes(caller_numbers=[number]) == []


@pytest.mark.parametrize(
    "number", ["4155550100", "+1 415 555 0100", "tel:+14155550100", "+1415555", "+", "+१४१५५५५०१००"]
)
def test_a_caller_number_is_e164_or_told_so(number: str) -> None:
    assert codes(caller_numbers=[number]) == ["bad_number"]


def test_on_the_simulated_network_any_number_may_be_called_from() -> None:
    around = Around(today=AROUND.today, flows=AROUND.flows)
    assert check(Campaign(flow_id="home_services_v1", caller_numbers=("+13125550142",)), around) == []


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        ({"weekday": "none", "saturday": "none", "sunday": "10:00-18:00"}, ["hours_miss_states"]),
        ({"weekday": "none", "saturday": "none", "sunday": "none"}, ["no_hours"]),
        ({"weekday": "22:00-23:00", "saturday": "none", "sunday": "none"}, ["hours_never_lawful"]),
        ({"weekday": "19:55-20:00", "saturday": "19:55-20:00", "sunday": "none"}, ["hours_miss_states"]),
        ({"weekday": "noon"}, ["bad_hours"]),
        ({"weekday": "20:00-09:00", "sunday": "9"}, ["bad_hours", "bad_hours"]),
        ({"weekday": "09:00-12:00, 14:00-20:00", "sunday": "none"}, []),
        ({"weekday": "", "saturday": "", "sunday": ""}, []),
    ],
)
def test_hours_are_held_against_the_law(hours: dict[str, Json], found: list[str]) -> None:
    assert codes(hours=hours) == found


def test_what_is_left_of_hours_ends_before_the_law_does() -> None:
    assert lawful(None, ALL_DAY, 5) == [(time(9), time(19, 55))]
    assert lawful([(time(8), time(12)), (time(19), time(21))], ALL_DAY, 5) == [
        (time(9), time(12)),
        (time(19), time(19, 55)),
    ]
    assert lawful([(time(19, 55), time(21))], ALL_DAY, 5) == []
    assert lawful(None, None, 5) == []


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([{"after_min": 120}, {"day": 1}, {"day": 3}], []),
        ([{"after_min": 119}], ["step_too_soon"]),
        ([{"after_min": 120}, {"after_min": 120}], ["too_many_a_day"]),
        ([{"after_min": 720}, {"after_min": 720}], []),
        ([{"day": 3}, {"day": 1}], ["steps_out_of_order"]),
        ([{"day": 1}, {"day": 1}], ["steps_out_of_order"]),
        ([{"after_min": 2880}, {"day": 1}], ["steps_out_of_order"]),
        ([{"day": 1, "after_min": 120}], ["step_unclear"]),
        ([{}], ["step_unclear"]),
        ([{"after_min": 120, "at": "17:00"}], ["step_unclear"]),
        ([{"day": 1, "at": "5pm"}], ["bad_step_time"]),
        ([{"day": 1, "at": "22:30"}], ["step_outside_hours"]),
        ([{"day": each} for each in range(1, 7)], ["too_many_in_all"]),
        ([], []),
    ],
)
def test_the_plan_of_attempts_keeps_its_own_caps(steps: list[Json], found: list[str]) -> None:
    assert codes(attempts={"steps": steps}) == found


def test_a_plan_that_fits_two_a_day_is_refused_with_one_a_day() -> None:
    plan = AttemptPlan(steps=(Step(after_min=120), Step(day=1)), per_24h=1)
    found = check(Campaign(flow_id="home_services_v1", attempts=plan), AROUND)
    assert [each.code for each in found] == ["too_many_a_day"]


@pytest.mark.parametrize("document", [None, [], "x", 4])
def test_what_is_no_object_is_told_as_such(document: Json) -> None:
    campaign, issues = check_document(document, AROUND)
    assert campaign is None
    assert [each.code for each in issues] == ["no_campaign"]


def test_a_campaign_of_a_newer_leadline_has_one_issue_and_keeps_its_document() -> None:
    document = {**sound(), "format_version": 2, "attempts": "by moonlight"}
    campaign, issues = check_document(document, AROUND)
    assert campaign is None
    assert [each.code for each in issues] == ["newer_format"]


def test_everything_wrong_is_told_at_once_errors_first() -> None:
    found = codes(flow_id="nowhere", keep={"record_days": 400}, hours={"weekday": "x"}, colour="green")
    assert found == ["unknown_flow", "bad_hours", "record_kept_too_short", "unknown_field"]


def test_unknown_fields_are_kept_also_inside_of_lists() -> None:
    document = {**sound(attempts={"steps": [{"day": 1, "by": "text"}]}), "colour": "green"}
    campaign, issues = check_document(document, AROUND)
    assert [each.path for each in issues] == ["colour", "attempts.steps.0.by"]
    assert campaign is not None
    written = write(campaign)
    assert isinstance(written, dict)
    assert written["colour"] == "green"
    assert written["attempts"]["steps"][0]["by"] == "text"  # type: ignore[call-overload, index]
