"""Corrections: "It's 94017. No wait, 94107, not 94017." asserts 94107 and denies 94017.

Works on the findings of any recogniser; the last clear statement wins.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from engine.dialogue.recognisers.found import Found, Span
from engine.dialogue.recognisers.words import plain

V = TypeVar("V")

# Words that take back what stood before them. "sorry" only where no question follows ("Sorry, what was that?").
MARKER = re.compile(
    r"\b(?:no,? (?:no,? )?wait|wait,? (?:wait,? )?no|no,? no,? no|i mean(?:t)?|scratch that|strike that|forget that|"
    r"let me correct (?:that|myself)|correction|make (?:that|it)|or rather|oops|my (?:mistake|bad)|i misspoke|"
    r"that'?s (?:wrong|not right|incorrect)|that was wrong|actually|on second thou?ght|hang on,? no|"
    r"(?:no|oh|ah|er|uh|um)[, ]+sorry|sorry(?=,? (?:it'?s|that'?s|i (?:mean|meant|said)|not|no|my|the|\d+|make|"
    r"zero|one|two|three|four|five|six|seven|eight|nine)\b)|wait(?=,? (?:it'?s|that'?s|make|\d+"
    r"|one|two|three|four|five|"
    r"six|seven|eight|nine)\b)|instead)\b"
)
# Weak on their own ("Actually, it's a warehouse" need not correct anything), so they never empty a statement.
_TAKES_ALL_BACK = re.compile(
    r"\b(?:scratch that|strike that|forget that|that'?s (?:wrong|not right|incorrect)|that was wrong)\b[\s.!]*$"
)
_DENIES = re.compile(
    r"(?:\bnot|\bisn'?t|\bwasn'?t|\baren'?t|\brather than|\binstead of|\bno longer|\bnever)"
    r"(?:\s+(?:a|an|the|in|at|on|for|my|our|it'?s|that'?s|really|actually|zip|code))*[\s,:]+$"
)
_NO_DENIAL = re.compile(r"\b(?:not (?:just|only|before|until|till)|why not|if not|not sure(?: but)?)\b[^.;!?]*$")
_BUT = re.compile(r"\bnot\b[^.;!?]{1,40}?\bbut\b")


class Role(StrEnum):
    ASSERTED = "asserted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the utterance between two correction markers. `marker` is the one that opens it ("" for the first)."""

    span: Span
    role: Role
    marker: str


@dataclass(frozen=True, slots=True)
class Resolved(Generic[V]):
    """What counts. `denied` lists values said *not* to hold, those taken back included, each once, in order."""

    value: Found[V] | None
    denied: tuple[V, ...]
    corrected: bool


def clauses(utterance: str) -> list[Clause]:
    """The utterance cut at its correction markers; a part that the next marker takes back is denied."""
    text = plain(utterance)
    marks = list(MARKER.finditer(text))
    starts = [0, *(m.end() for m in marks)]
    ends = [*(m.start() for m in marks), len(text)]
    names = ["", *(m.group() for m in marks)]
    parts = list(zip(starts, ends, names, strict=True))
    filled = [i for i, (start, end, _) in enumerate(parts) if any(c.isalnum() for c in text[start:end])]
    if not filled:
        return []
    last = None if _TAKES_ALL_BACK.search(text) else filled[-1]
    return [
        Clause(Span(parts[i][0], parts[i][1]), Role.ASSERTED if i == last else Role.DENIED, parts[i][2]) for i in filled
    ]


def is_correction(utterance: str) -> bool:
    """True if the words take something back or deny it: a new value then replaces an older one."""
    text = plain(utterance)
    return MARKER.search(text) is not None or _BUT.search(text) is not None


def is_denied(utterance: str, span: Span) -> bool:
    """True if the words right before the span deny it: "not 94017", "it's not the roof"."""
    before = plain(utterance[max(0, span.start - 60) : span.start])
    return _DENIES.search(before) is not None and _NO_DENIAL.search(before) is None


def resolve(found: Sequence[Found[V]], utterance: str) -> Resolved[V]:
    """Of all candidates the last clear one that is asserted (confidence at least 0.5; else the last of all)."""
    text = plain(utterance)
    asserted: list[Found[V]] = []
    denied: list[V] = []

    def deny(value: V) -> None:
        if value not in denied:
            denied.append(value)

    for candidate in found:
        if candidate.denied or is_denied(utterance, candidate.span):
            deny(candidate.value)
        else:
            asserted.append(candidate)
    all_back = _TAKES_ALL_BACK.search(text)
    if all_back and asserted and asserted[-1].span.end <= all_back.start():
        for candidate in asserted:
            deny(candidate.value)
        return Resolved(None, tuple(denied), corrected=True)
    # A value said again where it is denied elsewhere ("not 94017 ... 94017") stays denied if another one stands.
    standing = [c for c in asserted if c.value not in denied] or asserted
    clear = [c for c in standing if c.confidence >= 0.5] or standing
    if not clear:
        return Resolved(None, tuple(denied), corrected=bool(denied))
    value = clear[-1]
    corrected = bool(denied)
    marks = [m.start() for m in MARKER.finditer(text)]
    for earlier in asserted:
        taken_back = any(earlier.span.end <= at < value.span.start for at in marks)
        if earlier.value != value.value and taken_back:
            deny(earlier.value)
            corrected = True
    return Resolved(value, tuple(v for v in denied if v != value.value), corrected)
