"""How long a person who said hello waited for our first word, and what share of them waited too long. Pure.

The law counts a call whose first word comes later than two seconds after the end of the person's greeting as abandoned,
and allows three in a hundred of them over thirty days, for each campaign (47 CFR 64.1200(a)(7); rule C12).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from engine.call.floor_settings import GREET_WITHIN_S, LEGAL_S

ALARM_SHARE: Final = 0.02
LEGAL_SHARE: Final = 0.03
OVER_DAYS: Final = 30

FEW: Final = 50
"""In fewer calls than this one late word is no alarm yet, two are: a share of so few says little."""


@dataclass(frozen=True, slots=True)
class FirstWord:
    """Seconds on the call's clock, whose zero is the answer. `greeted_s`: the person's hello was over; None if none was
    heard. `spoken_s`: the first audible sample of ours."""

    greeted_s: float | None
    spoken_s: float

    @property
    def delay_ms(self) -> int:
        """From the hello, else from the answer: who says nothing may have said it before we could hear."""
        return max(0, round(1000 * (self.spoken_s - (self.greeted_s or 0.0))))

    @property
    def late(self) -> bool:
        return self.delay_ms > 1000 * LEGAL_S


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Of a campaign's calls that a person answered, over the days that count. `slow`: the first word came later than we
    promise ourselves; `late`: than the law allows, or never."""

    answered: int
    slow: int
    late: int

    @property
    def share(self) -> float:
        return self.late / self.answered if self.answered else 0.0

    @property
    def verdict(self) -> Literal["fine", "alarm", "broken"]:
        """`broken`: more than the law allows. `alarm`: nearly so, or two of few."""
        if self.late < 2 and self.answered < FEW:
            return "fine"
        if self.share > LEGAL_SHARE:
            return "broken"
        return "alarm" if self.share >= ALARM_SHARE else "fine"


def punctuality(delays_ms: Iterable[int | None]) -> Punctuality:
    """`delays_ms`: of each call that a person answered; None where nothing was said to them at all."""
    delays = list(delays_ms)
    slow = sum(delay is None or delay > 1000 * GREET_WITHIN_S for delay in delays)
    late = sum(delay is None or delay > 1000 * LEGAL_S for delay in delays)
    return Punctuality(len(delays), slow, late)
