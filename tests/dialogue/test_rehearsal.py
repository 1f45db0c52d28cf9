"""One sentence tried out on a draft: the same verdicts as in a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from engine.dialogue.knowledge import Vectors
from engine.dialogue.rehearsal import Rehearsal
from engine.flow import shipped
from engine.flow.model import Flow, SlotCheck

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
FLOW = shipped.load("home_services").flow


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal()


def test_an_answer_is_heard_in_its_stored_form_with_its_words(rehearsal: Rehearsal) -> None:
    heard = rehearsal.hear(FLOW, "Uh, it's nine four one oh seven.", NOW, "zip").asked
    assert heard is not None
    assert (heard.state, heard.value) == ("heard", "94107")
    assert "nine four one oh seven" in heard.words


def test_a_correction_keeps_what_was_denied(rehearsal: Rehearsal) -> None:
    heard = rehearsal.hear(FLOW, "94017, no wait, 94107", NOW, "zip").asked
    assert heard is not None
    assert (heard.value, heard.denied) == ("94107", ("94017",))


def test_a_value_outside_its_list_is_taken_and_said_to_be_outside(rehearsal: Rehearsal) -> None:
    heard = rehearsal.hear(FLOW, "90001", NOW, "zip").asked
    assert heard is not None
    assert (heard.state, heard.outside) == ("heard", "service_area")


def test_what_else_the_sentence_says_is_told(rehearsal: Rehearsal) -> None:
    heard = rehearsal.hear(FLOW, "It's 94107 and the roof is leaking", NOW, "zip")
    assert ("service_type", "roof_repair") in [(each.slot, each.value) for each in heard.others]


def test_nothing_is_understood_from_talk_about_something_else(rehearsal: Rehearsal) -> None:
    heard = rehearsal.hear(FLOW, "The weather is lovely", NOW, "zip").asked
    assert heard is not None
    assert heard.state == "nothing"


def test_a_refusal_is_one(rehearsal: Rehearsal) -> None:
    heard = rehearsal.hear(FLOW, "I'd rather not say", NOW, "zip").asked
    assert heard is not None
    assert heard.state == "refused"


def test_an_answer_that_a_check_forbids_says_why(rehearsal: Rehearsal) -> None:
    slot = FLOW.slot("zip").model_copy(update={"check": SlotCheck(pattern="941\\d\\d")})
    strict = FLOW.model_copy(update={"slots": (slot,)})
    heard = rehearsal.hear(strict, "90210", NOW, "zip").asked
    assert heard is not None
    assert heard.state == "not_taken"
    assert "expected form" in heard.why


def test_an_answer_outside_the_choices_needs_a_second_question(rehearsal: Rehearsal) -> None:
    heard = rehearsal.hear(FLOW, "my swimming pool", NOW, "service_type").asked
    assert heard is not None
    assert (heard.value, heard.asks) == ("other:my swimming pool", 2)


def test_a_slot_that_is_not_there_is_an_error(rehearsal: Rehearsal) -> None:
    with pytest.raises(KeyError):
        rehearsal.hear(FLOW, "yes", NOW, "gone")


def test_the_reflex_that_would_act_comes_first(rehearsal: Rehearsal) -> None:
    noticed = rehearsal.hear(FLOW, "Are you a robot? Stop calling me!", NOW).noticed
    assert noticed[0].answers
    assert noticed[0].trigger == "opt_out_clear"
    assert sum(each.answers for each in noticed) == 1
    assert "robot" in [each.reflex for each in noticed]


def test_a_reflex_of_the_flows_own_goes_by_its_examples(rehearsal: Rehearsal) -> None:
    data = FLOW.model_dump(by_alias=True)
    own = {"id": "dog", "label": "Has a dog", "trigger": "custom", "examples": ["Beware of my dog in the yard"],
           "not_examples": ["My dog is fine"], "do": {"say": ["We like dogs."]}}  # fmt: skip
    flow = Flow.model_validate({**data, "reflexes": [*data["reflexes"], own]})
    noticed = rehearsal.hear(flow, "Beware of my dog in the yard", NOW).noticed
    assert [(each.trigger, each.reflex, each.answers) for each in noticed] == [("custom", "dog", True)]
    assert rehearsal.hear(flow, "The roof leaks", NOW).noticed == ()


def test_a_question_finds_its_entry_and_a_statement_none(rehearsal: Rehearsal) -> None:
    found = rehearsal.answer(FLOW, "How much does a roof repair cost?", {}, NOW)
    assert found.entry == "price_roof_repair"
    statement = rehearsal.answer(FLOW, "My roof leaks", {}, NOW)
    assert (statement.entry, statement.as_question) == (None, False)
    assert statement.nearest  # what comes nearest is shown all the same


def test_the_callers_own_case_decides_between_prices(rehearsal: Rehearsal) -> None:
    known = {"service_type": "drain_cleaning"}
    found = rehearsal.answer(FLOW, "How much does it usually cost?", known, NOW)
    assert found.entry != "price_roof_repair"
    assert all(each.entry.about.get("service_type", "drain_cleaning") == "drain_cleaning" for each in found.nearest)


class Counting:
    """Vectors of length 1 that say how many sentences were worked on."""

    def __init__(self) -> None:
        self.worked_on: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.worked_on += texts
        return np.array([[1.0, 0.0]] * len(texts), dtype=np.float32)


def test_a_changed_draft_costs_only_what_changed() -> None:
    encoder = Counting()
    rehearsal = Rehearsal(encoder)
    rehearsal.answer(FLOW, "Do you work on Sundays?", {}, NOW)
    before = len(encoder.worked_on)
    entry = FLOW.knowledge[0].model_copy(update={"question": "Is there a guarantee on shingles?"})
    changed = FLOW.model_copy(update={"knowledge": (entry, *FLOW.knowledge[1:])})
    rehearsal.answer(changed, "Do you work on Sundays?", {}, NOW)
    assert encoder.worked_on[before:] == ["Is there a guarantee on shingles?"]
