"""The call's ear: voice activity in line, recognition and end-of-turn beside it.

It keeps the sound of the caller's running turn, with a little of what came before the voice, and answers drafts with
`DraftReady` and `Verdict`. Engines may fail or hang here without the call noticing more than a question asked again:
a broken voice model is replaced by loudness, a broken recogniser is opened anew and given the turn again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Final

from engine.call import floor_events as ev
from engine.speech.audio import FRAME_S
from engine.speech.pcm import SILENT_DB, level_db
from engine.speech.ports import Expect, Hints, SpeechError, SpeechStack, Transcriber, VoiceTracker

log = logging.getLogger(__name__)

LEAD_IN_S: Final = 0.3
"""Sound before the first voiced window that belongs to the turn: the beginning of a word is quiet."""

STT_WITHIN_S: Final = 1.6
VERDICT_WITHIN_S: Final = 0.15
"""Beyond it the silence timer decides (performance.md)."""

OPEN_WITHIN_S: Final = 2.0
_KEEP_TURN_S: Final = 60.0
_VERDICT_PCM: Final = 8 * 32_000  # the end-of-turn model looks at the last 8 s
_LOUD_DB: Final = -38.0  # what counts as voice when the voice model is broken


class Ear:
    """One call's hearing. `report` gets its events; `trouble` gets what went wrong, in plain words; `revised` gets the
    final text of the turn that ended last, when the recogniser comes to think otherwise about it."""

    def __init__(
        self,
        speech: SpeechStack,
        hints: Hints,
        report: Callable[[ev.Event], None],
        trouble: Callable[[str, str], None],
        revised: Callable[[str], None],
    ) -> None:
        self._speech = speech
        self._hints = hints
        self._report = report
        self._trouble = trouble
        self._revised = revised
        self._tracker: VoiceTracker | None = speech.vad.open()
        self._transcriber: Transcriber | None = None
        self._lead_in: deque[bytes] = deque(maxlen=round(LEAD_IN_S / FRAME_S))
        self._turn: list[bytes] | None = None
        self._held: list[bytes] = []  # sound since the caller paused: only worth something if the voice comes back
        self._holding = False
        self._pushed = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.level = SILENT_DB

    async def open(self) -> None:
        """Open the recogniser. A failure is not the end: each draft tries again."""
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                transcriber = await self._opened()
        except Exception as error:  # any engine, any error: the call goes on without
            self._trouble("recogniser", f"The recogniser could not be opened: {error!r}")
            return
        if self._transcriber is None:
            self._transcriber = transcriber
            self._push()
        else:
            await _close_quietly(transcriber)  # a draft could not wait and has opened its own

    def hear(self, pcm: bytes) -> list[float]:
        """Take a frame of the caller; the probabilities of speech of the windows it completed."""
        self.level = max(level_db(pcm), self.level - 3.0)  # a window spans more than one frame
        if self._turn is None:
            self._lead_in.append(pcm)
        elif self._holding:
            self._held.append(pcm)
        elif len(self._turn) * FRAME_S < _KEEP_TURN_S:
            self._turn.append(pcm)
            self._push()
        if self._tracker is not None:
            try:
                return list(self._tracker.push(pcm))
            except Exception as error:
                self._tracker = None
                self._trouble("voice activity", f"The voice model failed, loudness takes its place: {error!r}")
        return [1.0 if self.level > _LOUD_DB else 0.0]

    def capture(self) -> None:
        """A turn begins."""
        self._turn = list(self._lead_in)
        self._lead_in.clear()
        self._held, self._holding, self._pushed = [], False, 0
        self._push()

    def draft(self, number: int, expect: Expect, *, paused: bool) -> None:
        """Find out what the turn says and whether it is over; both are reported."""
        if self._turn is None:
            return
        self._holding = paused
        self._start(self._words(number, expect), lambda: self._report(ev.DraftFailed(number)))
        if paused and self._speech.end_of_turn is not None:
            sound = b"".join(self._turn)[-_VERDICT_PCM:]
            self._start(self._verdict(number, sound), lambda: self._report(ev.Verdict(number, None)))

    def go_on(self) -> None:
        """The voice came back: the pause belongs to the turn."""
        if self._turn is not None:
            self._turn += self._held
            self._held, self._holding = [], False
            self._push()

    def end_turn(self) -> None:
        """The turn was committed or dropped. What came after its pause may be the beginning of the next."""
        if self._turn is None:
            return
        self._lead_in.clear()
        self._lead_in.extend(self._held)
        self._turn, self._held, self._holding = None, [], False
        self._cancel()
        if self._transcriber is not None and self._pushed:
            try:
                self._transcriber.next_turn()
            except Exception as error:
                self._broken(error)

    async def close(self) -> None:
        tasks = list(self._tasks)
        self._cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        if self._transcriber is not None:
            try:
                async with asyncio.timeout(1.0):
                    await self._transcriber.close()
            except Exception as error:
                log.info("The recogniser did not close: %r", error)

    @property
    def tasks(self) -> frozenset[asyncio.Task[None]]:
        return frozenset(self._tasks)

    # --- engines ---

    def _push(self) -> None:
        if self._transcriber is None or self._turn is None:
            return
        try:
            while self._pushed < len(self._turn):
                self._transcriber.push(self._turn[self._pushed])
                self._pushed += 1
        except Exception as error:
            self._broken(error)

    async def _words(self, number: int, expect: Expect) -> None:
        try:
            async with asyncio.timeout(STT_WITHIN_S):
                try:
                    text = await self._text(expect)
                except SpeechError as error:
                    self._broken(error)
                    text = await self._text(expect)
        except Exception as error:
            self._broken(error)
            self._report(ev.DraftFailed(number))
        else:
            self._report(ev.DraftReady(number, text))

    async def _text(self, expect: Expect) -> str:
        if self._transcriber is None:
            self._transcriber = await self._opened()
            self._pushed = 0
            self._push()
        if self._transcriber is None:
            raise SpeechError("The recogniser failed again as soon as it was opened.")
        return (await self._transcriber.text(expect)).text

    async def _opened(self) -> Transcriber:
        opened: list[Transcriber] = []

        def revised(text: str) -> None:
            if opened and opened[0] is self._transcriber:  # else it was given up, and another took its place
                self._revised(text)

        opened.append(await self._speech.stt.open(self._hints, revised))
        return opened[0]

    async def _verdict(self, number: int, sound: bytes) -> None:
        probability = None
        model = self._speech.end_of_turn
        assert model is not None
        try:
            async with asyncio.timeout(VERDICT_WITHIN_S):
                probability = await model.finished(sound)
        except TimeoutError:
            pass
        except Exception as error:
            self._trouble("end of turn", f"The end-of-turn model failed; silence alone decides: {error!r}")
        self._report(ev.Verdict(number, probability))

    def _broken(self, error: BaseException) -> None:
        """Give the recogniser up; the next draft opens another and replays the turn."""
        old, self._transcriber, self._pushed = self._transcriber, None, 0
        self._trouble("recogniser", f"The recogniser failed: {error!r}")
        if old is not None:
            self._start(_close_quietly(old), lambda: None)

    def _start(self, work: Coroutine[None, None, None], killed: Callable[[], None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            if task in self._tasks:  # else it was we who cancelled it
                self._tasks.discard(task)
                if task.cancelled() or task.exception() is not None:
                    killed()

        task.add_done_callback(done)

    def _cancel(self) -> None:
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()


async def _close_quietly(transcriber: Transcriber) -> None:
    try:
        async with asyncio.timeout(1.0):
            await transcriber.close()
    except Exception as error:
        log.info("A broken recogniser did not close: %r", error)
