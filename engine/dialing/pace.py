"""How fast the carrier is asked for new calls. Pure.

It allows three actions a second for the whole account, and each call that is answered takes two of them: it is placed,
and later joins our media socket. A request too many is refused and asked again; a join too many cuts off somebody who
has just said hello. So a few leads at once are called as fast as the carrier takes calls, and a long burst leaves room
for those who answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

ACTIONS_A_SECOND: Final = 3
APART: Final = timedelta(seconds=1 / ACTIONS_A_SECOND)

ENOUGH: Final = 20
"""From so many calls on their share of answers is believed; until then all may answer."""


def calls_a_second(placed: int, answered: int) -> float:
    """What a long burst is dialled at, given how many of the last calls were answered: 1.5 to 3."""
    share = answered / placed if placed >= ENOUGH else 1.0
    return ACTIONS_A_SECOND / (1.0 + min(1.0, share))


def next_turn(taken: Sequence[datetime], now: datetime, a_second: float) -> datetime:
    """When the next call may be asked for. `taken`: the turns given out, oldest first."""
    at = now
    if taken:
        at = max(at, taken[-1] + APART)
    if len(taken) >= ACTIONS_A_SECOND:
        at = max(at, taken[-ACTIONS_A_SECOND] + timedelta(seconds=ACTIONS_A_SECOND / a_second))
    return at
