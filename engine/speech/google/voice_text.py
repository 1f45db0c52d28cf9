"""What is sent to a Google voice: text as it is spoken, cut to Google's size, with pauses where the voice knows them.

Pure. The words come from `spoken_form`, which leaves no square bracket: only the pauses put in here have any.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine.speech.spoken import spoken_form

AT_MOST_BYTES: Final = 4_999
"""Of UTF-8 in one input, and one more for a blank behind it: Google refuses more than 5,000, and never raises it."""

_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+")
_BETWEEN_FIGURES: Final = re.compile(r"(?<=\d), (?=\d\b)|(?<=\b[A-Z]), (?=(?:dot|dash|underscore|plus|at)\b)")
_ELLIPSIS: Final = re.compile(r"(?:…|\.\.\.)(?=\s)")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a request. `markup`: the text holds pause tags."""

    text: str
    markup: bool = False


def inputs(text: str, *, pauses: bool, at_most: int = AT_MOST_BYTES) -> tuple[Input, ...]:
    """`text` ready to be sent; nothing if nobody could say it. `pauses`: the voice knows pause tags."""
    spoken = spoken_form(text)
    if not any(char.isalnum() for char in spoken):
        return ()
    found = []
    for piece in cut(spoken, at_most):
        marked = with_pauses(piece) if pauses else piece
        fits = len(marked.encode()) <= at_most
        found.append(Input(marked, markup=True) if marked != piece and fits else Input(piece))
    return tuple(found)


def with_pauses(spoken: str) -> str:
    """`spoken` with a breath between groups of figures that are read out, and a rest where the author left dots.

    >>> with_pauses("That was 4 1 5, 5 5 5, 0 1 7 2.")
    'That was 4 1 5, [pause short] 5 5 5, [pause short] 0 1 7 2.'
    """
    return _ELLIPSIS.sub(lambda dots: f"{dots.group()} [pause]", _BETWEEN_FIGURES.sub(", [pause short] ", spoken))


def cut(text: str, at_most: int = AT_MOST_BYTES) -> list[str]:
    """`text` in pieces of at most so many bytes: whole sentences as many as fit, words if one alone is too long."""
    pieces: list[str] = []
    for sentence in _SENTENCE.split(text):
        if pieces and _size(f"{pieces[-1]} {sentence}") <= at_most:
            pieces[-1] = f"{pieces[-1]} {sentence}"
        elif _size(sentence) <= at_most:
            pieces.append(sentence)
        else:
            pieces += _by_words(sentence, at_most)
    return pieces


def _by_words(sentence: str, at_most: int) -> list[str]:
    pieces: list[str] = []
    for word in sentence.split():
        if pieces and _size(f"{pieces[-1]} {word}") <= at_most:
            pieces[-1] = f"{pieces[-1]} {word}"
            continue
        while _size(word) > at_most:  # nothing that anybody says, but it must not stop a call
            head = word.encode()[:at_most].decode(errors="ignore")
            pieces.append(head)
            word = word[len(head) :]
        pieces.append(word)
    return pieces


def _size(text: str) -> int:
    return len(text.encode())
