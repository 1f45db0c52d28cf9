"""Makes the lines of published flows ready in the background: at the start for all live flows, then at each publishing.

Only for voices that cost money and time; the local voice makes a line in a moment, while the phone rings. Nothing waits
for it and nothing depends on it: a line that is not there is made in the call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.call.engines import EngineSource
from engine.call.known_lines import for_all_leads
from engine.call.session import LINES
from engine.flow.model import Flow
from engine.sdk.registry import NodeTypes

log = logging.getLogger(__name__)

AGAIN_AFTER_S: Final = (30.0, 120.0, 600.0)
"""Pauses before lines that could not be made are tried again; then each call tries for itself."""


@dataclass(frozen=True, slots=True)
class LinesReady:
    """How it stands with a flow's lines. `voice`: who speaks them. `failed`: the lines that are not there."""

    voice: str
    wanted: int
    failed: tuple[str, ...] = ()
    done: bool = False


class LinesAhead:
    """One for a process. `run` until cancelled."""

    def __init__(self, engines: EngineSource, nodes: NodeTypes) -> None:
        self._engines = engines
        self._nodes = nodes
        self._queue: asyncio.Queue[tuple[Flow, int]] = asyncio.Queue()
        self._newest: dict[str, int] = {}
        self._ready: dict[str, LinesReady] = {}

    def expect(self, flow: Flow) -> None:
        """Calls will be held with this version of the flow. Returns at once."""
        self._newest[flow.id] = flow.version
        self._queue.put_nowait((flow, 0))

    def ready(self, flow_id: str) -> LinesReady | None:
        """None if nothing is made ahead for it."""
        return self._ready.get(flow_id)

    async def run(self) -> None:
        while True:
            flow, tries = await self._queue.get()
            if self._newest.get(flow.id) != flow.version:
                continue  # a newer version has been published meanwhile
            try:
                failed = await self._make(flow)
            except Exception:
                log.exception("The lines of the flow '%s' could not be made ready; calls make them", flow.id)
                continue
            if failed and tries < len(AGAIN_AFTER_S):
                loop = asyncio.get_running_loop()
                loop.call_later(AGAIN_AFTER_S[tries], self._queue.put_nowait, (flow, tries + 1))

    async def _make(self, flow: Flow) -> Iterable[str]:
        fixed = (await self._engines.for_flow(flow)).fixed
        if fixed.voice.startswith("local/"):
            self._ready.pop(flow.id, None)
            return ()
        lines = tuple(dict.fromkeys((*for_all_leads(flow, self._nodes), *LINES.values())))
        self._ready[flow.id] = LinesReady(fixed.voice, len(lines))
        failed = tuple(await fixed.prepare(lines, lasting=True))
        self._ready[flow.id] = LinesReady(fixed.voice, len(lines), failed, done=True)
        if failed:
            log.warning(
                "%d of %d lines of the flow '%s' could not be made with the voice %s",
                len(failed), len(lines), flow.id, fixed.voice,
            )  # fmt: skip
        return failed
