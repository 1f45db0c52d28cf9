"""Turns at services with a limit, shared by all workers through the database: whoever asks first is served first.

A turn is a moment that is given out at once and then waited for, so nobody asks again and again. The last `count`
moments of a limit are kept: the next one lies at least `per_s` after the one given out `count` turns before, and so no
stretch of `per_s` seconds ever holds more than `count`. The clocks of all machines must agree (NTP).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from engine.sdk import RateLimit, Transient
from engine.store import Database, rate_turns

WAIT_S: Final = 5.0
"""A step waits for its turn up to this; beyond it the card is tried again later and its worker does something else."""
KEPT: Final = timedelta(days=1)


def next_turn(taken: Sequence[datetime], limit: RateLimit, now: datetime) -> datetime:
    """The moment of the next turn after those in `taken` (oldest first). Never before `now`."""
    if len(taken) < limit.count:
        return now
    return max(now, taken[-limit.count] + timedelta(seconds=limit.per_s))


async def take_turn(
    database: Database, limit: RateLimit, clock: Callable[[], datetime], longest_s: float = WAIT_S
) -> None:
    """Wait for a turn. Raises `Transient` when none comes within `longest_s`, and ValueError for a limit of nothing."""
    if limit.count < 1 or limit.per_s <= 0:
        raise ValueError(f"A limit must allow something: {limit}")
    async with database.begin() as tx:
        taken = await rate_turns.lock(tx, limit.key)
        now = clock()
        at = next_turn(taken, limit, now)
        wait_s = (at - now).total_seconds()
        if wait_s <= longest_s:
            await rate_turns.write(tx, limit.key, [*taken, at][-limit.count :], now)
    if not taken:
        # A limit begins: now and then one ends. Apart from the turn, whose lock must be the only one that it holds.
        async with database.begin() as tx:
            await rate_turns.forget(tx, now - KEPT)
    if wait_s > longest_s:
        # Those who get none come back spread over a window, not all in the moment when it opens.
        spread_s = random.uniform(0, limit.per_s)  # noqa: S311 - spreads load, guards nothing
        raise Transient("Leadline has used up what the service allows at once; this card gets a later turn.",
                        wait_s + spread_s)  # fmt: skip
    if wait_s > 0:
        await asyncio.sleep(wait_s)
