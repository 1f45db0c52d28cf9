"""Hours of one kind of day, as the document has them: '' (only the law bounds), 'none', or '09:00-12:00, 14:00-20:00'.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from ui.forms.hours import read_span, span_text

Mode = Literal["law", "own", "never"]
MODES: Final[tuple[Mode, ...]] = ("law", "own", "never")
Minutes = tuple[int, int]
"""From and to, in minutes from midnight."""
OFFICE: Final[Minutes] = (9 * 60, 18 * 60)


def mode_of(text: str) -> Mode:
    plain = text.strip().casefold()
    return "law" if not plain else "never" if plain == "none" else "own"


def spans_of(text: str) -> list[Minutes] | None:
    """None for a text that is no hours."""
    spans = [read_span(part) for part in text.split(",")]
    read = [each for each in spans if each is not None]
    return read if len(read) == len(spans) else None


def text_of(spans: Sequence[Minutes]) -> str:
    return ", ".join(span_text(start, end) for start, end in spans)


def of_mode(mode: Mode, text: str) -> str:
    """The text when somebody chooses a mode; own hours that stand there already are kept."""
    if mode == mode_of(text):
        return text
    return "" if mode == "law" else "none" if mode == "never" else text_of([OFFICE])


def after(spans: Sequence[Minutes]) -> Minutes:
    """Where one more span begins: an hour after the last, as far as the day reaches."""
    last = max((end for _, end in spans), default=OFFICE[0] - 60)
    start = min(last + 60, 22 * 60)
    return start, min(start + 120, 23 * 60)
