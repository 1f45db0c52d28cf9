"""Which of a few offered phrases a misheard one sounds like: "To Marlitu" is "tomorrow at two".

Recognisers spell what they half hear as other words of the same sound. Held against the two or three things that were
just offered, the sound is telling enough, and what is taken this way is read back before anything is done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

ALIKE = 0.75
"""Share of sounds that must agree. Of twenty utterances, misheard ones lay at 0.8 and more, others below 0.67."""

AHEAD = 0.12
"""By so much the best must lead the next."""

MOST_WORDS = 7
"""A longer utterance says something of its own."""

_SPELLINGS = (
    (re.compile(r"[^a-z]"), ""),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck"), "k"),
    (re.compile(r"th"), "0"),
    (re.compile(r"z"), "s"),
    (re.compile(r"(.)\1"), r"\1"),
    (re.compile(r"[aeiouyw]+"), "a"),  # vowels are what recognisers mix up most
)


def skeleton(words: str) -> str:
    """The sounds that survive a bad line: consonants, with one sign for any run of vowels."""
    sounds = words.lower()
    for pattern, sign in _SPELLINGS:
        sounds = pattern.sub(sign, sounds)
    return sounds


def closest(utterance: str, options: Sequence[Sequence[str]]) -> int | None:
    """The place of the option that `utterance` sounds like, None if none or two do. Each option has its wordings."""
    if not options or len(utterance.split()) > MOST_WORDS:
        return None
    said = skeleton(utterance)
    scores = [
        max((SequenceMatcher(None, said, skeleton(wording)).ratio() for wording in wordings), default=0.0)
        for wordings in options
    ]
    ranked = sorted(scores, reverse=True)
    if ranked[0] < ALIKE or (len(ranked) > 1 and ranked[0] - ranked[1] < AHEAD):
        return None
    return scores.index(ranked[0])
