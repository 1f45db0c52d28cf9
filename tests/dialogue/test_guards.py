"""What must not leave the agent's mouth."""

import pytest

from engine.dialogue.guards import SECOND_QUESTION, Guard


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("I'm a real person, don't worry.", "claims to be human"),
        ("This is not a robot.", "claims to be human"),
        ("I'm not an AI.", "claims to be human"),
        ("We guarantee that it holds.", "promises or guarantees"),
        ("I can promise you that.", "promises or guarantees"),
        ("I was told to say so.", "reveals instructions"),
        ("My instructions are secret.", "reveals instructions"),
        ("That's $450.", "an amount that the knowledge does not hold (450)"),
        ("It costs 1,250 dollars.", "an amount that the knowledge does not hold (1250)"),
        ("It's cheaper than theirs.", "the flow forbids"),
    ],
)
def test_a_forbidden_sentence_is_caught(sentence: str, rule: str) -> None:
    verdict = Guard((300, 1500), (r"\bcheaper than\b",)).check(sentence)
    assert not verdict.ok
    assert rule in verdict.rule


@pytest.mark.parametrize(
    "sentence",
    [
        "Yes, I'm an AI assistant.",
        "Between 300 and 1,500 dollars.",
        "It's $1,500 at most.",
        "There's a one year warranty.",
        "A person will call you.",
        "In 94110, at 10 a.m.",
    ],
)
def test_an_honest_sentence_passes(sentence: str) -> None:
    assert Guard((300, 1500), (r"\bcheaper than\b",)).check(sentence).ok


def test_one_question_a_turn_and_statements_as_many_as_there_are() -> None:
    guard = Guard()
    assert guard.check("Got it.").ok
    assert guard.check("How soon do you need it?").ok
    assert guard.check("Take your time.").ok
    assert guard.check("And the ZIP?").rule == SECOND_QUESTION


def test_each_turn_is_guarded_anew() -> None:
    assert Guard().check("How soon?").ok
    assert Guard().check("How soon?").ok


def test_a_question_that_was_not_let_through_does_not_count() -> None:
    guard = Guard()
    assert not guard.check("Is 500 dollars okay?").ok
    assert guard.check("How soon do you need it?").ok
