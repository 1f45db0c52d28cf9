"""Counting spoken digits, however a recogniser writes them."""

import pytest

from engine.speech.numerals import digit_count, only_digits


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("94103", 5),
        ("9 4 1 0 3", 5),
        ("nine, four, one, oh, three", 5),
        ("ninety-four one oh three", 5),
        ("ninety four, one o three", 5),
        ("94,103", 5),
        ("9-4-1.", 3),
        ("four one five, five five five, zero one seven two", 10),
        ("415-555-0172", 10),
        ("double five", 2),
        ("two hundred", 3),
        ("twenty oh four", 4),
        ("I don't know", 0),
        ("", 0),
    ],
)
def test_digits_are_counted_as_spoken(text: str, count: int) -> None:
    assert digit_count(text) == count


def test_only_digits_means_nothing_but_numbers() -> None:
    assert only_digits("Nine, four, one, oh, three.")
    assert only_digits("94103-1234")
    assert not only_digits("It's 94103")
    assert not only_digits("nine four one no wait")
    assert not only_digits("")
