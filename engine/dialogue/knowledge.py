"""Which knowledge entry answers a question: sentence vectors where the model is there, character n-grams where not.

Measured (embedded-speech.md, section 7): MiniLM with a quarter of tf-idf answers 82 % of paraphrases as heard over the
phone; lexical matching alone about half. Below the threshold nothing is claimed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.flow.model import Knowledge
from engine.sdk import Scalar

Vectors = npt.NDArray[np.float32]

CERTAIN = 0.45
"""Cosine above which an answer is given (62 % right, 7 % wrong, 90 % of non-questions left alone)."""

LEXICAL_SHARE = 0.25
LEXICAL_CERTAIN = 0.4
"""Threshold when only character n-grams are there. Measured on the shipped flows, each alias asked of an index that
does not hold it: 37 % right, 17 % wrong and no statement taken for a question; at 0.34 46 %, 24 % and 5 of 30."""


class Encoder(Protocol):
    """Turns sentences into vectors of length 1, one row each."""

    def encode(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class Match:
    """An entry with its score, 0 to about 1. `plain`: before entries about the caller's own case are preferred."""

    entry: Knowledge
    score: float
    plain: float


class Ngrams:
    """Tf-idf over character 3- to 5-grams: the fallback without a model, and the tie-breaker with one."""

    def __init__(self, texts: Sequence[str]) -> None:
        grams = [_grams(text) for text in texts]
        seen = Counter(gram for each in grams for gram in set(each))
        self._idf = {gram: math.log((1 + len(texts)) / (1 + count)) + 1 for gram, count in seen.items()}
        self._rows = [self._weigh(each) for each in grams]

    def _weigh(self, grams: Counter[str]) -> dict[str, float]:
        weights = {gram: count * self._idf.get(gram, 0.0) for gram, count in grams.items() if gram in self._idf}
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {gram: weight / norm for gram, weight in weights.items()}

    def scores(self, text: str) -> Vectors:
        query = self._weigh(_grams(text))
        return np.array(
            [sum(weight * row.get(gram, 0.0) for gram, weight in query.items()) for row in self._rows], dtype=np.float32
        )


def _grams(text: str) -> Counter[str]:
    plain = " " + "".join(char if char.isalnum() else " " for char in text.lower()) + " "
    plain = " ".join(plain.split()).join("  ")
    return Counter(plain[i : i + n] for n in (3, 4, 5) for i in range(len(plain) - n + 1))


class Wordings:
    """Sentences under keys, searchable by meaning."""

    def __init__(self, wordings: Sequence[tuple[str, str]], encoder: Encoder | None) -> None:
        self._keys = [key for key, _ in wordings]
        texts = [text for _, text in wordings]
        self._ngrams = Ngrams(texts)
        self._encoder = encoder if texts else None
        self._vectors = encoder.encode(texts) if encoder is not None and texts else None

    @property
    def certain(self) -> float:
        return CERTAIN if self._encoder is not None else LEXICAL_CERTAIN

    def best(self, text: str) -> dict[str, float]:
        """The best score of each key."""
        if not self._keys:
            return {}
        lexical = self._ngrams.scores(text)
        if self._encoder is not None and self._vectors is not None:
            scores = self._vectors @ self._encoder.encode([text])[0] + LEXICAL_SHARE * lexical
        else:
            scores = lexical
        found: dict[str, float] = {}
        for key, score in zip(self._keys, scores, strict=True):
            found[key] = max(found.get(key, 0.0), float(score))
        return found


class KnowledgeIndex:
    """The knowledge of one flow, searchable by meaning. Build once per flow version: vectors cost a few ms an entry."""

    def __init__(self, entries: Sequence[Knowledge], encoder: Encoder | None) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._wordings = Wordings(
            [(entry.id, text) for entry in entries for text in (entry.question, *entry.aliases)], encoder
        )

    def match(self, question: str, facts: Mapping[str, Scalar | None]) -> Match | None:
        """The entry that answers `question`, or None. `facts`: what is known; entries about another service than the
        caller's drop out, those about the caller's come first."""
        sure = [match for match in self.ranked(question, facts) if match.plain >= self.certain]
        return sure[0] if sure else None

    @property
    def certain(self) -> float:
        """The `plain` score from which an entry is told."""
        return self._wordings.certain

    def ranked(self, question: str, facts: Mapping[str, Scalar | None]) -> list[Match]:
        """Every entry that fits the facts, the best first, however unlike the question it is."""
        candidates: list[Match] = []
        for id, score in self._wordings.best(question).items():
            entry = self._entries[id]
            known = {slot: facts.get(slot) for slot in entry.about}
            if any(value is not None and value != entry.about[slot] for slot, value in known.items()):
                continue
            fits = bool(entry.about) and all(value is not None for value in known.values())
            candidates.append(Match(entry, score + (0.1 if fits else 0.0), score))
        return sorted(candidates, key=lambda match: -match.score)
