"""Speech in pieces becomes whole sentences, each as soon as it is whole."""

from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.sentences import Sentences

TEXT = "Got it. Roofs cost 300 to 1,500 dollars, Dr. Reyes! Is 2 p.m. on 5th Ave. okay? It's 3.5 miles. Really?"
WHOLE = [
    "Got it.",
    "Roofs cost 300 to 1,500 dollars, Dr. Reyes!",
    "Is 2 p.m. on 5th Ave. okay?",
    "It's 3.5 miles.",
    "Really?",
]


@given(st.lists(st.integers(1, 9), max_size=80))
def test_however_the_text_is_cut_the_sentences_are_the_same(lengths: list[int]) -> None:
    cutter = Sentences()
    found: list[str] = []
    at = 0
    for length in lengths:
        found += cutter.feed(TEXT[at : at + length])
        at += length
    found += cutter.feed(TEXT[at:])
    if rest := cutter.rest():
        found.append(rest)
    assert found == WHOLE


def test_half_a_sentence_is_worth_nothing() -> None:
    cutter = Sentences()
    assert cutter.feed("We do not. Never say that we") == ["We do not."]
    assert cutter.rest() == ""


def test_blanks_and_line_ends_are_no_sentences() -> None:
    cutter = Sentences()
    assert cutter.feed("  \n \n") == []
    assert cutter.feed("Okay.\nHow soon?\n") == ["Okay.", "How soon?"]
    assert cutter.rest() == ""
