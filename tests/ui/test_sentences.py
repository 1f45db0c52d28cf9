"""Flows and reasons read as plain sentences, the same as the engine's own wording of rules."""

from __future__ import annotations

import json

import pytest

from engine.flow import sentences, shipped
from ui.call_records import Move
from ui.flow_view import Flow, NotAFlow, Rule, Slot, read_flow
from ui.records import Json
from ui.sentences import (
    considered_sentence,
    lowered,
    move_sentence,
    outcome_word,
    reason_word,
    rule_sentence,
    shown,
)


@pytest.fixture(scope="module")
def flow() -> Flow:
    return read_flow(shipped.load("home_services").save())


@pytest.mark.parametrize("name", shipped.names())
def test_every_rule_of_the_shipped_flows_reads_as_the_engine_words_it(name: str) -> None:
    document = shipped.load(name)
    view = read_flow(document.save())
    ours = [rule_sentence(each.test, view) for each in view.criteria]
    ours += [rule_sentence(edge.rule, view) for edge in view.edges if edge.rule is not None]
    theirs = [sentences.sentence(each.test, document.flow) for each in document.flow.criteria]
    theirs += [sentences.sentence(edge.rule, document.flow) for edge in document.flow.edges if edge.rule is not None]
    assert ours == theirs


def test_rules_within_rules(flow: Flow) -> None:
    either = Rule(any=(Rule(criterion="q1", is_="met"), Rule(qualification=True, is_="equals", value="qualified")))
    both = Rule(all=(either, Rule(not_=Rule(slot="zip", is_="known"))))
    assert rule_sentence(both, flow) == (
        "either “Work that we do” is met or the lead is qualified and the ZIP is not known"
    )
    assert rule_sentence(Rule(not_=Rule(criterion="q1", is_="met")), flow) == "“Work that we do” is not met"
    assert rule_sentence(Rule(call="flag", is_="contains", value="asked_if_ai"), flow) == (
        "the call is marked “asked if ai”"
    )
    assert rule_sentence(Rule(call="attempt", is_="at_least", value=2), flow) == (
        "the number of the attempt is at least 2"
    )


def test_ways_looked_at_and_taken_are_told_in_words(flow: Flow) -> None:
    assert considered_sentence("qualify_to_why_not: does not hold", flow) == "The lead is not qualified: no"
    assert considered_sentence("qualify_to_why_not: not known yet", flow) == "The lead is not qualified: not known yet"
    assert considered_sentence("qualify_to_ready: not yet: something is still open here", flow) == (
        "On to “Ready to book?”: not yet, something was still open here"
    )
    assert considered_sentence("no_such_edge: taken", flow) == "no_such_edge: taken"
    because = Move(card="book", came_from="ready", why="edge ready_to_book")
    assert move_sentence(because, flow) == (
        "From “Ready to book?” to “Offer times and book”, because the lead is qualified"
    )
    given_up = Move(card="callback_open", came_from="qualify", why="'zip' could not be understood")
    assert move_sentence(given_up, flow).endswith("because 'zip' could not be understood")


def test_values_are_shown_as_people_say_them() -> None:
    assert shown(True) == "yes"
    assert shown(None) == "nothing"
    assert shown(1500, Slot("budget", type="money")) == "$1,500"
    assert shown(0, Slot("when", type="duration")) == "today"
    assert shown(14, Slot("when", type="duration")) == "within 14 days"
    assert shown("other: a pool", Slot("service", type="choice")) == "a pool"
    assert lowered("ZIP") == "ZIP"
    assert lowered("Roof repair") == "roof repair"


def test_codes_without_words_are_shown_readably() -> None:
    assert outcome_word("booked") == "Booked"
    assert outcome_word("sent_to_the_moon") == "Sent to the moon"
    assert reason_word(None) == ""


def test_parts_that_are_not_known_do_not_keep_a_flow_from_being_shown() -> None:
    document: dict[str, Json] = json.loads(shipped.load("home_services").save())
    document["hologram"] = {"size": 3}
    nodes = document["nodes"]
    assert isinstance(nodes, list)
    nodes.append({"id": "lonely", "type": "acme.dance", "name": "Dance", "settings": {"steps": [1, 2]}})
    view = read_flow(document)
    assert view.call_cards()[-1].name == "Dance"  # led to by nothing, so last


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, '{"id": 3, "name": []}'])
def test_what_is_no_flow_says_why(text: str) -> None:
    with pytest.raises(NotAFlow):
        read_flow(text)


def test_cards_come_in_the_order_of_the_call_and_the_lane_apart(flow: Flow) -> None:
    assert [card.id for card in flow.call_cards()][:2] == ["start", "opening"]
    lane = [card.id for card in flow.lane_cards()]
    assert lane[:2] == ["tell_crm", "mail_office"]
    assert not set(lane) & {card.id for card in flow.call_cards()}
    assert len(flow.call_cards()) + len(lane) == len(flow.nodes)
