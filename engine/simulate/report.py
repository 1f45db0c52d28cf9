"""What a played call comes to, in one form for text and sound, so that one judge serves both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.sdk import Scalar, SlotValue, TransferOutcome
from engine.sdk.result import TransferPart


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of talk. `asked`: what an agent's turn asked for. `known`: slots that had a value when it was spoken."""

    who: str
    text: str
    asked: str = ""
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Done:
    """An action in the world."""

    name: str
    details: Mapping[str, Scalar]
    turn_index: int = 0
    """How many turns had been spoken when it was done."""


@dataclass(frozen=True, slots=True)
class SoundTimes:
    """What only a call with sound can tell; milliseconds."""

    response_ms: Sequence[float] = ()
    stop_after_barge_in_ms: Sequence[float] = ()
    cut_ins: int = 0
    total_s: float = 0.0
    end_after_opt_out_s: float | None = None


@dataclass(frozen=True, slots=True)
class CallReport:
    """`slots`: values at the end, by id. `bookings`: starts of this lead's appointments left in the calendar."""

    disposition: str
    reason: str
    qualified: bool | None
    flags: Sequence[str]
    opted_out: bool
    recording: str
    slots: Mapping[str, SlotValue]
    corrections: Mapping[str, tuple[Scalar, Scalar]]
    talk: Sequence[Said]
    actions: Sequence[Done]
    bookings: Sequence[datetime]
    booked_at: int | None = None
    """How many turns had been spoken when the calendar confirmed the booking."""
    cancelled: Sequence[datetime] = ()
    callback_at: datetime | None = None
    callback_by: str = ""
    callback_why: str = ""
    callback_language: str = ""
    transfer: str = ""
    silence_prompts: int = 0
    audio_kept: bool | None = None
    problem: str = ""
    sound: SoundTimes | None = None

    @property
    def agent(self) -> list[str]:
        return [said.text for said in self.talk if said.who == "agent"]


def transfer_of(outcome: TransferOutcome | TransferPart | None) -> str:
    """A transfer as scenarios name it: `connected`, or how it failed; empty if there was none."""
    if outcome is None:
        return ""
    return "connected" if outcome.result == "answered" else outcome.result
