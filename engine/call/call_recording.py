"""The recording of a call while it is talked: fed by both sides, written beside the loop, closed with the call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from engine.call.acts import EndedBy
from engine.call.recorder import Recorder

_WRITE_EVERY_S = 1.0


class CallRecording:
    """On one media socket. `recorder`: None if the call is not recorded; then nothing here does anything. `off_loop`:
    runs a blocking function beside the loop. `started`: told from which second on the recording is kept."""

    def __init__(
        self,
        recorder: Recorder | None,
        now: Callable[[], float],
        off_loop: Callable[[Callable[[], None]], Awaitable[None]],
        started: Callable[[float], None],
    ) -> None:
        self._recorder, self._now, self._off_loop, self._started = recorder, now, off_loop, started

    def caller(self, pcm: bytes, at: float) -> None:
        if self._recorder is not None:
            self._recorder.caller(pcm, at)

    def agent(self, pcm: bytes, at: float) -> None:
        if self._recorder is not None:
            self._recorder.agent(pcm, at)

    def start(self, at: float) -> None:
        """Keep what is heard from `at` on; once."""
        if self._recorder is not None and not self._recorder.recording:
            self._recorder.start(at)
            self._started(at)

    def discard(self) -> None:
        """The caller does not want it: nothing is kept, also not what was."""
        if self._recorder is not None:
            self._recorder.discard()

    async def run(self, over: asyncio.Future[tuple[EndedBy, str]]) -> None:
        """Write what has come together, until the call is over."""
        if self._recorder is None:
            return
        while not over.done():
            await asyncio.wait({over}, timeout=_WRITE_EVERY_S)
            stereo = self._recorder.take(self._now())
            await self._off_loop(partial(self._recorder.write, stereo))

    async def close(self, at: float) -> None:
        """The call has ended at `at`. Raises `OSError` when the file cannot be finished."""
        if self._recorder is not None:
            await self._off_loop(partial(self._recorder.close, at))
