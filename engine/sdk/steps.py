"""What a talk node answers: the lines to speak, what to ask, and whether to leave.

A node says *what* is wanted; the dialogue finds the words for slots, answers the caller's questions first and guards
every sentence before it is spoken.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Expecting = Literal["speech", "digits", "email", "yes_no"]

Disclosure = Literal["identity", "ai", "recording", "opt_out", "phone"]
"""What the law wants made known in a call: who calls, that it is an AI, that it is recorded, how to stop the calls, a
telephone number of the seller."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say. `fixed`: word for word, no model may touch it. `pause_s`: a beat before it.
    `discloses`: what it makes known; that is said again if the caller cuts it off."""

    text: str
    fixed: bool = False
    pause_s: float = 0.0
    discloses: tuple[Disclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Want:
    """Ask for the next of these slots, the dialogue chooses which and how."""

    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the node's own. `about`: what it is for, in one word, kept in the record (`confirm_booking`)."""

    text: str
    about: str
    expecting: Expecting = "speech"


@dataclass(frozen=True, slots=True)
class Ending:
    """The call is over. `reason`: a code, empty when the disposition says it all."""

    disposition: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a talk node. Build it with `say`, `ask`, `want`, `leave`, `finish`; they can be chained.

    `listen`: wait for the caller though nothing was asked. With neither `exit` nor `ending` the node stays and hears
    the next utterance. `patience_s`: the card waits for something outside; after so many seconds of silence, or as soon
    as there is news, its `waited` is called. A `Want` together with an exit means: leave by it when nothing is left to
    ask; until then only the exit's rules and intentions can end the stay.
    """

    lines: tuple[Line, ...] = ()
    question: Question | Want | None = None
    exit: str | None = None
    ending: Ending | None = None
    listen: bool = False
    patience_s: float | None = None
    memory: dict[str, str] | None = field(default=None)

    def say(
        self, text: str, *, fixed: bool = False, pause_s: float = 0.0, discloses: tuple[Disclosure, ...] = ()
    ) -> Step:
        return replace(self, lines=(*self.lines, Line(text, fixed, pause_s, discloses)))

    def ask(self, text: str, about: str, expecting: Expecting = "speech") -> Step:
        return replace(self, question=Question(text, about, expecting))

    def want(self, *slots: str) -> Step:
        return replace(self, question=Want(slots))

    def wait(self, for_s: float | None = None) -> Step:
        """Listen. `for_s`: but not for longer than this, for something outside is waited for too."""
        return replace(self, listen=True, patience_s=for_s)

    def leave(self, exit: str = "next") -> Step:
        return replace(self, exit=exit)

    def finish(self, disposition: str, reason: str = "") -> Step:
        return replace(self, ending=Ending(disposition, reason))

    def remember(self, **memory: str) -> Step:
        """Keep small facts for the node's next turn; they live until the node is left."""
        return replace(self, memory=memory)


def say(text: str, *, fixed: bool = False) -> Step:
    return Step().say(text, fixed=fixed)


def ask(text: str, about: str, expecting: Expecting = "speech") -> Step:
    return Step().ask(text, about, expecting)


def want(*slots: str) -> Step:
    return Step().want(*slots)


def leave(exit: str = "next") -> Step:
    return Step().leave(exit)
