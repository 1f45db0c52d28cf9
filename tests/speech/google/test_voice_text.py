"""What is sent to a Google voice: nothing a person would not say, never more bytes than Google takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.speech.google.voice_text import AT_MOST_BYTES, Input, cut, inputs, with_pauses
from engine.speech.spoken import spoken_form

TAG = re.compile(r"\[pause(?: short| long)?\]")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("**Great!** We have:\n- roofs\n- gutters", "Great! We have: roofs, gutters"),
        ("# Answer\nYes.", "Answer Yes."),
        ("See https://www.example.com/quote?id=3&x=1.", "See example dot com."),
        ("Read [our page](https://example.com/a) first.", "Read our page first."),
        ("[laughs] Sure, [pause long] fine.", "Sure, fine."),
        ("[PAUSE] It is [about] two.", "PAUSE It is two."),
        ("<speak>Hello <break time='9s'/> there</speak>", "Hello there"),
        ("`Yes` | ~~no~~ * maybe_", "Yes no maybe"),
    ],
)
def test_raw_words_of_a_model_are_never_read_aloud_with_their_marks(raw: str, said: str):
    assert inputs(raw, pauses=True) == (Input(said),)


@given(st.text(max_size=300))
def test_a_square_bracket_in_a_text_never_becomes_a_command(text: str):
    for each in inputs(text, pauses=True):
        assert "[" not in TAG.sub("", each.text) and "]" not in TAG.sub("", each.text)
        assert each.markup == bool(TAG.search(each.text))


@given(st.text(alphabet="ab [].pause", max_size=100))
def test_a_pause_tag_written_by_others_never_gets_through(text: str):
    assert not any(TAG.search(each.text) for each in inputs(text, pauses=True))


def test_our_pauses_become_tags_for_voices_that_know_them_and_for_no_others():
    text = "I have 415-555-0172… Is that right?"
    assert inputs(text, pauses=True) == (
        Input("I have 4 1 5, [pause short] 5 5 5, [pause short] 0 1 7 2… [pause] Is that right?", markup=True),
    )
    assert inputs(text, pauses=False) == (Input("I have 4 1 5, 5 5 5, 0 1 7 2… Is that right?"),)


@pytest.mark.parametrize("text", ["In May, 2027, we met.", "It costs $1,200, at most.", "Great, thanks."])
def test_ordinary_commas_are_no_pauses(text: str):
    assert with_pauses(spoken_form(text)) == spoken_form(text)


@given(st.text(max_size=400), st.integers(min_value=20, max_value=200))
def test_no_piece_is_longer_than_its_bytes_and_no_word_is_lost(text: str, at_most: int):
    spoken = " ".join(text.split())
    pieces = cut(spoken, at_most)
    assert all(len(piece.encode()) <= at_most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(spoken.split())


def test_a_long_text_is_cut_at_the_ends_of_sentences():
    sentence = "We look at roofs of every kind, and the first visit costs nothing at all."
    pieces = inputs(" ".join([sentence] * 150), pauses=True)
    assert len(pieces) == 3
    assert all(piece.text.endswith(".") and len(piece.text.encode()) <= AT_MOST_BYTES for piece in pieces)


def test_five_thousand_bytes_are_counted_in_bytes_not_in_letters():
    pieces = inputs("é" * 4_000 + ".", pauses=False)
    assert len(pieces) == 2
    assert all(len(piece.text.encode()) <= AT_MOST_BYTES for piece in pieces)


def test_pauses_never_make_a_text_too_long():
    (only,) = inputs(" ".join(["415-555-0172."] * 100), pauses=True)
    assert len(only.text.encode()) <= AT_MOST_BYTES


@pytest.mark.parametrize("text", ["", "  ", "...", "😀", "**", "[pause]"])
def test_what_nobody_can_say_is_not_sent(text: str):
    assert inputs(text, pauses=True) == ()
