"""Turns at the carrier, shared by all processes of this installation: its limit is the account's, not a process's."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.dialing.pace import ACTIONS_A_SECOND, calls_a_second, next_turn
from engine.store import Database, DatabaseDown, attempts, rate_turns

log = logging.getLogger(__name__)

KEY: Final = "carrier calls"

AHEAD_S: Final = 1.0
"""A lead is claimed at most so long before its turn: who comes in meanwhile may be called first."""

LOOK_EVERY_S: Final = 10.0
"""How often it is looked up how many of the last calls were answered."""

WITHOUT_DATABASE_S: Final = 1.0

MOST: Final = 2 * ACTIONS_A_SECOND


@dataclass(frozen=True, slots=True)
class Turn:
    """`at`: on this process's monotonic clock."""

    at: float

    async def wait(self) -> None:
        if (rest := self.at - time.monotonic()) > 0:
            await asyncio.sleep(rest)


class Turns:
    """One for a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._a_second = calls_a_second(0, 0)
        self._looked_at = float("-inf")

    async def take(self, tx: AsyncConnection, ahead_s: float = AHEAD_S) -> Turn | float:
        """A turn that begins within `ahead_s`; else in how many seconds the next one would. Given back if the
        transaction is rolled back. No other process gets one before it ends."""
        taken = await rate_turns.lock(tx, KEY)
        now = await _now(tx)
        # A turn in the far future is of a machine whose clock is wrong.
        taken = [each for each in taken if each - now < timedelta(minutes=1)]
        at = next_turn(taken, now, await self._pace(tx, now))
        wait_s = (at - now).total_seconds()
        if wait_s > ahead_s:
            return wait_s - ahead_s
        await rate_turns.write(tx, KEY, [*taken, at][-ACTIONS_A_SECOND:], now)
        return Turn(time.monotonic() + wait_s)

    async def free(self, tx: AsyncConnection) -> int:
        """How many turns could be taken now, as far as can be seen without holding anybody up."""
        taken, now = list(await rate_turns.read(tx, KEY)), await _now(tx)
        count = 0
        while count < MOST and (at := next_turn(taken, now, self._a_second)) - now <= timedelta(seconds=AHEAD_S):
            taken.append(at)
            count += 1
        return count

    async def next(self) -> Turn:
        """The next turn, however far off. Never raises: without the database this process keeps to itself."""
        try:
            async with self._database.begin() as tx:
                turn = await self.take(tx, float("inf"))
        except DatabaseDown:
            return Turn(time.monotonic() + WITHOUT_DATABASE_S)
        assert isinstance(turn, Turn)
        return turn

    async def _pace(self, tx: AsyncConnection, now: datetime) -> float:
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            self._a_second = calls_a_second(*await attempts.answered_of_last(tx))
        return self._a_second


async def _now(tx: AsyncConnection) -> datetime:
    """The database's clock where there are several machines: theirs differ."""
    if tx.dialect.name != "postgresql":
        return datetime.now(UTC)
    found: datetime = (await tx.execute(select(func.clock_timestamp()))).scalar_one()
    return found.astimezone(UTC)
