"""The words that recognisers are to favour, built from a flow."""

from __future__ import annotations

import pytest

from engine.call.hints import LONGEST, MOST_PHRASES, hints_for, hints_for_call
from engine.flow.document import FlowDocument
from engine.flow.model import ChoiceOption, Flow
from engine.flow.shipped import folder
from engine.sdk import Lead


@pytest.fixture
def flow() -> Flow:
    return FlowDocument.load((folder() / "home_services.json").read_text(encoding="utf-8")).flow


def boosts(flow: Flow, **more: tuple[str, ...]) -> dict[str, float]:
    return {phrase.text: phrase.boost for phrase in hints_for(flow, **more).phrases}


def test_names_answers_and_knowledge_are_expected_in_this_order_of_weight(flow: Flow) -> None:
    found = boosts(flow, names=("Aoife", "Nguyen"), places=("Sausalito", "94965"), offered=("Wednesday",))
    business, lead, place = found["Harborline Home Services"], found["Aoife"], found["Sausalito"]
    choice, synonym = found["Roof repair"], found["missing shingles"]
    assert business > lead > found["Wednesday"] > place > choice > synonym > 0
    assert found["Robin"] == business
    assert found["Nguyen"] == lead
    assert found["94103"] == place, "the ZIP codes that are served"
    assert 0 < found["replacement"] < synonym, "a word of the knowledge"


def test_the_most_important_phrases_come_first_so_that_the_limit_cuts_the_least(flow: Flow) -> None:
    phrases = hints_for(flow, names=("Aoife",)).phrases
    assert [phrase.boost for phrase in phrases] == sorted((phrase.boost for phrase in phrases), reverse=True)
    assert phrases[0].text == "Harborline Home Services"


def test_nothing_is_expected_twice_and_the_higher_boost_wins(flow: Flow) -> None:
    phrases = hints_for(flow, names=("roof repair",)).phrases
    texts = [phrase.text.casefold() for phrase in phrases]
    assert len(texts) == len(set(texts))
    assert next(phrase.boost for phrase in phrases if phrase.text.casefold() == "roof repair") == 15.0


def test_common_words_and_single_letters_are_not_boosted(flow: Flow) -> None:
    found = {text.casefold() for text in boosts(flow)}
    assert not found & {"price", "usually", "what", "i", "the", "a"}


def test_googles_limits_are_kept_whatever_the_flow(flow: Flow) -> None:
    many = tuple(ChoiceOption(value=str(n), label=f"Choice number {n}") for n in range(3000))
    long = ChoiceOption(value="long", label="x" * (LONGEST + 1))
    slot = flow.slots[0].model_copy(update={"choices": (long, *many)})
    phrases = hints_for(flow.model_copy(update={"slots": (slot,)})).phrases
    assert len(phrases) == MOST_PHRASES
    assert all(1 < len(phrase.text) <= LONGEST and 0 < phrase.boost <= 20 for phrase in phrases)


@pytest.mark.parametrize("name", ["home_services", "solar", "dental"])
def test_every_shipped_flow_fits(name: str) -> None:
    flow = FlowDocument.load((folder() / f"{name}.json").read_text(encoding="utf-8")).flow
    hints = hints_for(flow)
    assert hints.language == flow.language
    assert 20 < len(hints.phrases) <= MOST_PHRASES


def test_a_calls_hints_hold_the_leads_name_and_place_and_the_words_times_are_offered_in(flow: Flow) -> None:
    form = {"zip_code": "94965", "city": "Sausalito", "message": "The roof leaks"}
    lead = Lead("lead_1", "Aoife", "Nguyen", "+14155550123", form=form)
    found = {phrase.text for phrase in hints_for_call(flow, lead).phrases}
    assert {"Aoife", "Nguyen", "94965", "Sausalito", "Wednesday"} <= found
    assert "The roof leaks" not in found
    without = flow.model_copy(update={"nodes": tuple(card for card in flow.nodes if card.type != "book")})
    assert "Wednesday" not in {phrase.text for phrase in hints_for_call(without, lead).phrases}
