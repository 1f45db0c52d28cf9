"""Misheard answers are held against the few things that were offered."""

import pytest

from engine.dialogue.recognisers.sound_alike import closest

OFFERED = (
    ("tomorrow at two", "Wednesday at two"),
    ("Thursday at ten",),
    ("Friday at three",),
)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("To Marlitu,", 0),
        ("To morrow it too, then.", 0),
        ("Tomorrow to a clock.", 0),
        ("Tamara at two", 0),
        ("Fried eight three", 2),
    ],
)
def test_what_sounds_like_one_of_the_offered_times_is_it(heard: str, meant: int) -> None:
    assert closest(heard, OFFERED) == meant


@pytest.mark.parametrize(
    "heard",
    [
        "Sorry, what was that?",
        "I don't know",
        "hmm let me see",
        "whatever works",
        "none of those",
        "What's the price?",
        "No email attached is fine.",
        "That's too early",
        "Can you repeat that",
        "the later one",
        "okay",
        "I need to ask my wife",
        "",
        "I'd have to look at my calendar and call you tomorrow at two",
    ],
)
def test_what_says_something_else_is_none_of_them(heard: str) -> None:
    assert closest(heard, OFFERED) is None


def test_what_could_be_two_of_them_is_neither() -> None:
    assert closest("Sunday at ten", (("Sunday at ten",), ("Monday at ten",))) == 0
    assert closest("unday at ten", (("Sunday at ten",), ("Monday at ten",))) is None


def test_nothing_offered_is_nothing_meant() -> None:
    assert closest("tomorrow at two", ()) is None
