"""Outside work of one call that nobody waits for any more. It is followed to its end: what came of it must stand in the
call's record, or not in the world at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

UNDO_PAUSES_S: Final = (0.5, 2.0, 10.0, 30.0, 60.0, 300.0)


class Unfinished:
    """One call's. `closed`: the record is made; what comes now is undone."""

    def __init__(self) -> None:
        self.closed = False
        self._following: set[asyncio.Task[None]] = set()

    def follow(
        self,
        task: asyncio.Future[T],
        late: Callable[[T], None] | None,
        undo: Callable[[T], Awaitable[None]] | None,
    ) -> None:
        """`late` is given the result while the record is open, `undo` after that or where there is no `late`."""
        self.begin(self._to_the_end(task, late, undo))

    def begin(self, work: Awaitable[None]) -> None:
        """Work that runs beside the talk; `settle` waits for it."""
        following = asyncio.ensure_future(work)
        self._following.add(following)
        following.add_done_callback(self._following.discard)

    async def settle(self, patience_s: float) -> None:
        """Give it so long to come to its end."""
        if self._following:
            await asyncio.wait(tuple(self._following), timeout=max(0.0, patience_s))

    async def _to_the_end(
        self,
        task: asyncio.Future[T],
        late: Callable[[T], None] | None,
        undo: Callable[[T], Awaitable[None]] | None,
    ) -> None:
        try:
            result = await task
        except Exception as problem:  # whatever the other side does: nothing came of it
            # Its words may hold a secret or what was said: only the kind is told.
            log.info("Work that nobody waited for any more came to nothing: %s", type(problem).__name__)
            return
        if late is not None and not self.closed:
            late(result)
        elif undo is not None:
            await _undone(undo, result)


async def _undone(undo: Callable[[T], Awaitable[None]], result: T) -> None:
    for pause in (*UNDO_PAUSES_S, 0.0):
        try:
            await undo(result)
        except Exception as problem:  # it is tried again, whatever it was
            log.warning("What came too late could not be undone: %s", type(problem).__name__)
            await asyncio.sleep(pause)
        else:
            return
    log.critical("What came too late was NOT undone. Look through the calendar for an entry that no call tells of.")
