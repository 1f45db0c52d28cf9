"""What is asked next, and what becomes of the commands of a model."""

import pytest

from engine.dialogue.apply import apply, problem_with
from engine.dialogue.commands import Agreed, SlotDenied, SlotHeard, SlotRefused
from engine.dialogue.plan import next_slot, open_slots
from engine.dialogue.slots import SlotBook
from engine.flow.model import Slot
from engine.sdk import Scalar, SlotState


def _slot(id: str, type: str = "text", need: str = "must", **more: object) -> Slot:
    return Slot.model_validate({"id": id, "label": id, "type": type, "need": need, "ask": ["What?"], **more})


CHOICES = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
SLOTS = (
    _slot("name", need="nice"),
    _slot("zip", "zip"),
    _slot("days", "duration", check={"min": 0, "max": 1095}),
    _slot("note", need="if_offered", check={"max_length": 5}),
    _slot("kind", "choice", choices=CHOICES),
    _slot("code", check={"pattern": "[A-Z]{2}"}),
    _slot("yes", "yes_no"),
)
IDS = tuple(slot.id for slot in SLOTS)


@pytest.fixture
def book() -> SlotBook:
    return SlotBook(SLOTS)


def _fill(book: SlotBook, slot: str, value: Scalar, words: str = "x", turn: int = 1) -> None:
    assert apply(book, [SlotHeard(slot, value, words, 0.9)], words, turn).changes


def test_musts_come_first_in_the_authors_order(book: SlotBook) -> None:
    assert next_slot(book, IDS) == "zip"
    _fill(book, "zip", "94110")
    assert next_slot(book, IDS) == "days"


def test_what_was_just_asked_in_vain_stays_the_topic(book: SlotBook) -> None:
    assert next_slot(book, IDS, last_asked="name") == "name"


def test_what_is_known_refused_given_up_or_only_if_offered_is_never_asked(book: SlotBook) -> None:
    _fill(book, "zip", "94110")
    apply(book, [SlotRefused("days", "x")], "x", 1)
    book["kind"].given_up = True
    assert open_slots(book, IDS) == ("name", "code", "yes")


def test_nothing_left_to_ask_is_none(book: SlotBook) -> None:
    _fill(book, "zip", "94110")
    assert next_slot(book, ("zip", "note", "unheard_of")) is None


@pytest.mark.parametrize(
    ("slot", "value", "why"),
    [
        ("zip", "9411", "not a five-digit ZIP"),
        ("days", "soon", "not a number"),
        ("days", -1, "below 0"),
        ("days", 5000, "above 1095"),
        ("note", "far too long", "longer than 5 characters"),
        ("note", "", "the value is empty"),
        ("kind", "c", "none of the choices"),
        ("code", "abc", "does not have the expected form"),
        ("yes", "yes", "neither yes nor no"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_plain_words(
    book: SlotBook, slot: str, value: Scalar, why: str
) -> None:
    applied = apply(book, [SlotHeard(slot, value, "well", 0.9)], "well, well", 1)
    assert not applied.changes
    assert why in applied.refusals[0].why
    assert not book[slot].known


def test_words_count_in_any_case_and_punctuation(book: SlotBook) -> None:
    assert apply(
        book, [SlotHeard("zip", "94110", "Nine-four one, one zero", 0.9)], "it's nine four one one zero.", 1
    ).changes


def test_the_last_statement_wins_and_the_first_is_remembered(book: SlotBook) -> None:
    _fill(book, "zip", "94017")
    (change,) = apply(book, [SlotHeard("zip", "94107", "x", 0.9, denied=("94017",))], "x", 2).changes
    assert change.corrected
    assert (book["zip"].value, book["zip"].corrected_from, book["zip"].state) == ("94107", "94017", SlotState.CORRECTED)


def test_said_twice_is_confirmed(book: SlotBook) -> None:
    _fill(book, "zip", "94110")
    _fill(book, "zip", "94110", turn=2)
    assert book["zip"].state is SlotState.CONFIRMED


def test_a_denial_empties_the_slot_and_the_forms_value_with_it(book: SlotBook) -> None:
    book.suggest("zip", "94110", "form")
    assert book["zip"].effective == "94110"
    apply(book, [SlotDenied("zip", "94110", "no")], "no", 1)
    assert book["zip"].effective is None


def test_agreement_takes_what_the_form_says_and_nothing_else(book: SlotBook) -> None:
    assert not apply(book, [Agreed("zip", "yes")], "yes", 1).changes
    book.suggest("zip", "94110", "form")
    (change,) = apply(book, [Agreed("zip", "yes")], "yes", 1).changes
    assert (change.value, change.words) == ("94110", "yes")
    assert not apply(book, [Agreed("zip", "yes")], "yes", 2).changes


def test_a_refusal_forgets_the_value(book: SlotBook) -> None:
    _fill(book, "zip", "94110")
    apply(book, [SlotRefused("zip", "x")], "x", 2)
    assert not book["zip"].known
    assert book["zip"].settled


def test_commands_for_what_the_flow_does_not_have_are_refused(book: SlotBook) -> None:
    commands = [
        SlotHeard("shoe", 1, "x", 1.0),
        SlotDenied("shoe", 1, "x"),
        SlotRefused("shoe", "x"),
        Agreed("shoe", "x"),
    ]
    assert len(apply(book, commands, "x", 1).refusals) == 4


def test_other_is_taken_only_where_the_author_allows_it() -> None:
    assert problem_with(_slot("kind", "choice", choices=CHOICES), "other:c")
    assert not problem_with(_slot("kind", "choice", choices=CHOICES, allow_other=True), "other:c")
