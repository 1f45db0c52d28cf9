"""What the recogniser writes in an old spelling reads as people write today."""

import pytest

from engine.speech.spelling import of_today


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("To-morrow at two is good.", "Tomorrow at two is good."),
        ("not to-day, to-night", "not today, tonight"),
        ("This week, if you can,,", "This week, if you can,"),
        ("Yes., please", "Yes. please"),
        ("415-555-0172", "415-555-0172"),
        ("a to-do list", "a to-do list"),
        ("To morrow at two", "Tomorrow at two"),
    ],
)
def test_old_spelling_and_stuttered_punctuation_are_mended(written: str, wanted: str) -> None:
    assert of_today(written) == wanted
