"""The processes that are killed, and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.aftercall.server import PrefectServer, ServerNotStarted

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Victim:
    """One process of ours; it ends when we do, however that is. Its output goes into `log`."""

    kind: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADLINE_", "PREFECT_"))}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self.arguments, cwd=ROOT, env={**kept, **self.environment},
                stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip

    async def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        self.process = None

    async def stop(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 30)
        except TimeoutError:
            await self.kill()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


class Dashboard:
    """The Prefect server that all processes share, as a victim like the others."""

    def __init__(self, server: PrefectServer) -> None:
        self.server = server

    async def start(self) -> None:
        for patience in (1, 2, 4, 8, None):
            try:
                return await self.server.start()
            except ServerNotStarted:  # a port is not free at once
                if patience is None:
                    raise
                await asyncio.sleep(patience)
        return None

    async def kill(self) -> None:
        pid = self.server.pid
        assert pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await self.server.ended()

    async def stop(self) -> None:
        await self.server.stop()


def children(pid: int) -> list[int]:
    """Of a process: the Prefect server that the embedded worker has started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(each) for each in task.read_text().split()]
    return found
