"""Makes the lines of published flows ready in the background: at the start for all live flows, then at each publishing.

Only for voices that cost money and time; the local voice makes a line in a moment, while the phone rings. Nothing waits
for it and nothing depends on it: a line that is not there is made in the call. So calls come first: lines are asked for
at a pace that leaves the quota to the calls, of the chosen voice alone, with no haste, and what fails here is not held
against the voice when a call needs it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from engine.call.engines import EngineSource
from engine.call.known_lines import for_all_leads, late_greeting
from engine.call.line_pace import PUBLISHED_NOW, LinePace
from engine.call.session_settings import LINES
from engine.flow.model import Flow
from engine.sdk.registry import NodeTypes
from engine.speech.breaker import Breaker

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


@dataclass(order=True, frozen=True, slots=True)
class _Waiting:
    rank: int
    number: int
    flow: Flow = field(compare=False)
    tries: int = field(compare=False)


class LinesAhead:
    """One for a process. `run` until cancelled. `calls`: how many are under way here. `clock`: seconds, the loop's own
    without it."""

    def __init__(
        self,
        engines: EngineSource,
        nodes: NodeTypes,
        calls: Callable[[], int] = lambda: 0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._engines = engines
        self._nodes = nodes
        self._calls = calls
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._queue: asyncio.PriorityQueue[_Waiting] = asyncio.PriorityQueue()
        self._numbers = count()
        self._pace = LinePace()
        self._breakers: defaultdict[str, Breaker] = defaultdict(Breaker)  # by voice; those of calls are others
        self._newest: dict[str, int] = {}
        self._ready: dict[str, LinesReady] = {}

    def expect(self, flow: Flow, rank: int = PUBLISHED_NOW) -> None:
        """Calls will be held with this version of the flow. Returns at once. `rank`: see `engine.call.line_pace`."""
        self._newest[flow.id] = flow.version
        self._wait(rank, flow, 0)

    def ready(self, flow_id: str) -> LinesReady | None:
        """None if nothing is made ahead for it."""
        return self._ready.get(flow_id)

    async def run(self) -> None:
        while True:
            waiting = await self._queue.get()
            flow = waiting.flow
            if not self._is_newest(flow):
                continue  # a newer version has been published meanwhile
            try:
                failed = await self._make(flow)
            except Exception:
                log.exception("The lines of the flow '%s' could not be made ready; calls make them", flow.id)
                continue
            if failed and waiting.tries < len(AGAIN_AFTER_S):
                loop = asyncio.get_running_loop()
                loop.call_later(AGAIN_AFTER_S[waiting.tries], self._wait, waiting.rank, flow, waiting.tries + 1)

    def _wait(self, rank: int, flow: Flow, tries: int) -> None:
        self._queue.put_nowait(_Waiting(rank, next(self._numbers), flow, tries))

    def _is_newest(self, flow: Flow) -> bool:
        return self._newest.get(flow.id) == flow.version

    async def _make(self, flow: Flow) -> Sequence[str]:
        """The lines that are still not there."""
        fixed = (await self._engines.for_flow(flow)).fixed
        if fixed.voice.startswith("local/"):
            self._ready.pop(flow.id, None)
            return ()
        lines = tuple(dict.fromkeys((late_greeting(flow), *for_all_leads(flow, self._nodes), *LINES.values())))
        self._ready[flow.id] = LinesReady(fixed.voice, len(lines))
        breaker = self._breakers[fixed.voice]
        failed = []
        for text in lines:
            if await fixed.known(text):
                continue
            if not breaker.allows(self._clock()):
                failed.append(text)  # the voice rests: asking on would only use up what calls need
                continue
            await asyncio.sleep(self._pace.wait_s(self._clock()))
            if not self._is_newest(flow):
                return ()
            self._pace.asked(self._clock(), self._calls())
            if (problem := await fixed.make(text)) is None:
                breaker.worked(self._clock())
            else:
                breaker.failed(self._clock(), problem)
                failed.append(text)
        self._ready[flow.id] = LinesReady(fixed.voice, len(lines), tuple(failed), done=True)
        if failed:
            log.warning(
                "%d of %d lines of the flow '%s' could not be made with the voice %s",
                len(failed), len(lines), flow.id, fixed.voice,
            )  # fmt: skip
        return failed
