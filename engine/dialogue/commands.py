"""What a dialogue model makes of an utterance: a short list of commands. The model proposes, `apply` disposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal

from engine.sdk import Json, Scalar


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


NAMES: Final[Mapping[type, str]] = {
    SlotHeard: "slot_heard",
    SlotDenied: "slot_denied",
    SlotRefused: "slot_refused",
    Agreed: "agreed",
    Asked: "asked",
    Behaved: "behaved",
    Answered: "answered",
    Intended: "intended",
}
"""What the commands are called in journals."""

Command = SlotHeard | SlotDenied | SlotRefused | Agreed | Asked | Behaved | Answered | Intended


def document(command: Command) -> dict[str, Json]:
    """As journals keep it: its fields, and under `what` its name."""
    fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(command).items()}
    return {"what": NAMES[type(command)], **fields}
