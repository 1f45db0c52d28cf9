"""The tasks of one call, each watched: whatever breaks or is stopped is told, so that no call stays open unheard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine


class WatchedTasks:
    """`over`: whether the call has ended; then nothing is told any more."""

    def __init__(self, over: Callable[[], bool]) -> None:
        self._over = over
        self.running: dict[str, asyncio.Task[None]] = {}
        """By name; the latest of each."""

    def start(
        self, name: str, work: Coroutine[None, None, None], broken: Callable[[BaseException | None], None]
    ) -> None:
        """`broken`: told of the error that ended the work before the call's end; None if it was cancelled."""
        task = asyncio.create_task(work, name=f"call {name}")
        self.running[name] = task

        def done(task: asyncio.Task[None]) -> None:
            error = None if task.cancelled() else task.exception()
            if not self._over() and (task.cancelled() or error):
                broken(error)

        task.add_done_callback(done)

    async def stop(self, patience_s: float) -> None:
        for task in self.running.values():
            task.cancel()
        await asyncio.wait(self.running.values(), timeout=patience_s)
