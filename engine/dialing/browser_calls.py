"""Calls that try out a draft from a browser: made ready like any other, and joined by the browser's own socket.

a person clicks ──room, call row, frozen draft──> prepared ──(media socket, within a minute)──> talked on
                                                      └── nobody comes: given up
"""

from __future__ import annotations

from typing import Final

from engine.call.live import CallOrder
from engine.call.preparation import FlowUnusable
from engine.call.switchboard import Switchboard
from engine.clock import Clock
from engine.dialing.draft_calls import Tryout, enter
from engine.dialing.placing import NotDialled
from engine.store import Database
from engine.telephony.call_tickets import JOIN_S

NOBODY_CAME_AFTER_S: Final = JOIN_S + 5.0


class BrowserCalls:
    """One for a process."""

    def __init__(self, database: Database, switchboard: Switchboard, clock: Clock) -> None:
        self._database = database
        self._switchboard = switchboard
        self._clock = clock

    async def prepare(self, tryout: Tryout) -> CallOrder | NotDialled:
        """Everything ready for a browser that is about to join. Raises `DatabaseDown`."""
        if self._switchboard.free <= 0:
            return NotDialled("later", self._switchboard.why_full)
        async with self._database.begin() as tx:
            order = await enter(tx, tryout, "browser", "", self._switchboard.holder, self._clock.now())
        try:
            await self._switchboard.prepare(order)
        except FlowUnusable as problem:
            await self._switchboard.never_placed(order.call_id, "failed", str(problem))
            return NotDialled("flow", str(problem), order.call_id)
        self._switchboard.expect_browser(order.call_id, NOBODY_CAME_AFTER_S)
        return order
