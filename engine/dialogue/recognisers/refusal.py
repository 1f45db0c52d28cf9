"""Caller will not say, or cannot say: two different things, for a refused slot is never asked again."""

import re
from enum import StrEnum

from engine.dialogue.recognisers.found import Found, found, without_overlaps
from engine.dialogue.recognisers.words import plain


class Refusal(StrEnum):
    REFUSED = "refused"
    DONT_KNOW = "dont_know"


_PATTERNS: tuple[tuple[re.Pattern[str], Refusal, float], ...] = (
    (
        re.compile(
            r"\bi(?:'d| would)? (?:really )?(?:rather|prefer) not(?: to)?(?: (?:say|tell|share|answer"
            r"|give)\b[^.,;!?]*)?"
            r"|\b(?:it'?s |that'?s )?none of your (?:damn |goddamn )?(?:business|concern)"
            r"|\bthat'?s (?:private|personal|confidential)\b"
            r"|\bi(?:'m| am) not (?:going to|gonna|comfortable|willing to|happy)\s*(?:to )?"
            r"(?:say|tell|shar|giv|answer|with that)\w*[^.,;!?]*"
            r"|\bi (?:won'?t|will not|refuse to) (?:say|tell|share|give|answer)\b[^.,;!?]*"
            r"|\bi (?:don'?t|do not) (?:want|wish|like|care) to (?:say|tell|share|give (?:you )?(?:that"
            r"|my|this|it|out)|answer)"
            r"\b[^.,;!?]*"
        ),
        Refusal.REFUSED,
        0.95,
    ),
    (
        re.compile(
            r"\b(?:let'?s |can we |just |please )?skip (?:that|this|it)(?: one| question| part)?\b"
            r"|^\W*(?:pass|skip)\W*$"
            r"|\bnext question\b|\bwhy do you (?:need|want) (?:that|to know|my)\b[^.,;!?]*|\byou don'?t "
            r"need (?:that|to know)\b"
        ),
        Refusal.REFUSED,
        0.8,
    ),
    (
        re.compile(
            r"\bi (?:really |honestly |just )?(?:don'?t|do not|wouldn'?t|couldn'?t) (?:really |actually |even )?"
            r"(?:know|remember|recall|have (?:a clue|any idea))\b(?! (?:that |what )?you\b)"
            r"|\b(?:i )?dunno\b|\bno (?:idea|clue)\b|\bbeats me\b|\bi(?:'m| am) not (?:really |too |quite "
            r"|so )?sure\b"
            r"|^\W*not (?:really |too |quite )?sure\b|\bhard to (?:say|tell)\b|\bi(?:'d| would) have to "
            r"(?:check|look|ask|find out)\b"
            r"|\bi can'?t (?:remember|recall|say for sure)\b|\bi forg[eo]t\b|\bhaven'?t (?:a clue|the "
            r"faintest|decided)\b"
        ),
        Refusal.DONT_KNOW,
        0.9,
    ),
)


def find(utterance: str) -> list[Found[Refusal]]:
    """Refusals and "I don't know" in order of appearance."""
    text = plain(utterance)
    return without_overlaps(
        [
            found(utterance, m.start(), m.end(), kind, confidence)
            for pattern, kind, confidence in _PATTERNS
            for m in pattern.finditer(text)
        ]
    )
