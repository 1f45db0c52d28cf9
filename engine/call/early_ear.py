"""The recogniser of a call, opened while the phone still rings: a refusal is known, and the way is warm, at "hello"."""

from __future__ import annotations

import asyncio
import logging

from engine.speech.ports import Hints, Revised, SpeechError, SpeechToText, Transcriber

log = logging.getLogger(__name__)


class EarlyEar:
    """Implements `SpeechToText` for one call: the first `open` gets what `begin` has opened, if there is anything.

    `revised` of that one is bound late, as nobody can hear of revisions before the call is answered.
    """

    def __init__(self, stt: SpeechToText, hints: Hints) -> None:
        self._stt = stt
        self._hints = hints
        self._revised: Revised | None = None
        self._opening: asyncio.Task[Transcriber] | None = None

    def begin(self) -> None:
        """Open it beside the ringing. Returns at once, never fails."""
        self._opening = asyncio.create_task(self._stt.open(self._hints, self._tell), name="early ear")
        self._opening.add_done_callback(_looked_at)

    async def open(self, hints: Hints, revised: Revised | None = None) -> Transcriber:
        """The early one, the first time; else a new one. Raises `SpeechError`."""
        opening, self._opening = self._opening, None
        if opening is not None:
            try:
                early = await opening
            except SpeechError as error:
                log.info("The recogniser could not be opened while the phone rang: %s", error)
            else:
                self._revised = revised
                return early
        return await self._stt.open(hints, revised)

    async def close(self) -> None:
        """Nobody has picked up: close what was opened."""
        opening, self._opening = self._opening, None
        if opening is None:
            return
        try:
            async with asyncio.timeout(2.0):
                early = await opening
                await early.close()
        except Exception as error:
            log.info("An unused recogniser did not close: %r", error)

    def _tell(self, text: str) -> None:
        if self._revised is not None:
            self._revised(text)


def _looked_at(task: asyncio.Task[Transcriber]) -> None:
    """A failure is met at the first `open`; if that never comes, it is of no interest."""
    if not task.cancelled():
        task.exception()
