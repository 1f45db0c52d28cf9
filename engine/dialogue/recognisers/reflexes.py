"""What a caller does besides answering: opting out, asking for a person, swearing, telling us it is a bad time.

The patterns and their examples are data: see `reflex_banks`.
"""

import re

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.reflex_banks import BANKS, Bank, Reflex
from engine.dialogue.recognisers.words import plain

ReflexFound = Found[Reflex]

_COMPILED: tuple[tuple[Bank, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (bank, re.compile(bank.pattern), re.compile(bank.unless)) for bank in BANKS
)


def detect(utterance: str) -> list[ReflexFound]:
    """Every reflex that fires, at most once a kind, in order of appearance."""
    text = plain(utterance)
    result: list[ReflexFound] = []
    for bank, pattern, unless in _COMPILED:
        for match in pattern.finditer(text):
            if match.end() > match.start() and not unless.search(_around(text, match)):
                result.append(found(utterance, match.start(), match.end(), bank.kind, bank.confidence))
                break
    return sorted(result, key=lambda f: f.span.start)


def _around(text: str, match: re.Match[str]) -> str:
    """The sentence, or sentences, in which the match stands."""
    start = max(text.rfind(mark, 0, match.start()) for mark in ".!?;") + 1
    ends = [at for mark in ".!?;" if (at := text.find(mark, max(match.end() - 1, 0))) >= 0]
    return text[start : min(ends, default=len(text) - 1) + 1]
