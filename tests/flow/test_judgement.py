"""How a set of example answers is judged, as the builder shows it."""

from __future__ import annotations

from engine.flow import shipped
from engine.flow.judgement import judge

FLOW = shipped.load("home_services").flow
GOOD = {"service_type": "roof_repair", "property_type": "residential", "zip": "94107", "timeline": 3}


def test_everything_met_is_qualified() -> None:
    found = judge(FLOW, {**GOOD, "authority": "owner"})
    assert found.result.state == "qualified"
    assert {each.verdict for each in found.criteria} == {"met"}


def test_the_first_hard_failure_gives_the_reason_and_the_rest_stays_open() -> None:
    found = judge(FLOW, {"zip": "90001"})
    assert (found.result.state, found.result.reason) == ("unqualified", "out_of_area")
    verdicts = {each.id: each.verdict for each in found.criteria}
    assert verdicts["q3"] == "failed"
    assert verdicts["q1"] == "open"


def test_a_soft_failure_is_noted_and_does_not_disqualify() -> None:
    found = judge(FLOW, {**GOOD, "authority": "tenant_no"})
    assert found.result.state == "qualified"
    assert "Noted" in found.result.explanation


def test_rules_are_told_as_sentences() -> None:
    by_id = {each.id: each for each in judge(FLOW, {}).criteria}
    assert by_id["q3"].rule == "the ZIP is in the service area"


def test_an_answer_to_nothing_is_ignored() -> None:
    assert judge(FLOW, {"nobody_asks": "x"}).result.state == "open"
