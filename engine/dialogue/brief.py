"""What the agent is to say next, before it has words: acknowledge what, answer what, ask at most one thing.

Each part carries the wording that the flow's author wrote, so that a model may phrase it and the offline model can
speak it as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.sdk import Line, Scalar

Expecting = Literal["speech", "digits", "email", "yes_no"]


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Show that a value was understood. `read_back`: its spoken form must be part of it."""

    slot: str
    value: Scalar
    wording: str
    read_back: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Tell what the knowledge says. `money`: amounts that may be spoken."""

    knowledge: str
    wording: str
    money: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """The one question of the turn. `slot`: the slot it asks for, None for a node's own question."""

    wording: str
    about: str
    slot: str | None = None
    expecting: Expecting = "speech"


@dataclass(frozen=True, slots=True)
class Brief:
    """One turn of the agent. `reaction`: lines of a reflex, first of all. `fixed` texts are spoken as they stand."""

    reaction: tuple[Line, ...] = ()
    acknowledge: tuple[Acknowledge, ...] = ()
    answers: tuple[Answer, ...] = ()
    lines: tuple[Line, ...] = ()
    ask: Ask | None = None
    money_allowed: tuple[float, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.reaction or self.acknowledge or self.answers or self.lines or self.ask)
