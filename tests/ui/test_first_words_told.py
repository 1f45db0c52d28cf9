"""What a call's page tells of its first word and of what had to be said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ui import call_view
from ui.call_records import CallMoments, CallOutcome, CallResult, Disclosure
from ui.resources.first_words import FirstWords, Punctuality

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def page(waited_ms: int | None, greeted: bool = True, **told: Disclosure) -> str:
    moments = CallMoments(NOW if greeted else None, waited_ms)
    return call_view.disclosures(CallResult("F", CallOutcome("booked"), call=moments, disclosures=told))


def test_what_was_heard_stands_with_its_words_and_when() -> None:
    told = Disclosure(True, 2100, 5400, "This call is recorded.", "whole", 2, confirmed=True)
    html = page(400, recording=told)
    for words in (
        "0.4 s after the hello",
        "0:02 to 0:05",
        "This call is recorded.",
        "2 times",
        "Played by the network",
    ):
        assert words in html
    assert "abandoned" not in html and "Slower" not in html


def test_what_was_cut_is_told_as_cut_and_what_was_never_said_as_not_said() -> None:
    html = page(None, ai=Disclosure(False, 1000, 1400, "Hi, I'm an AI.", "cut", 1), recording=Disclosure(False))
    assert "begun at 0:01, not heard to its end" in html and "Cut off" in html and "not said" in html


@pytest.mark.parametrize(("waited", "words"), [(1501, "Slower than 1.5 s"), (2001, "abandoned call"), (1500, "")])
def test_a_first_word_that_was_slow_is_marked(waited: int, words: str) -> None:
    html = page(waited)
    assert words in html
    assert ("Slower" in html or "abandoned" in html) == bool(words)


def test_without_a_hello_the_answer_counts() -> None:
    assert "after the answer" in page(1300, greeted=False)


def test_a_call_of_which_none_of_this_is_known_shows_nothing() -> None:
    assert page(None) == ""


def test_campaigns_that_are_fine_raise_no_alarm() -> None:
    fine, bad = Punctuality("A", 100, 0, 0.0, "fine"), Punctuality("B", 100, 5, 0.05, "broken")
    assert FirstWords(30, 0.03, (bad, fine)).alarms == (bad,)
