"""What a session is told of its call, and the sentences that the shell says by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.call.floor_settings import FloorSettings
from engine.speech.ports import Hints

ShellLine = Literal["greeting", "wait", "again", "apology"]

LINES: Final[Mapping[ShellLine, str]] = {
    "greeting": "Hello, this is {assistant}, an AI assistant calling for {seller}. One moment, please.",
    "wait": "One moment, please.",
    "again": "Sorry, could you say that again?",
    "apology": "I'm sorry, something went wrong on my side. We will call you back. Goodbye.",
}
"""The shell's own lines; `greeting` is said when the opening is late, so that nobody who said hello hears silence.
`FixedAudio.prepare` them, filled with the flow's facts, and the flow's fixed lines, while the phone rings."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """`record_at_once`: record from the answer on; else from the end of the announcement that was heard whole.
    `returned`: the call has been on another media socket before; its talk goes on at once, nobody says hello twice."""

    hints: Hints = field(default_factory=Hints)
    floor: FloorSettings = field(default_factory=FloorSettings)
    lines: Mapping[ShellLine, str] = field(default_factory=lambda: LINES)
    record_at_once: bool = False
    returned: bool = False
