"""Rules: three values, plain sentences, and a qualification that is computed."""

import itertools
from collections.abc import Mapping

import pytest

from engine.flow.model import Criterion, Flow, Rule
from engine.flow.rules import FlowFacts, evaluate, leaves, qualification, slots_of
from engine.flow.sentences import sentence
from engine.sdk import Scalar, SlotState, SlotValue

FLOW = Flow.model_validate(
    {
        "id": "f",
        "name": "F",
        "start": "a",
        "seller": {"legal_name": "L", "say_as": "L", "phone": "+14155550100"},
        "assistant": {"name": "R"},
        "lists": {"service_area": ["94107", 94110]},
        "slots": [
            {"id": "zip", "label": "ZIP", "type": "zip"},
            {
                "id": "home",
                "label": "Home",
                "type": "choice",
                "choices": [
                    {"value": "residential", "label": "Residential"},
                    {"value": "commercial", "label": "Commercial"},
                ],
                "allow_other": True,
            },
            {"id": "days", "label": "Time frame", "type": "duration"},
            {"id": "bill", "label": "Monthly bill", "type": "money"},
            {"id": "owner", "label": "Owner", "spoken": "answer about ownership", "type": "yes_no"},
            {"id": "note", "label": "Problem", "type": "text"},
        ],
        "criteria": [
            {
                "id": "q1",
                "label": "Private home",
                "test": {"slot": "home", "is": "equals", "value": "residential"},
                "reason": "commercial_property",
            },
            {
                "id": "q2",
                "label": "In our area",
                "test": {"slot": "zip", "is": "in_list", "value": "service_area"},
                "reason": "out_of_area",
            },
            {
                "id": "q3",
                "label": "Owner agrees",
                "test": {"slot": "owner", "is": "equals", "value": True},
                "kind": "soft",
                "reason": "no_authority",
            },
        ],
    }
)


def facts(refused: tuple[str, ...] = (), flow: Flow = FLOW, **values: Scalar) -> FlowFacts:
    slots: Mapping[str, SlotValue] = {
        **{id: SlotValue(id, value, SlotState.HEARD, 0.9, None) for id, value in values.items()},
        **{id: SlotValue(id, None, SlotState.REFUSED, 0.9, None) for id in refused},
    }
    return FlowFacts(flow, slots, attempt=2, hour=17, flags=("frustrated",), disposition="booked")


def rule(**parts: object) -> Rule:
    return Rule.model_validate(parts)


YES, NO, OPEN = (
    rule(slot="zip", **{"is": "known"}),
    rule(slot="zip", **{"is": "unknown"}),
    rule(slot="days", **{"is": "at_most", "value": 3}),
)


def test_the_three_logic_values_combine_as_kleene_said():
    known = facts(zip="94107")
    values = {True: YES, False: NO, None: OPEN}
    assert [evaluate(each, known) for each in (YES, NO, OPEN)] == [True, False, None]
    for left, right in itertools.product(values, repeat=2):
        both = Rule(all=(values[left], values[right]))
        either = Rule(any=(values[left], values[right]))
        expected_all = False if False in (left, right) else None if None in (left, right) else True
        expected_any = True if True in (left, right) else None if None in (left, right) else False
        assert evaluate(both, known) is expected_all
        assert evaluate(either, known) is expected_any
    assert [evaluate(Rule(not_=each), known) for each in (YES, NO, OPEN)] == [False, True, None]


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        ({"slot": "home", "is": "equals", "value": "residential"}, "residential", True),
        ({"slot": "home", "is": "not_equals", "value": "residential"}, "commercial", True),
        ({"slot": "home", "is": "one_of", "value": ["residential", "commercial"]}, "other:a boat", False),
        ({"slot": "home", "is": "equals", "value": "other"}, "other:a boat", True),
        ({"slot": "home", "is": "none_of", "value": ["commercial"]}, "residential", True),
        ({"slot": "zip", "is": "in_list", "value": "service_area"}, "94107", True),
        ({"slot": "zip", "is": "in_list", "value": "service_area"}, "94110", True),
        ({"slot": "zip", "is": "not_in_list", "value": "service_area"}, "94017", True),
        ({"slot": "zip", "is": "in_list", "value": "no_such_list"}, "94107", False),
        ({"slot": "days", "is": "at_most", "value": 30}, 30, True),
        ({"slot": "days", "is": "at_least", "value": 31}, 30, False),
        ({"slot": "days", "is": "at_most", "value": "30"}, 30, None),
        ({"slot": "bill", "is": "equals", "value": 100.0}, 100, True),
        ({"slot": "owner", "is": "equals", "value": True}, False, False),
        ({"slot": "owner", "is": "equals", "value": 1}, True, False),
        ({"slot": "note", "is": "contains", "value": "Bedroom"}, "drips over the bedroom", True),
        ({"slot": "note", "is": "sounds_like", "value": "x"}, "y", None),
    ],
)
def test_tests_of_a_slot(test: dict, value: Scalar, expected: bool | None):
    assert evaluate(Rule.model_validate(test), facts(**{test["slot"]: value})) is expected


def test_what_nobody_has_said_is_neither_true_nor_false():
    test = rule(slot="zip", **{"is": "in_list", "value": "service_area"})
    assert evaluate(test, facts()) is None
    assert evaluate(test, facts(refused=("zip",))) is None
    assert evaluate(rule(slot="zip", **{"is": "unknown"}), facts()) is True
    assert evaluate(rule(slot="zip", **{"is": "unknown"}), facts(refused=("zip",))) is False
    assert evaluate(rule(slot="zip", **{"is": "refused"}), facts(refused=("zip",))) is True
    assert evaluate(rule(slot="no_such_slot", **{"is": "known"}), facts()) is None
    assert evaluate(Rule(), facts()) is None


def test_facts_of_the_call():
    known = facts()
    assert evaluate(rule(call="attempt", **{"is": "at_least", "value": 2}), known) is True
    assert evaluate(rule(call="hour", **{"is": "at_most", "value": 12}), known) is False
    assert evaluate(rule(call="flag", **{"is": "contains", "value": "frustrated"}), known) is True
    assert evaluate(rule(call="flag", **{"is": "not_equals", "value": "asked_if_ai"}), known) is True
    assert evaluate(rule(call="disposition", **{"is": "one_of", "value": ["booked", "transferred"]}), known) is True
    assert evaluate(rule(call="disposition", **{"is": "equals", "value": "booked"}), FlowFacts(FLOW)) is None
    assert evaluate(rule(call="weather", **{"is": "equals", "value": "rain"}), known) is None


def test_a_lead_is_open_until_every_hard_criterion_is_settled():
    assert qualification(FLOW, facts()).state == "open"
    verdict = qualification(FLOW, facts(home="residential"))
    assert (verdict.state, verdict.reason) == ("open", "")
    assert verdict.explanation == "Still open: “In our area” is not known yet."


def test_one_failed_hard_criterion_settles_it_though_others_are_open():
    verdict = qualification(FLOW, facts(home="commercial"))
    assert (verdict.state, verdict.failed, verdict.reason) == ("unqualified", ("q1",), "commercial_property")
    assert verdict.explanation == "Not qualified: “Private home” is not met: the home is commercial."


def test_of_several_failures_the_first_in_the_list_gives_the_reason():
    verdict = qualification(FLOW, facts(zip="94017", home="commercial"))
    assert (verdict.failed, verdict.reason) == (("q1", "q2"), "commercial_property")


def test_a_failed_soft_criterion_is_noted_and_does_not_disqualify():
    verdict = qualification(FLOW, facts(home="residential", zip="94107", owner=False))
    assert (verdict.state, verdict.failed, verdict.reason) == ("qualified", ("q3",), "")
    assert verdict.explanation == "Qualified: everything that must be met is met. Noted: “Owner agrees” is not met."


def test_rules_about_criteria_and_qualification():
    known = facts(home="residential", zip="94017")
    assert evaluate(rule(criterion="q2", **{"is": "failed"}), known) is True
    assert evaluate(rule(criterion="q1", **{"is": "met"}), known) is True
    assert evaluate(rule(criterion="q3", **{"is": "open"}), known) is True
    assert evaluate(rule(criterion="q3", **{"is": "met"}), known) is None
    assert evaluate(rule(qualification=True, **{"is": "equals", "value": "unqualified"}), known) is True
    assert evaluate(rule(qualification=True, value="qualified"), known) is False


def test_criteria_that_go_in_a_circle_stay_open_instead_of_hanging():
    circle = Criterion.model_validate({"id": "c", "label": "C", "test": {"criterion": "c", "is": "met"}, "reason": "r"})
    itself = Criterion.model_validate(
        {"id": "d", "label": "D", "test": {"qualification": True, "value": "qualified"}, "reason": "r"}
    )
    flow = FLOW.model_copy(update={"criteria": (circle, itself)})
    assert qualification(flow, facts(flow=flow)).state in ("open", "unqualified")
    assert FlowFacts(flow).criterion("c") is None


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (
            {
                "all": [
                    {"slot": "zip", "is": "in_list", "value": "service_area"},
                    {"slot": "home", "is": "equals", "value": "residential"},
                ]
            },
            "the ZIP is in the service area and the home is residential",
        ),
        (
            {
                "any": [
                    {
                        "all": [
                            {"slot": "bill", "is": "at_least", "value": 10000},
                            {"slot": "days", "is": "at_most", "value": 90},
                        ]
                    },
                    {"slot": "note", "is": "contains", "value": "demo"},
                ]
            },
            "both the monthly bill is at least $10,000 and the time frame is at most 90 days, "
            "or the problem mentions “demo”",
        ),
        (
            {
                "all": [
                    {"any": [{"slot": "zip", "is": "known"}, {"slot": "zip", "is": "refused"}]},
                    {"slot": "owner", "is": "equals", "value": True},
                ]
            },
            "either the ZIP is known or the caller would not say the ZIP and the answer about ownership is yes",
        ),
        ({"not": {"slot": "home", "is": "equals", "value": "commercial"}}, "the home is not commercial"),
        ({"not": {"criterion": "q1", "is": "met"}}, "“Private home” is not met"),
        ({"not": {"criterion": "q1", "is": "open"}}, "it is not so that “Private home” is still open"),
        (
            {"slot": "home", "is": "one_of", "value": ["residential", "commercial"]},
            "the home is residential or commercial",
        ),
        ({"criterion": "q2", "is": "failed"}, "“In our area” is not met"),
        ({"qualification": True, "value": "qualified"}, "the lead is qualified"),
        ({"call": "attempt", "is": "at_least", "value": 2}, "the number of the attempt is at least 2"),
        ({"call": "flag", "is": "contains", "value": "asked_if_ai"}, "the call is marked “asked if ai”"),
        ({"slot": "gone", "is": "known"}, "the missing “gone” is known"),
        ({"slot": "days", "is": "at_most", "value": 1}, "the time frame is at most 1 day"),
    ],
)
def test_a_rule_reads_as_one_plain_sentence(test: dict, expected: str):
    assert sentence(Rule.model_validate(test), FLOW) == expected


def test_the_slots_of_a_rule_are_found_at_any_depth():
    nested = rule(
        all=[
            {"not": {"slot": "zip", "is": "known"}},
            {"any": [{"slot": "home", "is": "known"}]},
            {"slot": "zip", "is": "refused"},
        ]
    )
    assert slots_of(nested) == ("zip", "home")
    assert len(leaves(nested)) == 3
