"""What the conversation answers, one reply at a time: a new one cuts the one before, which may tidy up behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from engine.call.acts import Act
from engine.call.watched_tasks import WatchedTasks

_OLD_REPLY_S: Final = 10.0  # a reply that was cut may finish its booking; the floor's fillers cover the wait


class Replies:
    """One call's. `act`: carries one act out and says whether it was the reply's last. `unended`: a reply came to no
    last act. `broken`: told why the reply that is wanted failed; `cut_failed`: why one did that nobody wants."""

    def __init__(
        self,
        tasks: WatchedTasks,
        now: Callable[[], float],
        act: Callable[[Act], bool],
        unended: Callable[[], None],
        broken: Callable[[BaseException | None], None],
        cut_failed: Callable[[BaseException], None],
    ) -> None:
        self._tasks, self._now, self._act, self._unended = tasks, now, act, unended
        self._broken, self._cut_failed = broken, cut_failed
        self._reply = 0

    def begin(self, begin: Callable[[float], AsyncIterator[Act]]) -> None:
        """`begin`: given the time, begins the acts."""
        old = self._cut()
        reply = self._reply

        def ended(error: BaseException | None) -> None:
            if reply == self._reply:
                self._broken(error)
            elif error:
                self._cut_failed(error)

        self._tasks.start("reply", self._converse(reply, old, begin), ended)

    def cut(self) -> None:
        """Nobody wants the words of the running reply any more."""
        self._cut()

    def _cut(self) -> asyncio.Task[None] | None:
        self._reply += 1
        old = self._tasks.running.get("reply")
        if old is not None and not old.cancelling():
            old.cancel()  # once: it may be finishing a booking
        return old

    async def _converse(
        self, reply: int, old: asyncio.Task[None] | None, begin: Callable[[float], AsyncIterator[Act]]
    ) -> None:
        if old is not None and not old.done():
            await asyncio.wait({old}, timeout=_OLD_REPLY_S)
        handed_over = False
        async for act in begin(self._now()):
            if reply != self._reply or handed_over:
                continue  # cut, or after its last act: it may tidy up, but nobody wants its words
            handed_over = self._act(act)
        if reply == self._reply and not handed_over:
            self._unended()
