"""A value found in an utterance, with the words that say so."""

from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Span:
    """Character positions in the utterance given: `utterance[start:end]`."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """One candidate.

    `words` are the exact words of the utterance (the evidence a slot is stored with). `confidence` is 0..1: from about
    0.8 it is clear, below 0.6 it needs its context or a question back. `denied` means the caller said it is *not* this.
    """

    value: V
    words: str
    span: Span
    confidence: float
    denied: bool = False


def found(utterance: str, start: int, end: int, value: V, confidence: float, *, denied: bool = False) -> Found[V]:
    """A `Found` for `utterance[start:end]`."""
    return Found(value, utterance[start:end], Span(start, end), confidence, denied)


def without_overlaps(candidates: list[Found[V]]) -> list[Found[V]]:
    """Of candidates that share characters keeps the longest (then the surest); answers in order of appearance."""
    kept: list[Found[V]] = []
    for candidate in sorted(candidates, key=lambda f: (f.span.start - f.span.end, -f.confidence, f.span.start)):
        if not any(candidate.span.overlaps(other.span) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda f: f.span.start)
