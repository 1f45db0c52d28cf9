"""The tree that the rule builder edits: exact both ways, built by picking alone, and read as one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow import sentences, shipped
from engine.flow.checks.rules import _CALL, _FITTING
from engine.flow.model import Flow
from engine.flow.model import Rule as EngineRule
from engine.sdk import Json, SlotType
from ui.flow_view import read_flow
from ui.forms.rules import MISSING as NO_RULE
from ui.forms.rules import (
    OF_CALL,
    TRIALS,
    Condition,
    Group,
    Negation,
    Opaque,
    Part,
    Place,
    Subject,
    about_instead,
    begun,
    build,
    compared,
    condition_of,
    depth,
    joined,
    parse,
    part_at,
    replaced,
    trial_of,
    trials_for,
    tried,
    turned,
)
from ui.sentences import rule_sentence

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["zip", "at_most", "equals", "x"])
tests = st.fixed_dictionaries(
    {},
    optional={
        "slot": scalars,
        "criterion": scalars,
        "qualification": scalars,
        "call": scalars,
        "is": scalars,
        "value": scalars | st.lists(scalars, max_size=2),
        "newer": scalars,
    },
)
rules = st.recursive(
    tests | scalars,
    lambda inner: (
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}, optional={"newer": scalars})
        | st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}, optional={"is": scalars})
        | st.fixed_dictionaries({"not": inner}, optional={"newer": scalars})
    ),
    max_leaves=8,
)


@given(rules)
def test_every_rule_is_written_back_as_it_was_what_is_not_understood_included(rule: Json) -> None:
    part = parse(rule)
    assert rule is None if part is None else build(part) == rule


@given(rules)
def test_turning_around_twice_changes_nothing(rule: Json) -> None:
    part = parse(rule)
    if part is not None and not isinstance(part, Negation):
        assert turned(turned(part)) == part


def places(part: Part, here: Place = ()) -> list[Place]:
    inner = part.parts if isinstance(part, Group) else (part.part,) if isinstance(part, Negation) else ()
    return [here, *(each for count, child in enumerate(inner) for each in places(child, (*here, count)))]


@given(rules, st.data())
def test_an_edit_of_one_part_leaves_all_others_alone(rule: Json, data: st.DataObject) -> None:
    part = parse(rule)
    if part is None:
        return
    place = data.draw(st.sampled_from(places(part)))
    mark = Condition("slot", "marked", "known")
    assert part_at(replaced(part, place, mark) or mark, place) == mark
    changed = replaced(part, place, mark)
    assert changed is not None
    assert replaced(changed, place, part_at(part, place)) == part
    how = data.draw(st.sampled_from(["all", "any"]))
    grown = joined(part, place, how, mark)  # type: ignore[arg-type]
    assert sum(each is mark for each in _leaves(grown)) == 1
    assert len(_leaves(grown)) == len(_leaves(part)) + 1


def _leaves(part: Part) -> list[Part]:
    if isinstance(part, Group):
        return [leaf for each in part.parts for leaf in _leaves(each)]
    return _leaves(part.part) if isinstance(part, Negation) else [part]


@pytest.mark.parametrize("name", shipped.names())
def test_every_shipped_rule_can_be_edited_by_picking(name: str) -> None:
    document = shipped.load(name)
    flow = document.flow
    whole = [each.test for each in flow.criteria] + [each.rule for each in flow.edges if each.rule is not None]
    types = {slot.id: slot.type.value for slot in flow.slots}
    for rule in whole:
        part = parse(rule.model_dump(mode="json", by_alias=True, exclude_unset=True))
        assert part is not None
        for leaf in _leaves(part):
            assert isinstance(leaf, Condition), leaf
            offered = trials_for(leaf.subject, types.get(leaf.name, "text"))
            trial = trial_of(leaf)
            assert trial in offered or leaf.name == "flag", leaf


def money(flow: Flow) -> Flow:
    data = flow.model_dump(mode="json", by_alias=True)
    data["slots"] = [
        {"id": "budget", "label": "Budget", "type": "money"},
        {"id": "decides", "label": "Decides this quarter", "type": "yes_no"},
        {"id": "demo", "label": "Wants a demo", "type": "yes_no"},
    ]
    data["criteria"] = []
    return Flow.model_validate(data)


def test_budget_over_10k_and_decides_this_quarter_or_asked_for_a_demo_is_built_by_picking() -> None:
    budget = begun(Subject("slot", "budget"), "money")
    tree = joined(None, (), "all", budget)
    over = condition_of(tree)
    assert over is not None
    tree = compared(tried(over, TRIALS["more_than"]), 10_000)
    tree = joined(tree, (), "all", begun(Subject("slot", "decides"), "yes_no"))
    decides = condition_of(part_at(tree, (1,)))
    assert decides is not None
    changed = replaced(tree, (1,), compared(tried(decides, TRIALS["equals"]), True))
    assert changed is not None
    tree = joined(changed, (), "any", Condition("slot", "demo", "equals", True))
    assert build(tree) == {
        "any": [
            {
                "all": [
                    {"not": {"slot": "budget", "is": "at_most", "value": 10_000}},
                    {"slot": "decides", "is": "equals", "value": True},
                ]
            },
            {"slot": "demo", "is": "equals", "value": True},
        ]
    }
    assert depth(tree) == 2
    flow = money(shipped.load("home_services").flow)
    reads = "both the budget is more than $10,000 and the decides this quarter is yes, or the wants a demo is yes"
    assert sentences.sentence(EngineRule.model_validate(build(tree)), flow) == reads
    view = read_flow(flow.model_dump(mode="json", by_alias=True))
    ours = next(iter(read_flow({**flow.model_dump(mode="json", by_alias=True), "criteria": [
        {"id": "c", "label": "C", "test": build(tree), "reason": "r"}]}).criteria))  # fmt: skip
    assert rule_sentence(ours.test, view) == reads


@pytest.mark.parametrize("type_", list(SlotType))
def test_what_is_offered_for_a_slot_is_what_the_validator_takes(type_: SlotType) -> None:
    offered = {trial.is_ for trial in trials_for(Subject("slot", "x"), type_.value)}
    assert offered == _FITTING[type_]


def test_what_is_offered_for_the_call_is_taken_by_the_validator() -> None:
    assert OF_CALL.keys() == _CALL.keys()
    for name in OF_CALL:
        assert {trial.is_ for trial in trials_for(Subject("call", name))} <= _CALL[name]


@pytest.mark.parametrize("code", TRIALS)
def test_every_way_of_asking_is_shown_again_as_it_was_picked(code: str) -> None:
    assert trial_of(tried(Condition("slot", "zip", "known"), TRIALS[code])) == TRIALS[code]


def test_a_test_that_was_turned_around_elsewhere_is_shown_as_its_opposite() -> None:
    assert trial_of(Negation(Condition("slot", "zip", "equals", "1"))) == TRIALS["not_equals"]
    assert trial_of(Negation(Group("all", ()))) is None
    assert trial_of(Opaque({})) is None
    assert trial_of(Condition("slot", "zip", "of_the_future")) is None


def test_values_are_kept_as_far_as_they_fit_the_new_question() -> None:
    equals = Condition("slot", "zip", "equals", "94110")
    several = tried(equals, TRIALS["one_of"])
    assert several == Condition("slot", "zip", "one_of", ["94110"])
    two = Condition("slot", "zip", "one_of", ["1", "2"])
    assert tried(two, TRIALS["equals"]) == Condition("slot", "zip", "equals", "1")
    assert tried(equals, TRIALS["known"]) == Condition("slot", "zip", "known")
    assert tried(equals, TRIALS["in_list"]) == Condition("slot", "zip", "in_list")


def test_a_row_about_something_else_asks_the_same_if_it_can_and_forgets_the_value() -> None:
    row = Condition("slot", "service", "equals", "repair")
    assert about_instead(row, Subject("slot", "zip")) == Condition("slot", "zip", "equals")
    assert about_instead(row, Subject("criterion", "q1")) == Condition("criterion", "q1", "met")
    assert about_instead(row, Subject("slot", "service")) is row
    assert about_instead(Opaque({}), Subject("qualification")) == Condition("qualification", "", "equals", "qualified")


def test_and_within_or_and_the_other_way_round() -> None:
    a, b, c, d = (Condition("slot", name, "known") for name in "abcd")
    both = joined(a, (), "all", b)
    assert both == Group("all", (a, b))
    assert joined(both, (0,), "any", c) == Group("all", (Group("any", (a, c)), b))
    assert joined(joined(both, (), "any", c), (), "any", d) == Group("any", (both, c, d))
    assert joined(Group("any", (both, c)), (0,), "any", d) == Group("any", (both, d, c))


def test_the_last_test_of_a_group_takes_the_group_with_it() -> None:
    a, b = Condition("slot", "a", "known"), Condition("slot", "b", "known")
    assert replaced(Group("all", (a, Group("any", (b,)))), (1, 0), None) == Group("all", (a,))
    assert replaced(Negation(Group("any", (b,))), (0, 0), None) is None
    assert parse(NO_RULE) is None and parse(None) is None
