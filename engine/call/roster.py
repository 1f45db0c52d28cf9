"""Which calls this process has, and how many more it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from engine.call.live import LiveCall
from engine.observe.metrics import METRICS


class Roster:
    """One for a process. `background`: starts work that nobody waits for."""

    def __init__(self, max_calls: int, background: Callable[[Coroutine[None, None, None]], None]) -> None:
        self._max_calls = max_calls
        self._background = background
        self._live: dict[str, LiveCall] = {}
        self.empty = asyncio.Event()
        self.empty.set()
        self.draining = False

    def __contains__(self, call_id: str) -> bool:
        return call_id in self._live

    def get(self, call_id: str) -> LiveCall | None:
        return self._live.get(call_id)

    @property
    def calls(self) -> Sequence[LiveCall]:
        return tuple(self._live.values())

    @property
    def free(self) -> int:
        """How many more calls this process may take."""
        return 0 if self.draining else max(0, self._max_calls - len(self._live))

    @property
    def why_full(self) -> str:
        if self.draining:
            return "This process is being stopped and takes no new calls."
        return f"All {self._max_calls} lines are in use; the lead is called as soon as one is free."

    def add(self, live: LiveCall) -> None:
        self._live[live.call_id] = live
        self.empty.clear()
        METRICS.add("calls_prepared")

    def remove(self, live: LiveCall) -> None:
        """The call is over, or another process has it: stop what still works for it here."""
        current = asyncio.current_task()
        for task in (live.writer, live.warm, live.watch):
            if task is not None and task is not current:
                task.cancel()
        if live.ear is not None:
            self._background(live.ear.close())
        self._live.pop(live.call_id, None)
        if not self._live:
            self.empty.set()
        live.finished.set()
