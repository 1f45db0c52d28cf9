"""Cuts what is to be said into clauses, so that the first sound comes early and a cut can be told to the word.

The voice makes one clause while the one before it is heard. The first clause is short; later ones are as long as a
breath, because a voice sounds best on whole phrases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

FIRST_CHARS: Final = 12
"""The first clause may end at the first comma after so many characters: "Great, thanks." is enough to begin with."""

LATER_CHARS: Final = 60
"""Later clauses end at a comma only after so many characters, else at the end of their sentence."""

_ABBREVIATIONS: Final = frozenset(
    {"dr", "mr", "mrs", "ms", "st", "ave", "apt", "no", "vs", "jr", "sr", "inc", "e.g", "i.e"}
)
_BREAK: Final = re.compile(r"[.!?…]+[\"')\]]*(?=\s)|[,;:–—]+[\"')\]]*(?=\s)")


@dataclass(frozen=True, slots=True)
class Clause:
    """`text` stands at `start` to `end` of the utterance; clauses join without gap or overlap."""

    text: str
    start: int
    end: int


def clauses(text: str) -> list[Clause]:
    """`text` in speakable pieces; none is without a letter or a digit unless the whole text is.

    >>> [each.text for each in clauses("Great, thank you. Do you own the home, or do you rent it?")]
    ['Great, thank you. ', 'Do you own the home, or do you rent it?']
    """
    found: list[Clause] = []
    start = 0
    for match in _BREAK.finditer(text):
        end = match.end()
        while end < len(text) and text[end].isspace():
            end += 1
        piece = text[start:end]
        if _may_end(text, match, len(piece), first=not found) and _speakable(piece) and _speakable(text[end:]):
            found.append(Clause(piece, start, end))
            start = end
    if start < len(text):
        found.append(Clause(text[start:], start, len(text)))
    return found


def _may_end(text: str, match: re.Match[str], length: int, *, first: bool) -> bool:
    if match.group()[0] in ".!?…":
        word = text[: match.start()].rsplit(maxsplit=1)
        short = bool(word) and (
            word[-1].lower() in _ABBREVIATIONS or re.fullmatch(r"(?:[A-Za-z]\.)*[A-Za-z]", word[-1])
        )
        return not (match.group().startswith(".") and short)
    before, after = text[: match.start()].rstrip()[-1:], text[match.end() :].lstrip()[:1]
    if before.isdigit() and after.isdigit():
        return False  # "4 1 5, 5 5 5" is one number
    return length >= (FIRST_CHARS if first else LATER_CHARS)


def _speakable(text: str) -> bool:
    return any(char.isalnum() for char in text)
