"""A thread for work that the builder asks for and that no call may feel: one job at a time, behind everybody else."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

NICE: Final = 10
"""Priority of the thread where the system gives threads one of their own (Linux): the callers' sound goes first."""


class Background:
    """Opened in the application's lifespan; `close` waits for nothing."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name, initializer=_yield_to_calls)

    async def run(self, job: Callable[[], T]) -> T:
        """The job's answer, or whatever it raised."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, job)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _yield_to_calls() -> None:
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
