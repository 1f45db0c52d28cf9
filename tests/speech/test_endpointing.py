"""When a caller has finished: the words and the kind of answer first, the sound of the voice second."""

import pytest

from engine.speech.endpointing import (
    DONE_S,
    HALF_SAID_S,
    LIKELY_DONE_S,
    NUMBER_S,
    OPENER_S,
    UNFINISHED_S,
    silence_needed,
    unfinished,
)
from engine.speech.ports import Expect


@pytest.mark.parametrize(
    "text",
    [
        "My zip code is.",
        "I'd like to.",
        "We have a house with a",
        "The thing is, um",
        "It's for my",
        "Well,",
        "Two windows, and",
        "Hold on, let me.",
        "Are you licensed and insured in?",
        "I want to replace about twelve windows, ",
        "I live near",
    ],
)
def test_a_sentence_that_leads_on_is_unfinished(text: str) -> None:
    assert unfinished(text, "speech")
    assert silence_needed(text, "speech", 2.0, None) >= UNFINISHED_S


@pytest.mark.parametrize(
    "text",
    [
        "Today,",
        "Half an hour.",
        "Can you call me back tomorrow?",
        "What is it for?",
        "Where are you calling from?",
        "Yes, I do.",
        "We have.",
        "I'd like that.",
        "Please come in.",
        "It's three bedrooms.",
        "I think so.",
    ],
)
def test_a_whole_answer_is_not_waited_on(text: str) -> None:
    assert not unfinished(text, "speech")
    assert silence_needed(text, "speech", 1.0, None) <= LIKELY_DONE_S


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("Nine four one", True),
        ("94103", False),
        ("nine four one oh three", False),
        ("It's 9-4-1", True),
        ("415 555", True),
        ("415-555-0172", False),
        ("94103-1234", False),
        ("I don't know", False),
        ("Why do you need that?", False),
    ],
)
def test_a_half_spoken_number_is_waited_on_when_a_number_was_asked_for(text: str, half: bool) -> None:
    assert unfinished(text, "digits") is half
    assert (silence_needed(text, "digits", 1.0, 0.9) == HALF_SAID_S) is half


def test_digits_count_only_where_digits_were_asked_for() -> None:
    assert not unfinished("Twelve windows", "speech")


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("john dot doe", True),
        ("j o h n", True),
        ("john dot doe at gmail", True),
        ("john dot doe at gmail dot com", False),
        ("john.doe@gmail.com", False),
        ("I'd rather not say", False),
        ("I don't have one", False),
    ],
)
def test_an_email_address_is_waited_on_until_its_ending(text: str, half: bool) -> None:
    assert unfinished(text, "email") is half


def test_the_sound_decides_only_turns_long_enough_for_it() -> None:
    assert silence_needed("Mountain View", "speech", 0.9, 0.1) == LIKELY_DONE_S
    assert silence_needed("I need a new roof", "speech", 2.0, 0.1) == UNFINISHED_S
    assert silence_needed("I need a new roof", "speech", 2.0, 0.9) == DONE_S


def test_without_a_verdict_of_the_sound_the_words_decide() -> None:
    assert silence_needed("I need a new roof.", "speech", 2.0, None) == LIKELY_DONE_S


def test_words_and_sound_together_wait_longest() -> None:
    assert silence_needed("I need a", "speech", 2.0, 0.1) == HALF_SAID_S
    assert silence_needed("I need a", "speech", 2.0, 0.9) == UNFINISHED_S


def test_a_whole_zip_code_is_taken_though_the_voice_did_not_fall() -> None:
    assert silence_needed("Nine, four, one, oh, three", "digits", 3.0, 0.1) == NUMBER_S


@pytest.mark.parametrize("text", ["Yes.", "No,", "Yep.", "Okay, sure."])
def test_a_mere_yes_to_an_open_question_is_given_time_to_go_on(text: str) -> None:
    assert silence_needed(text, "speech", 0.6, None) == OPENER_S


@pytest.mark.parametrize("text", ["Yes.", "No,", "Yes, please."])
def test_a_yes_that_was_asked_for_is_answered_at_once(text: str) -> None:
    assert silence_needed(text, "yes_no", 0.6, None) == DONE_S


@pytest.mark.parametrize("expect", ["speech", "digits", "email", "yes_no"])
def test_nothing_heard_yet_is_not_the_end_of_a_turn(expect: Expect) -> None:
    assert silence_needed("", expect, 0.3, None) == UNFINISHED_S


def test_yes_to_a_yes_no_question_is_answered_at_once() -> None:
    assert silence_needed("Yes.", "yes_no", 0.4, None) == DONE_S
