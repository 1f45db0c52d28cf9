"""Lists as they are pasted, and phrases that are never said."""

from __future__ import annotations

import re

import pytest

from engine.flow import shipped
from ui.contents.never_say import merged, pattern_of, phrase_of, split
from ui.contents.values import Pasted, holds_zips, pasted


def test_many_zips_come_from_any_paste() -> None:
    found = pasted("94102 94103,94104;94105\n94105\t94102", ["94103"], zips=True)
    assert found == Pasted(("94102", "94104", "94105"), known=3)


def test_a_span_is_every_zip_of_it_and_nonsense_is_named() -> None:
    found = pasted("94102 - 94105, San Francisco 941", [], zips=True)
    assert found.values == ("94102", "94103", "94104", "94105")
    assert found.refused == ("San", "Francisco", "941")
    assert pasted("10001-99999", [], zips=True).refused == ("10001-99999",)


def test_names_keep_their_blanks_and_are_compared_without_case() -> None:
    found = pasted("San Bruno, daly city\n South  San Francisco ", ["Daly City"], zips=False)
    assert found == Pasted(("San Bruno", "South San Francisco"), known=1)


def test_a_list_of_zips_is_known_by_what_is_in_it() -> None:
    assert holds_zips(["94102", "00501"])
    assert not holds_zips(["94102", "Daly City"])
    assert not holds_zips([])


@pytest.mark.parametrize("name", shipped.names())
def test_patterns_of_the_shipped_flows_stay_letter_by_letter(name: str) -> None:
    patterns = list(shipped.load(name).flow.never_say)
    phrases, _ = split(patterns)
    assert merged(patterns, phrases) == patterns


@pytest.mark.parametrize(
    ("phrase", "hit", "miss"),
    [
        ("free solar", "It's FREE solar!", "carefree solars"),
        ("guarantee*", "we guaranteed it", "no promise"),
        ("don't worry", "Don't worry about it", "dont worry"),
        ("100%", "It is 100% sure", "100 percent"),
        ("no-cost", "a no-cost visit", "no cost"),
    ],
)
def test_a_phrase_hits_its_words_only(phrase: str, hit: str, miss: str) -> None:
    pattern = re.compile(pattern_of(phrase), re.IGNORECASE)
    assert pattern.search(hit)
    assert not pattern.search(miss)
    if phrase != "100%":
        assert phrase_of(pattern_of(phrase)) == phrase


def test_a_pattern_that_is_more_than_a_phrase_stays_and_others_can_go() -> None:
    patterns = [r"\bguarantee", r"\bcertif(y|ied)\b", r"\bpromise\b"]
    assert split(patterns) == (["guarantee*", "promise"], [r"\bcertif(y|ied)\b"])
    assert merged(patterns, ["promise", "free solar"]) == [r"\bcertif(y|ied)\b", r"\bpromise\b", r"\bfree\ solar\b"]
