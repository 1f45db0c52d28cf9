"""ZIP codes and numbers in every shape that callers and transcripts give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.recognisers import numbers, zip_code

DIGIT_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Nine four one one zero.", "94110"),
        ("nine four one one oh", "94110"),
        ("94,103", "94103"),
        ("9 4 1 0 3", "94103"),
        ("nine, four, one, zero, three", "94103"),
        ("ninety four one oh seven", "94107"),
        ("94 107", "94107"),
        ("94103-1234", "94103"),
        ("Nine four | one | three three.", "94133"),
        ("It's three two eight zero one.", "32801"),
        ("My zip code is nine four one oh three.", "94103"),
        ("Yep. So my roof's leaking, it's our house in 94110, and I need somebody this week", "94110"),
        ("94601, in Oakland.", "94601"),
        ("at 2.30, 94110", "94110"),
        ("Oh, nine four one one zero", "94110"),
        ("oh two one three four", "02134"),
        ("ninety four thousand one hundred and three", "94103"),
        ("nine four double one zero", "94110"),
        ("94110 94110", "94110"),
    ],
)
def test_zip_is_understood(said: str, code: str) -> None:
    hits = zip_code.find(said)
    assert hits and hits[-1].value == code
    assert said[hits[-1].span.start : hits[-1].span.end] == hits[-1].words


@pytest.mark.parametrize(
    "said",
    [
        "$94,103",
        "15,000 dollars",
        "the budget is about 12,500",
        "12345 Main Street",
        "415-555-0172",
        "Tomorrow at two",
        "four one five, five five five, zero one seven two",
        "2.30 p.m.",
        "1200 18th Street",
        "94110 square feet",
        "94 percent",
    ],
)
def test_prices_times_house_and_telephone_numbers_are_no_zip(said: str) -> None:
    assert zip_code.find(said) == []


@pytest.mark.parametrize(
    ("said", "digits"),
    [("Nine four one", "941"), ("my zip is nine four", "94"), ("94", "94"), ("It's 9 4 1 1", "9411")],
)
def test_unfinished_zip_is_reported_as_partial(said: str, digits: str) -> None:
    assert zip_code.partial(said) == digits


@pytest.mark.parametrize("said", ["Thursday at ten thirty", "two weeks", "Nine four one one zero", "Yes.", "$94"])
def test_other_numbers_are_no_partial_zip(said: str) -> None:
    assert zip_code.partial(said) is None


@given(
    st.lists(st.integers(0, 9), min_size=5, max_size=5),
    st.lists(st.booleans(), min_size=5, max_size=5),
    st.lists(st.sampled_from([" ", ", ", " | ", "... ", " - ", " uh "]), min_size=4, max_size=4),
)
def test_any_five_digits_are_found_again_however_they_are_spoken(
    digits: list[int], as_words: list[bool], gaps: list[str]
) -> None:
    said = ""
    for i, digit in enumerate(digits):
        said += (gaps[i - 1] if i else "") + (DIGIT_WORDS[digit] if as_words[i] else str(digit))
    assert [f.value for f in zip_code.find(f"It's {said}.")] == ["".join(map(str, digits))]


def test_existence_is_checked_against_the_postal_list() -> None:
    assert zip_code.exists("94103")
    assert not zip_code.exists("00000")
    assert not zip_code.exists("9410")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("a hundred and twenty", 120),
        ("fifteen hundred", 1500),
        ("1.5k", 1500),
        ("1,500", 1500),
        ("twenty-five", 25),
        ("two and a half thousand", 2500),
        ("a couple of hundred", 200),
        ("the eighteenth", 18),
        ("twenty first", 21),
        ("18th", 18),
    ],
)
def test_quantities(said: str, value: float) -> None:
    assert [f.value for f in numbers.find(said)] == [value]


@pytest.mark.parametrize(
    ("said", "digits"),
    [("double five oh one", "5501"), ("four one five dash five five five", "415555"), ("twenty twenty", "2020")],
)
def test_digit_runs(said: str, digits: str) -> None:
    assert [f.value for f in numbers.digit_runs(said)] == [digits]
