"""Keys as answers: numbers typed, spoken or both; yes and no; choices by number; and 9 for being left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call.keypad import PAUSE_S, Answered, Awaited, Keypad, Meaning, Meaningless, OptOut, Typing, awaited
from engine.sdk import SlotType

ZIP, PHONE, ANY = Awaited("digits", 5), Awaited("digits", 10), Awaited("digits")


def type_in(keypad: Keypad, keys: str, asked: Awaited, at: float = 0.0, apart: float = 0.4) -> Meaning:
    meaning: Meaning = Meaningless()
    for number, key in enumerate(keys):
        meaning = keypad.press(key, at + number * apart, asked)
    return meaning


def test_a_zip_is_whole_with_its_fifth_digit() -> None:
    keypad = Keypad()
    assert type_in(keypad, "9410", ZIP) == Typing()
    assert keypad.waiting
    assert keypad.press("7", 2.0, ZIP) == Answered("9 4 1 0 7")
    assert not keypad.waiting


def test_a_phone_number_is_whole_with_its_tenth_digit_nines_included() -> None:
    assert type_in(Keypad(), "4155559199", PHONE) == Answered("4 1 5 5 5 5 9 1 9 9")


def test_hash_ends_a_number_of_unknown_length_and_star_begins_it_again() -> None:
    assert type_in(Keypad(), "12*345#", ANY) == Answered("3 4 5")
    assert type_in(Keypad(), "#", ANY) == Meaningless()


def test_half_a_number_counts_as_said_after_a_pause() -> None:
    keypad = Keypad()
    type_in(keypad, "941", ZIP)
    assert keypad.pause(ZIP) == Answered("9 4 1")
    assert keypad.pause(ZIP) is None


def test_digits_of_long_ago_do_not_belong_to_the_number_that_is_typed_now() -> None:
    keypad = Keypad()
    type_in(keypad, "94", ZIP)
    assert type_in(keypad, "94107", ZIP, at=2.5 * PAUSE_S) == Answered("9 4 1 0 7")


def test_a_number_begun_in_speech_is_ended_by_keys() -> None:
    keypad = Keypad()
    assert keypad.heard("nine four one", ZIP) == "nine four one"
    assert type_in(keypad, "07", ZIP) == Typing()
    assert keypad.pause(ZIP) == Answered("9 4 1 0 7")


def test_keys_that_begin_anew_after_speech_win_over_what_was_spoken() -> None:
    keypad = Keypad()
    keypad.heard("nine four one", ZIP)
    assert type_in(keypad, "10001", ZIP) == Answered("1 0 0 0 1")


def test_a_number_begun_by_keys_is_ended_in_speech() -> None:
    keypad = Keypad()
    type_in(keypad, "941", ZIP)
    assert keypad.heard("oh seven", ZIP) == "9 4 1 0 7"


def test_words_that_say_the_whole_number_stand_alone() -> None:
    keypad = Keypad()
    type_in(keypad, "94", ZIP)
    assert keypad.heard("it's 94107", ZIP) == "it's 94107"


@pytest.mark.parametrize(("key", "words"), [("1", "Yes."), ("2", "No.")])
def test_one_is_yes_and_two_is_no_after_a_yes_or_no_question(key: str, words: str) -> None:
    asked = awaited("yes_no", None, "Shall I book that?")
    assert Keypad().press(key, 0.0, asked) == Answered(words)
    assert Keypad().press(key, 0.0, awaited("speech", None, "How are you?")) == Meaningless()


@pytest.mark.parametrize(
    "wording",
    [
        "For roof repair, press 1. For plumbing, press 2.",
        "Press one for roof repair or press two for plumbing.",
        "You can press 1 for roof repair, and press 2 for plumbing?",
    ],
)
def test_a_choice_is_taken_by_its_number_if_it_was_read_so(wording: str) -> None:
    asked = awaited("speech", SlotType.CHOICE, wording)
    assert Keypad().press("1", 0.0, asked) == Answered("roof repair")
    assert Keypad().press("2", 0.0, asked) == Answered("plumbing")
    assert Keypad().press("3", 0.0, asked) == Meaningless()
    assert Keypad().press("1", 0.0, awaited("speech", SlotType.CHOICE, "Roof or plumbing?")) == Meaningless()


@pytest.mark.parametrize("asked", [Awaited(), Awaited("yes_no"), Awaited("choice", choices=(("1", "roof"),))])
def test_nine_opts_out_whatever_was_asked_but_a_number(asked: Awaited) -> None:
    assert Keypad().press("9", 0.0, asked) == OptOut()
    assert Keypad().press("9", 0.0, ZIP) == Typing()


def test_nine_opts_out_with_half_a_number_typed_once_the_question_is_another() -> None:
    keypad = Keypad()
    type_in(keypad, "94", ZIP)
    assert keypad.press("9", 1.0, Awaited("yes_no")) == OptOut()
    assert not keypad.waiting


@given(st.text("0123456789*#", max_size=30), st.sampled_from([ZIP, PHONE, ANY]))
def test_no_key_is_lost_or_doubled(keys: str, asked: Awaited) -> None:
    keypad, taken = Keypad(), ""
    for number, key in enumerate(keys):
        meaning = keypad.press(key, number * 0.3, asked)
        if isinstance(meaning, Answered):
            taken += meaning.words.replace(" ", "")
        elif key == "*":
            taken += "*"
    rest = keypad.pause(asked)
    taken += rest.words.replace(" ", "") if isinstance(rest, Answered) else ""
    expected, typed = "", ""
    for key in keys:
        if key == "*":
            typed, expected = "", expected + "*"
        elif key == "#":
            expected, typed = expected + typed, ""
        else:
            typed += key
            if asked.digits and len(typed) == asked.digits:
                expected, typed = expected + typed, ""
    assert taken == expected + typed
