"""A model's value counts only if the typed recognisers find it in the caller's own words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.dialogue.apply import Applied, apply
from engine.dialogue.commands import Agreed, SlotDenied, SlotHeard, SlotRefused
from engine.dialogue.proof import UNSUPPORTED, Moment, normalised, unproven
from engine.dialogue.slots import SlotBook, contains_words
from engine.flow.model import Slot
from engine.sdk import Scalar

NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo("America/Los_Angeles"))
MOMENT = Moment(NOW, "+14155550123")
TYPES = (
    "zip", "phone", "email", "date", "money", "yes_no", "number", "duration", "choice", "name", "text", "address",
    "appointment",
)  # fmt: skip
CHOICES = [{"value": "roof_repair", "label": "Roof repair"}, {"value": "drain", "label": "Drain cleaning"}]
SLOTS = tuple(
    Slot.model_validate(
        {"id": each, "label": each, "type": each, "ask": ["?"], "choices": CHOICES if each == "choice" else []}
    )
    for each in TYPES
)


def taken(slot: str, value: Scalar, words: str, utterance: str = "") -> tuple[SlotBook, Applied]:
    book = SlotBook(SLOTS)
    return book, apply(book, [SlotHeard(slot, value, words, 0.9)], utterance or words, 1, MOMENT)


@pytest.mark.parametrize(
    ("slot", "value", "words", "stored"),
    [
        ("zip", "94110", "nine four one one oh", "94110"),
        ("zip", "94110-1234", "94110", "94110"),
        ("zip", 2134, "oh two one three four", "02134"),
        ("phone", "+14155550188", "four one five, five five five, zero one eight eight", "+14155550188"),
        ("phone", "(415) 555-0188", "415 555 0188", "+14155550188"),
        ("phone", "+14155550123", "this number is fine", "+14155550123"),
        ("email", "Dana.Reyes@Example.com", "dana dot reyes at example dot com", "dana.reyes@example.com"),
        ("date", "1992-03-03", "March third, 1992", "1992-03-03"),
        ("date", "March 3rd 1992", "March third, 1992", "1992-03-03"),
        ("money", 250, "about two hundred fifty dollars", 250),
        ("money", "$250", "two hundred fifty", 250),
        ("money", 100, "from 100 to 200 dollars", 100),
        ("money", 200, "between one hundred and two hundred dollars", 200),
        ("money", 150, "between one hundred and two hundred dollars", 150),
        ("yes_no", True, "yeah, sure", True),
        ("yes_no", "no", "no, we don't", False),
        ("number", 12, "twelve years", 12),
        ("duration", 14, "in two weeks", 14),
        ("choice", "Roof repair", "the roof thing", "roof_repair"),
    ],
)
def test_a_value_that_the_words_support_is_stored_in_its_form(slot: str, value: Scalar, words: str, stored: Scalar):
    book, applied = taken(slot, value, words)
    assert applied.refusals == ()
    assert book[slot].value == stored
    assert book[slot].confidence == 0.9


@pytest.mark.parametrize(
    ("slot", "value", "words", "why"),
    [
        ("zip", "94111", "nine four one one oh", "'nine four one one oh' says 94110, not 94111"),
        ("zip", "94110", "over by the park", "no ZIP can be read in 'over by the park'"),
        ("phone", "+14155550199", "415 555 0188", "says +14155550188, not +14155550199"),
        ("phone", "+14155550199", "the usual one", "no phone number can be read"),
        ("email", "dana@example.com", "dan at example dot com", "says dan@example.com"),
        ("email", "dana@example.com", "you have it", "no e-mail address can be read"),
        ("date", "1992-03-04", "March third, 1992", "says 1992-03-03"),
        ("date", "1992-03-04", "a long time ago", "no date can be read"),
        ("money", 9000, "about two hundred dollars", "says 200, not 9000"),
        ("money", 300, "from 100 to 200 dollars", "not 300"),
        ("money", 300, "quite a bit", "no amount can be read"),
        ("yes_no", True, "no, we don't", "says the opposite"),
        ("yes_no", False, "yes please", "says the opposite"),
        ("number", 30, "twelve years", "says 12, not 30"),
        ("appointment", "2026-09-16T14:00:00-07:00", "Wednesday at two", "booked, not heard"),
    ],
)
def test_a_value_that_the_words_do_not_support_is_refused_with_a_reason(slot: str, value: Scalar, words: str, why: str):
    book, applied = taken(slot, value, words)
    assert not applied.changes
    assert not book[slot].known
    assert why in applied.refusals[0].why


@pytest.mark.parametrize(
    ("slot", "value", "words"),
    [
        ("yes_no", True, "we've lived here since forever"),
        ("number", 20, "since I was a kid"),
        ("duration", 3, "before my mother visits"),
    ],
)
def test_what_no_recogniser_can_tell_is_taken_and_read_back(slot: str, value: Scalar, words: str):
    book, applied = taken(slot, value, words)
    assert applied.refusals == ()
    assert (book[slot].value, book[slot].confidence) == (value, UNSUPPORTED)


def test_days_are_counted_by_the_recogniser_so_that_the_same_words_mean_the_same_number():
    book, _ = taken("duration", 12, "in two weeks")
    assert book["duration"].value == 14


def test_a_value_may_be_read_in_the_whole_utterance_when_the_quote_is_too_short():
    book, _ = taken("zip", "94110", "one one oh", "it's nine four one one oh")
    assert book["zip"].value == "94110"


@pytest.mark.parametrize("words", ["", "  ", "...", "94110", "ine four"])
def test_evidence_must_stand_in_the_utterance_as_whole_words(words: str):
    utterance = "it's nine four one one oh"
    book = SlotBook(SLOTS)
    book.suggest("zip", "94110", "form")
    commands = [
        SlotHeard("zip", "94110", words, 0.9), SlotRefused("zip", words), Agreed("zip", words),
        SlotDenied("zip", "94110", words),
    ]  # fmt: skip
    applied = apply(book, commands, utterance, 1, MOMENT)
    assert not applied.changes
    assert len(applied.refusals) == 4


@pytest.mark.parametrize(
    ("slot", "value", "form"),
    [
        ("zip", " 94110 ", "94110"),
        ("email", "nonsense", "nonsense"),
        ("phone", "nonsense", "nonsense"),
        ("date", "someday", "someday"),
        ("duration", "14", 14),
        ("duration", "two weeks", 14),
        ("duration", 7.0, 7),
        ("duration", 7.5, 7.5),
        ("yes_no", "True", True),
        ("yes_no", "perhaps", "perhaps"),
        ("choice", "DRAIN CLEANING", "drain"),
        ("choice", "other:pool", "other:pool"),
        ("number", "twelve", 12),
        ("name", " Dana ", "Dana"),
        ("yes_no", True, True),
    ],
)
def test_a_value_is_brought_into_its_form(slot: str, value: Scalar, form: Scalar):
    assert normalised(SLOTS[TYPES.index(slot)], value, NOW) == form


@pytest.mark.parametrize(
    ("words", "utterance", "said"),
    [
        ("two", "Two, please.", True),
        ("two hundred", "about two-hundred!", True),
        ("art", "the smart one", False),
        ("one", "nobody, not even on the phone", False),
        ("hundred two", "two hundred", False),
    ],
)
def test_proof_and_evidence_agree_that_only_whole_words_were_said(words: str, utterance: str, said: bool) -> None:
    assert contains_words(utterance, words) is said
    assert (unproven(words, utterance) == "") is said
