"""The call's mouth: what is to be said becomes sound in the pacer, clause by clause, while the one before is heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final

from engine.call.acts import Say
from engine.call.clauses import Clause, clauses
from engine.call.fixed_audio import FixedAudio
from engine.call.pacer import Pacer
from engine.speech.audio import seconds
from engine.speech.ports import SpeechError, TextToSpeech

FIRST_SOUND_WITHIN_S: Final = 1.5
NEXT_SOUND_WITHIN_S: Final = 1.0
CHANCES: Final = 3
"""For a clause. One that breaks off costs one: behind a broken stream of the first voice, one of the second may break
too. One that stays silent costs two, because the caller has waited."""

AHEAD_S: Final = 10.0
"""So much sound is made ahead of the ear; a longer speech waits (memory, and money if it is cut)."""


class Mouth:
    """One call's voice. `news`: there is more to send. `mended`: the voice broke off and is asked again. `failed`: it
    is broken, also at the last try."""

    def __init__(
        self,
        tts: TextToSpeech,
        fixed: FixedAudio,
        pacer: Pacer,
        now: Callable[[], float],
        news: Callable[[], None],
        mended: Callable[[str], None],
        failed: Callable[[str], None],
    ) -> None:
        self._tts = tts
        self._fixed = fixed
        self._pacer = pacer
        self._now = now
        self._news = news
        self._mended = mended
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
        ready = self._fixed.get(say.text, self._tts.voice)
        if ready is not None and not self.owes:
            self._put(say.id, Clause(say.text, 0, len(say.text)), ready)
            self._end(say.id)
            return
        self._queue.append(say)
        self._work.set()

    def line(self, utterance: int, text: str, *, ahead: bool) -> bool:
        """Speak a ready-made line, in another voice if this one never said it; False when its sound is not there."""
        ready = self._fixed.get(text, self._tts.voice) or self._fixed.any(text)
        if ready is None:
            return False
        self._pacer.begin(utterance, text, ahead=ahead)
        self._put(utterance, Clause(text, 0, len(text)), ready)
        self._end(utterance)
        return True

    def expect(self) -> None:
        """There will be something to say within a second or two."""
        with contextlib.suppress(Exception):  # a hint that fails costs nothing but time
            self._tts.warm()

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
        ready = self._fixed.get(say.text, self._tts.voice)
        if ready is not None:
            self._put(say.id, Clause(say.text, 0, len(say.text)), ready)
            self._end(say.id)
            return
        sound: bytes | None = b""
        voice = self._tts.voice
        for clause in clauses(say.text):
            if (ahead := self._pacer.left_s(self._now()) - AHEAD_S) > 0:
                await asyncio.sleep(ahead)
            try:
                made = await self._clause(say.id, clause)
            except SpeechError as error:
                self._end(say.id)
                self._failed(str(error))
                return
            sound = sound + made if sound is not None and made is not None else None
        if say.fixed and sound and self._tts.voice == voice:
            self._fixed.keep(say.text, sound, voice)
        self._end(say.id)

    async def _clause(self, utterance: int, clause: Clause) -> bytes | None:
        """One clause into the pacer. Its sound, None if it is not of one piece. Raises `SpeechError` when no try has
        helped. After a failure, what was heard stands and the rest of the words are spoken, by whatever voice."""
        left, chances = clause, CHANCES
        while True:
            self._pacer.clause(utterance, left.start, left.end)
            made = bytearray()
            try:
                await self._speak(utterance, left.text, made)
            except SpeechError as error:
                self._mended(str(error))
                goes_on_at = self._pacer.take_back_clause(utterance)
                chances -= 1 if made else 2
                if chances <= 0:
                    raise
                if goes_on_at is None:
                    return None
                left = Clause(clause.text[goes_on_at - clause.start :], goes_on_at, clause.end)
            else:
                return bytes(made) if left is clause else None

    async def _speak(self, utterance: int, text: str, made: bytearray) -> None:
        """The sound of a text, into the pacer and `made` as it comes. Raises `SpeechError` for any engine's failure."""
        try:
            async with contextlib.aclosing(_closable(self._tts.speak(text))) as pieces:
                while True:
                    async with asyncio.timeout(NEXT_SOUND_WITHIN_S if made else FIRST_SOUND_WITHIN_S):
                        piece = await anext(pieces, None)
                    if piece is None:
                        break
                    self._pacer.add(utterance, piece)
                    made += piece
                    self._news()
        except SpeechError:
            raise
        except TimeoutError:
            raise SpeechError("No sound came from the voice in time.") from None
        except Exception as error:
            raise SpeechError(str(error) or repr(error)) from error
        if seconds(bytes(made)) < 0.02 and any(char.isalnum() for char in text):
            raise SpeechError("The voice gave no sound for a text.")

    def _put(self, utterance: int, clause: Clause, pcm: bytes) -> None:
        self._pacer.clause(utterance, clause.start, clause.end)
        self._pacer.add(utterance, pcm)
        self._news()

    def _end(self, utterance: int) -> None:
        self._pacer.end(utterance)
        self._news()


async def _closable(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in pieces:
            yield piece
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
