"""The call's mouth: what is to be said becomes sound in the pacer, clause by clause, while the one before is heard."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final

from engine.call.acts import Say
from engine.call.clauses import Clause, clauses
from engine.call.fixed_audio import FixedAudio
from engine.call.pacer import Pacer
from engine.speech.audio import seconds
from engine.speech.ports import TextToSpeech

log = logging.getLogger(__name__)

FIRST_SOUND_WITHIN_S: Final = 1.5
NEXT_SOUND_WITHIN_S: Final = 1.0
AHEAD_S: Final = 10.0
"""So much sound is made ahead of the ear; a longer speech waits (memory, and money if it is cut)."""


class Mouth:
    """One call's voice. `news`: there is more to send. `failed`: the voice is broken, also on the second try."""

    def __init__(
        self,
        tts: TextToSpeech,
        fixed: FixedAudio,
        pacer: Pacer,
        now: Callable[[], float],
        news: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self._tts = tts
        self._fixed = fixed
        self._pacer = pacer
        self._now = now
        self._news = news
        self._failed = failed
        self._queue: deque[Say] = deque()
        self._work = asyncio.Event()
        self._making: asyncio.Task[None] | None = None

    @property
    def owes(self) -> bool:
        """Sound is still to be made."""
        return bool(self._queue) or self._making is not None

    def say(self, say: Say) -> None:
        """Speak after all that is queued. What is ready-made sounds at once."""
        self._pacer.begin(say.id, say.text, say.pause_s)
        ready = self._fixed.get(say.text)
        if ready is not None and not self.owes:
            self._put(say.id, Clause(say.text, 0, len(say.text)), ready)
            self._end(say.id)
            return
        self._queue.append(say)
        self._work.set()

    def line(self, utterance: int, text: str, *, ahead: bool) -> bool:
        """Speak a ready-made line; False when its sound is not there."""
        ready = self._fixed.get(text)
        if ready is None:
            return False
        self._pacer.begin(utterance, text, ahead=ahead)
        self._put(utterance, Clause(text, 0, len(text)), ready)
        self._end(utterance)
        return True

    def clear(self) -> None:
        """Stop making sound; the pacer is cleared by its owner."""
        self._queue.clear()
        if self._making is not None:
            self._making.cancel()
            self._making = None

    async def run(self) -> None:
        """Make sound, until cancelled."""
        try:
            while True:
                while not self._queue:
                    self._work.clear()
                    await self._work.wait()
                making = self._making = asyncio.create_task(self._make(self._queue.popleft()))
                await asyncio.wait({making})
                if self._making is making:
                    self._making = None
                    if making.cancelled() or making.exception() is not None:
                        self._failed(f"The voice broke down: {None if making.cancelled() else making.exception()!r}")
                    self._news()
        finally:
            self.clear()

    async def _make(self, say: Say) -> None:
        ready = self._fixed.get(say.text)
        if ready is not None:
            self._put(say.id, Clause(say.text, 0, len(say.text)), ready)
        else:
            sound = b""
            for clause in clauses(say.text):
                if (ahead := self._pacer.left_s(self._now()) - AHEAD_S) > 0:
                    await asyncio.sleep(ahead)
                self._pacer.clause(say.id, clause.start, clause.end)
                made = bytearray()
                problem = await self._speak(say.id, clause.text, made) and await self._speak(say.id, clause.text, made)
                if problem:
                    self._end(say.id)
                    self._failed(problem)
                    return
                sound += made
            if say.fixed and sound:
                self._fixed.keep(say.text, sound)
        self._end(say.id)

    async def _speak(self, utterance: int, text: str, made: bytearray) -> str:
        """Sound of one clause into the pacer, but for what `made` holds from an earlier try; what went wrong, if so."""
        skip, given = len(made), 0
        try:
            async with contextlib.aclosing(_closable(self._tts.speak(text))) as pieces:
                while True:
                    async with asyncio.timeout(NEXT_SOUND_WITHIN_S if given else FIRST_SOUND_WITHIN_S):
                        piece = await anext(pieces, None)
                    if piece is None:
                        break
                    new = piece[max(0, skip - given) :]
                    given += len(piece)
                    if new:
                        self._pacer.add(utterance, new)
                        made += new
                        self._news()
        except TimeoutError:
            problem = "No sound came from the voice in time."
        except Exception as error:  # any engine, any error: there is a second try, then a ready-made apology
            problem = str(error) or repr(error)
        else:
            if seconds(bytes(made)) >= 0.02 or not any(char.isalnum() for char in text):
                return ""
            problem = "The voice gave no sound for a text."
        log.warning("The voice failed: %s", problem)
        return problem

    def _put(self, utterance: int, clause: Clause, pcm: bytes) -> None:
        self._pacer.clause(utterance, clause.start, clause.end)
        self._pacer.add(utterance, pcm)
        self._news()

    def _end(self, utterance: int) -> None:
        self._pacer.end(utterance)
        self._news()


async def _closable(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    async for piece in pieces:
        yield piece
