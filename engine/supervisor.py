"""Starts and watches the processes of a Leadline on one machine: each by exec, each with a log file of its own.

The web server with the live calls, the after-call worker with its Prefect server, and the builder are separate
processes, because none of them may ever make a caller's sound stutter.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

STOP_S = 12.0
"""Time a process gets to end by itself; running calls are drained by the web server within it."""

RESTART_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pauses before a process that died is started again, the last one for ever after."""


class ChildFailed(Exception):
    """A process could not be started. The message says which, why, and where its log lies."""


@dataclass(frozen=True, slots=True)
class Program:
    """A Python module to run as a process. `ready_url`: answers 200 when it can work; `nice`: how much it gives way to
    live calls."""

    name: str
    module: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_url: str = ""
    ready_s: float = 60.0
    nice: int = 0


class Child:
    """A running program."""

    def __init__(self, program: Program, logs: Path) -> None:
        self.program = program
        self.log = logs / f"{program.name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "engine.with_parent",
                self.program.module,
                *self.program.arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.program.environment},
                process_group=0,  # Ctrl-C goes to the supervisor alone, which then ends its children in order
            )
        if self.program.nice and hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, self.program.nice)

    async def ready(self) -> None:
        """Wait until it can work. Raises `ChildFailed`."""
        if not self.program.ready_url:
            return
        deadline = time.monotonic() + self.program.ready_s
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
            while time.monotonic() < deadline:
                if self._process is not None and self._process.returncode is not None:
                    raise ChildFailed(self._last_words())
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(self.program.ready_url)).status_code == httpx.codes.OK:
                        return
                await asyncio.sleep(0.1)
        raise ChildFailed(
            f"'{self.program.name}' was not ready after {self.program.ready_s:.0f} seconds. Its log: {self.log}"
        )

    def _last_words(self) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
        return f"'{self.program.name}' ended at once: {last}  (its log: {self.log})"

    async def wait(self) -> int:
        assert self._process is not None
        return await self._process.wait()

    async def kill(self) -> None:
        """End it as a crash would (kill -9). Of the process that was started only: not of what it may have started."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class Supervisor:
    """Several children for the length of an `async with`; they end in the reverse order of their start."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []

    async def start(self, program: Program) -> Child:
        child = Child(program, self._logs)
        self._children.append(child)
        await child.start()
        return child

    async def keep_alive(self, child: Child) -> None:
        """Start it again whenever it dies, with growing pauses. Runs until cancelled."""
        deaths = 0
        while True:
            began = time.monotonic()
            await child.wait()
            deaths = 0 if time.monotonic() - began > RESTART_S[-1] else deaths
            await asyncio.sleep(RESTART_S[min(deaths, len(RESTART_S) - 1)])
            deaths += 1
            await child.start()

    async def __aenter__(self) -> Supervisor:
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in reversed(self._children):
            await child.stop()


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
