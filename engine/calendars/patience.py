"""How long a calendar at another service is waited for. A caller is on the line: all tries together end soon."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

CALLER_S: Final = 6.0
"""All requests of one question together, while somebody waits for it."""
TRY_S: Final = 3.0
"""One request; so that after a lost answer there is time to look."""
SHORTEST_S: Final = 0.2
FIRST_PAUSE_S: Final = 0.25


def pause_s(tries: int, chance: float, asked: float | None, left_s: float) -> float | None:
    """Before the next try; None if there is no time for one. `tries`: made so far, from 1. `chance`: 0 to 1, so that
    many calls do not come back at once. `asked`: what the service wants (Retry-After)."""
    pause = FIRST_PAUSE_S * 2 ** (tries - 1) * (0.5 + chance)
    pause = max(pause, asked or 0.0)
    return pause if pause + SHORTEST_S <= left_s else None


def retry_after_s(text: str, now: datetime) -> float | None:
    """Retry-After, whether it was given as a number or as a date."""
    text = text.strip()
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return float(text)
    try:
        return max((parsedate_to_datetime(text) - now.astimezone(UTC)).total_seconds(), 0.0) if text else None
    except (ValueError, TypeError):
        return None


@dataclass(slots=True)
class Patience:
    """The time that is left for one question. Make it where the question is asked; `clock` in seconds."""

    total_s: float = field(default_factory=lambda: CALLER_S)
    clock: Callable[[], float] = field(default_factory=lambda: asyncio.get_running_loop().time)
    tries: int = 0
    until: float = field(init=False)

    def __post_init__(self) -> None:
        self.until = self.clock() + self.total_s

    @property
    def left_s(self) -> float:
        return max(self.until - self.clock(), 0.0)

    @property
    def try_s(self) -> float | None:
        """How long the next request may take; None if there is no time for one."""
        left = self.left_s
        return min(TRY_S, left) if left >= SHORTEST_S else None

    async def rest(self, asked: str = "") -> bool:
        """Wait before the next try. `asked`: a Retry-After header. False if there is no time for one: then at once."""
        self.tries += 1
        wanted = retry_after_s(asked, datetime.now(UTC))
        pause = pause_s(self.tries, random.random(), wanted, self.left_s)  # noqa: S311  no secret
        if pause is None:
            return False
        await asyncio.sleep(pause)
        return True
