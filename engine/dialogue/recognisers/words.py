"""An utterance cut into words, each with its place and what stood before it."""

import re
from typing import NamedTuple

_WORD = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)*")


class Word(NamedTuple):
    """`text` is lower case with straight apostrophes; `gap` is the raw text between this word and the one before."""

    text: str
    start: int
    end: int
    gap: str


def words_of(utterance: str) -> list[Word]:
    """The words of the utterance. Digits and letters part company: "18th" is "18" and "th" with an empty gap."""
    result: list[Word] = []
    last = 0
    for match in _WORD.finditer(utterance):
        start, end = match.span()
        result.append(Word(match.group().lower().replace("’", "'"), start, end, utterance[last:start]))
        last = end
    return result


def plain(utterance: str) -> str:
    """Lower case with straight apostrophes and *the same length*, so that positions stay true."""
    lowered = utterance.lower()
    if len(lowered) != len(utterance):  # a few letters (such as "İ") grow when lowered
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in utterance)
    return lowered.replace("’", "'").replace("‘", "'")


def listed(text: str) -> frozenset[str]:
    """The words of a long list written as running text."""
    return frozenset(text.split())
