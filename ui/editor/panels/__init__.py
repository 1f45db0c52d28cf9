"""What stands under "Try it" beside the canvas, one module each, and what is always there (a call from the browser must
not end because another part of the panel was opened)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ui.flow_session import FlowSession
from ui.testing.call_panel import call_panel
from ui.testing.chat_panel import chat_panel

Draw: TypeAlias = Callable[[FlowSession], None]


@dataclass(frozen=True, slots=True)
class Panel:
    """`always`: drawn above the panel's parts, whichever of them is open."""

    name: str
    draw: Draw
    always: bool = False


PANELS: Final[tuple[Panel, ...]] = (Panel("call", call_panel, always=True), Panel("chat", chat_panel))
