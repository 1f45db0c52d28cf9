"""What is to be done after a call, decided at hang-up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.aftercall.facts import holds_for
from engine.aftercall.plan import Needs, Plan, PlanInvalid, plan_after_call, read_plan
from engine.flow.model import Flow, Rule
from tests.support.aftercall import arrow, card, disposition_is, flow, result


def plan(of: Flow, disposition: str = "booked") -> Plan:
    return plan_after_call(of, holds_for(of, result(disposition=disposition)))


def names(of: Plan) -> list[str]:
    return [step.id for step in of.steps]


def running(of: Plan) -> list[str]:
    return [step.id for step in of.steps if not step.skip]


def test_every_card_comes_after_the_cards_it_needs() -> None:
    lane = flow(("a",), tuple(map(card, "dcba")), (arrow("a", "b"), arrow("a", "c"), arrow("b", "d"), arrow("c", "d")))
    made = plan(lane)
    assert names(made)[0] == "a"
    assert names(made)[-1] == "d"
    assert set(made.step("d").needs) == {Needs("b"), Needs("c")}


def test_cards_of_the_conversation_are_no_part_of_the_lane() -> None:
    lane = flow(("a",), (card("talk"), card("a")), (arrow("talk", "a"),))
    assert names(plan(lane)) == ["a"]


def test_names_are_those_the_author_gave() -> None:
    assert plan(flow(("a",), (card("a"),))).step("a").name == "Card a"


def test_the_way_with_a_rule_is_taken_when_the_rule_holds_and_the_other_when_it_does_not() -> None:
    lane = flow(
        ("a",), tuple(map(card, "abc")), (arrow("a", "b", disposition_is("booked"), label="booked"), arrow("a", "c"))
    )
    assert running(plan(lane, "booked")) == ["a", "b"]
    assert running(plan(lane, "not_interested")) == ["a", "c"]
    assert "'booked'" in plan(lane, "not_interested").step("b").skip


def test_ways_without_rules_are_all_taken() -> None:
    lane = flow(("a",), tuple(map(card, "abc")), (arrow("a", "b"), arrow("a", "c")))
    assert running(plan(lane)) == ["a", "b", "c"]


def test_a_rule_that_always_holds_is_a_way_beside_the_others() -> None:
    always = Rule.model_validate({"all": []})
    lane = flow(("a",), tuple(map(card, "abc")), (arrow("a", "b", always), arrow("a", "c", disposition_is("booked"))))
    assert running(plan(lane, "booked")) == ["a", "b", "c"]
    assert running(plan(lane, "refused")) == ["a", "b"]


def test_what_follows_a_card_that_is_not_needed_is_not_needed_either() -> None:
    lane = flow(("a",), tuple(map(card, "abc")), (arrow("a", "b", disposition_is("booked")), arrow("b", "c")))
    made = plan(lane, "refused")
    assert running(made) == ["a"]
    assert "'Card b'" in made.step("c").skip


def test_a_join_waits_only_for_the_ways_that_are_open() -> None:
    lane = flow(
        ("a",), tuple(map(card, "abcd")),
        (arrow("a", "b", disposition_is("booked")), arrow("a", "c"), arrow("b", "d"), arrow("c", "d")),
    )  # fmt: skip
    assert plan(lane, "booked").step("d").needs == (Needs("b"),)


def test_the_exit_failed_leads_to_what_is_done_after_a_failure() -> None:
    lane = flow(("a",), tuple(map(card, "ab")), (arrow("a", "b", exit="failed"),))
    assert plan(lane).step("b").needs == (Needs("a", "failed"),)


def test_a_circle_is_refused_by_the_names_of_its_cards() -> None:
    lane = flow(("a",), tuple(map(card, "abc")), (arrow("a", "b"), arrow("b", "c"), arrow("c", "b")))
    with pytest.raises(PlanInvalid, match="'Card b', 'Card c'"):
        plan(lane)


def test_a_card_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PlanInvalid, match="ghost"):
        plan(flow(("ghost",), (card("a"),)))


def test_a_stored_plan_comes_back_as_it_was() -> None:
    made = plan(flow(("a",), (card("a", connection="crm"), card("b")), (arrow("a", "b", exit="failed"),)))
    assert read_plan(made.document()) == made


def test_a_damaged_plan_is_refused_in_plain_words() -> None:
    with pytest.raises(PlanInvalid, match="cannot be read"):
        read_plan({"steps": 3})


@given(
    st.integers(2, 9).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=20))
    )
)
def test_any_drawing_is_either_ordered_or_refused(drawn: tuple[int, set[tuple[int, int]]]) -> None:
    count, pairs = drawn
    lane = flow(
        ("0",), tuple(card(str(each)) for each in range(count)), tuple(arrow(str(a), str(b)) for a, b in sorted(pairs))
    )
    try:
        made = plan(lane)
    except PlanInvalid:
        assert _has_circle(pairs)
        return
    place = {step.id: at for at, step in enumerate(made.steps)}
    assert all(place[needs.step] < place[step.id] for step in made.steps for needs in step.needs)
    assert len(place) == len(made.steps)


def _has_circle(pairs: set[tuple[int, int]]) -> bool:
    left = set(pairs)
    while left:
        ends = {b for _, b in left} - {a for a, _ in left}
        if not ends:
            return True
        left = {(a, b) for a, b in left if b not in ends}
    return False
