"""What came of a call's talk: the facts from which the record and the result are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from engine.call.disclosed import Disclosures
from engine.sdk import Booking, Scalar


@dataclass(frozen=True, slots=True)
class Action:
    """Something done in the world, in the order it was done. `at`: seconds on the call's clock."""

    name: str
    details: dict[str, Scalar]
    at: float


@dataclass(frozen=True, slots=True)
class Callback:
    at: datetime
    by: Literal["assistant", "human"]
    why: str
    language: str | None = None


@dataclass(slots=True)
class Spoken:
    """One turn in the transcript. `say_ids`: the utterances it is made of. `heard`: what really reached the caller
    (agent's turns only; None until the shell reported)."""

    who: Literal["caller", "agent"]
    text: str
    at: float
    turn: int
    kind: str = "answer"
    asked: str = ""
    """What the turn asked for: a slot's id or a question's name; empty if nothing."""
    say_ids: list[int] = field(default_factory=list)
    heard: str | None = None


def same_booking(one: Booking, other: Booking) -> bool:
    """The same appointment at the same time."""
    moments = [each.opening.start.astimezone(UTC) for each in (one, other)]
    return one.id == other.id and moments[0] == moments[1]


@dataclass(slots=True)
class Outcome:
    """Filled while the call runs; complete when it is closed. `appointment`: the booking with its calendar's name;
    `told_zone`: IANA name of the zone in which its time was told, empty: the seller's; `cancelled`: it was taken
    out."""

    disposition: str = ""
    answered_by: str = ""
    """Who picked up, as far as the talk could tell: `person`, `voicemail`, `screening` ...; empty: nobody asked."""
    reason: str = ""
    flags: list[str] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    transcript: list[Spoken] = field(default_factory=list)
    appointment: Booking | None = None
    calendar: str = ""
    told_zone: str = ""
    cancelled: bool = False
    callback: Callback | None = None
    opted_out: bool = False
    recording: Literal["on", "declined"] = "on"
    disclosures: Disclosures = field(default_factory=Disclosures)
    corrections: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    silence_prompts: int = 0
    problem: str = ""
    on_action: Callable[[Action], None] = field(default=lambda action: None, repr=False)
    """Told of every action as it is done, for the journal."""
    repeats: list[Action] = field(default_factory=list, repr=False)
    """Done in a turn that is taken once more after the line dropped: done again they are noted no second time."""

    @property
    def standing(self) -> Booking | None:
        """The appointment, unless it was cancelled."""
        return None if self.cancelled else self.appointment

    @property
    def booked(self) -> bool:
        """Whether the calendar has said so, and nobody need agree any more."""
        return self.standing is not None and self.standing.status == "confirmed"

    def act(self, name: str, at: float, /, **details: Scalar) -> None:
        """Something was done in the world. `at`: seconds on the call's clock."""
        action = Action(name, details, at)
        for done in self.repeats:
            if (done.name, done.details) == (name, details):
                self.repeats.remove(done)
                return
        self.actions.append(action)
        self.on_action(action)

    def flag(self, name: str) -> None:
        if name not in self.flags:
            self.flags.append(name)
