"""Whether two wordings mean the same for a call."""

import pytest

from engine.dialogue.meaning import overlap, repeats, same_meaning


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("94107", "nine four one oh seven"),
        ("It's 94107.", "it is nine four one zero seven, uh"),
        ("Yes.", "yeah"),
        ("ten thirty", "10:30"),
        ("at 10 a.m.", "at ten AM"),
        ("$300", "three hundred dollars"),
        ("a hundred and forty five", "145"),
        ("September 17th", "september seventeenth"),
        ("twenty percent", "20%"),
        ("double five one", "551"),
        ("The roof leaks", "the roof leak"),
        ("water heater", "waterheater"),
        ("Um, I own it, please.", "I own it"),
        ("I don't", "I do not"),
        ("We'll see", "we will see"),
        ("Okay", "ok"),
    ],
)
def test_case_signs_fillers_and_spelling_change_nothing(one: str, other: str) -> None:
    assert same_meaning(one, other)
    assert same_meaning(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("94107", "94017"),
        ("nine four one oh seven", "nine four one one seven"),
        ("I do", "I don't"),
        ("Yes.", "No."),
        ("I own it", "I rent it"),
        ("at 10 a.m.", "at 10 p.m."),
        ("This is Dana", "This is Diana"),
        ("I can come", "I can't come"),
        ("Thursday at ten", "Tuesday at ten"),
        ("a house", "a warehouse"),
        ("300 dollars", "300 days"),
        ("", "Hello"),
        ("uh", "um no"),
    ],
)
def test_numbers_names_choices_and_negations_count(one: str, other: str) -> None:
    assert not same_meaning(one, other)
    assert not same_meaning(other, one)


def test_a_turn_said_again_is_known_by_its_words() -> None:
    assert repeats("What's the ZIP code there?", "what's the zip code there")
    assert not repeats("Let me ask once more: what's the ZIP code there?", "What's the ZIP code there?")
    assert overlap("", "Hello") == 0.0
