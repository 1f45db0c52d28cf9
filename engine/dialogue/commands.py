"""What a dialogue model makes of an utterance: a short list of commands. The model proposes, `apply` disposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.sdk import Scalar


@dataclass(frozen=True, slots=True)
class SlotHeard:
    """The caller gave a value. `words`: exact words of the utterance. `denied`: values put aside in the same breath."""

    slot: str
    value: Scalar
    words: str
    confidence: float
    denied: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class SlotDenied:
    """The caller said what it is not, and nothing else."""

    slot: str
    value: Scalar
    words: str


@dataclass(frozen=True, slots=True)
class SlotRefused:
    """The caller does not want to say, or does not know."""

    slot: str
    words: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """The caller accepts what the lead form says about a slot, without naming it."""

    slot: str
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The caller asked something. `knowledge`: id of the entry that answers it, None if none does."""

    words: str
    knowledge: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Behaved:
    """A behaviour that a reflex may be waiting for, by trigger name."""

    trigger: str
    words: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A yes or no to the open question."""

    answer: Literal["yes", "no"]
    words: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Intended:
    """The utterance fits the described intention of an edge that is open now."""

    edge: str
    words: str
    confidence: float


Command = SlotHeard | SlotDenied | SlotRefused | Agreed | Asked | Behaved | Answered | Intended
