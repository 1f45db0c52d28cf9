"""What the agent must never say, as phrases that people type. Pure.

The document keeps patterns. One that only says "these words" is shown as the words; `guarantee*` is every word that
begins so. What is more than that is left as it is, under advanced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_WORDS: Final = re.compile(r"\\b((?:[\w']|\\? |\\[-'])+?)(\\b)?$")
_ENDS_IN_A_WORD: Final = re.compile(r"\w$")


def phrase_of(pattern: str) -> str | None:
    """The phrase that a pattern stands for; None if it is more than a phrase."""
    found = _WORDS.match(pattern)
    if found is None:
        return None
    words = re.sub(r"\\(.)", r"\1", found[1])
    return words if found[2] else f"{words}*"


def pattern_of(phrase: str) -> str:
    words = " ".join(phrase.split())
    begins = words.endswith("*")
    words = words.rstrip("*").strip()
    escaped = re.escape(words)
    return rf"\b{escaped}" if begins or not _ENDS_IN_A_WORD.search(words) else rf"\b{escaped}\b"


def split(patterns: Sequence[str]) -> tuple[list[str], list[str]]:
    """Phrases, and the patterns that are none."""
    phrases = [phrase for each in patterns if (phrase := phrase_of(each)) is not None]
    return phrases, [each for each in patterns if phrase_of(each) is None]


def merged(patterns: Sequence[str], phrases: Sequence[str]) -> list[str]:
    """The patterns with other phrases. What was there already stays letter by letter and in its place."""
    wanted = dict.fromkeys(" ".join(each.split()) for each in phrases if each.strip(" *"))
    kept = [each for each in patterns if (phrase := phrase_of(each)) is None or phrase in wanted]
    there = {phrase_of(each) for each in kept}
    return [*kept, *(pattern_of(each) for each in wanted if each not in there)]
