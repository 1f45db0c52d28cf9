"""What a session is told of its call, and the sentences that the shell says by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.call.floor_settings import FloorSettings
from engine.speech.ports import Hints

ShellLine = Literal["greeting", "wait", "again", "apology"]

LINES: Final[Mapping[ShellLine, str]] = {
    "greeting": "Hello. One moment, please.",
    "wait": "One moment, please.",
    "again": "Sorry, could you say that again?",
    "apology": "I'm sorry, something went wrong on my side. We will call you back. Goodbye.",
}
"""The shell's own lines, made with each voice before the first call is taken. `greeting` is said when the opening is
late, so that nobody who said hello hears silence; a flow's own greeting, which tells who is calling, comes first."""

GREETING: Final = "Hello, this is {assistant}, an AI assistant calling for {seller}. One moment, please."


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """`record_at_once`: record from the answer on; else from the end of the announcement that was heard whole.
    `greeting`: that of the flow, for a late opening. `returned`: the call has been on another media socket before; its
    talk goes on at once, nobody says hello twice."""

    hints: Hints = field(default_factory=Hints)
    floor: FloorSettings = field(default_factory=FloorSettings)
    greeting: str = ""
    lines: Mapping[ShellLine, str] = field(default_factory=lambda: LINES)
    record_at_once: bool = False
    returned: bool = False
