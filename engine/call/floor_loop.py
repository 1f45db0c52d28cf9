"""Drives the floor of a live call: events one after the other, and its timer."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from engine.call import floor_events as ev
from engine.call.floor import Floor

log = logging.getLogger(__name__)


class FloorLoop:
    """One call's. `obey`: carries orders out. `over`: whether the call has ended. `broke`: told, in plain words, when
    turn-taking broke down."""

    def __init__(
        self,
        floor: Floor,
        now: Callable[[], float],
        obey: Callable[[Sequence[ev.Command]], None],
        over: Callable[[], bool],
        broke: Callable[[str], None],
    ) -> None:
        self._floor, self._now, self._obey, self._over, self._broke = floor, now, obey, over, broke
        self._inbox: deque[ev.Event] = deque()
        self._telling = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def tell(self, event: ev.Event) -> None:
        """Give an event to the floor and obey; events that arise on the way wait their turn."""
        self._inbox.append(event)
        self._consult(lambda: None)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _consult(self, first: Callable[[], None]) -> None:
        if self._telling or self._over():
            return
        self._telling = True
        try:
            first()
            while self._inbox and not self._over():
                self._obey(self._floor.receive(self._inbox.popleft(), self._now()))
            self._arm()
        except Exception as error:
            log.exception("Turn-taking broke down")
            self._broke(f"Turn-taking broke down: {error!r}")
        finally:
            self._telling = False

    def _arm(self) -> None:
        at = self._floor.timer()
        if at is None:
            return
        if self._timer is not None:
            if self._timer_at <= at:
                return  # it will ring early, and be set anew: cheaper than setting it with each window
            self._timer.cancel()
        self._timer_at = at
        self._timer = asyncio.get_running_loop().call_later(max(0.0, at - self._now()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = max(self._now(), self._timer_at)  # loops may ring a hair early
        self._consult(lambda: self._obey(self._floor.handle_timer(now)))
