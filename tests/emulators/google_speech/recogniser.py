"""A listener that really listens: the local recogniser behind the protocol, so that a spoken call runs through it.

Voice is told from silence by loudness. While somebody speaks the growing utterance is read again and again, as a text
that may change; when it has been quiet for a while, its final text is owed, and comes as late as Google's would.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from google.cloud.speech_v2 import types

from engine.speech.audio import FRAME_BYTES, FRAME_S
from engine.speech.local.moonshine import Moonshine
from engine.speech.pcm import level_db, to_samples
from engine.speech.ports import Expect, SpeechError
from tests.emulators.google_speech.listeners import Emit, activity_message, results_message

_LEAD_IN = 15  # frames before the voice that belong to the utterance
_OPENS = 3  # loud frames in a row
_PAUSE_S = 0.5


@dataclass
class Recogniser:
    """`final_s`: from the end of the voice to its final text; Google's median is about 0.9. `interim_s`: sound between
    two texts that are not final. `settles_s`: quiet after which such a text covers all of the voice."""

    engine: Moonshine
    final_s: float = 0.9
    interim_s: float = 0.5
    settles_s: float = 0.14
    loud_db: float = -45.0
    digits_under_s: float = 0.0

    def open(self, config: types.StreamingRecognitionConfig, number: int, emit: Emit) -> RecogniserListener:
        return RecogniserListener(self, emit)

    async def read(self, pcm: bytes) -> str:
        """The text of an utterance. `digits_under_s`: shorter ones may be numbers, and are read as such if likely."""
        expect: Expect = "digits" if len(pcm) / 32_000 < self.digits_under_s else "speech"
        try:
            return await self.engine.hear_elsewhere(to_samples(pcm), expect)
        except SpeechError:
            return ""


class RecogniserListener:
    def __init__(self, manner: Recogniser, emit: Emit) -> None:
        self._manner = manner
        self._emit = emit
        self._rest = bytearray()
        self._frames = 0
        self._loud = 0
        self._lead_in: list[bytes] = []
        self._speech: list[bytes] | None = None  # the running utterance
        self._voiced_at = 0
        self._asked_at = 0
        self._settled = False
        self._readings: set[asyncio.Task[None]] = set()
        self._owed: list[tuple[int, asyncio.Task[str], int, int]] = []  # due at frame, text, voice's end, utterance
        self._utterance = 0
        self._told: set[int] = set()  # utterances whose final text is out

    def feed(self, pcm: bytes) -> None:
        self._rest += pcm
        while len(self._rest) >= FRAME_BYTES:
            frame = bytes(self._rest[:FRAME_BYTES])
            del self._rest[:FRAME_BYTES]
            self._frame(frame)

    async def finish(self) -> None:
        self._utterance_over()
        for _, reading, end, utterance in self._owed:
            self._tell_final(await reading, end, utterance)
        self._owed = []

    def close(self) -> None:
        for task in (*self._readings, *(reading for _, reading, _, _ in self._owed)):
            task.cancel()

    def _frame(self, frame: bytes) -> None:
        self._frames += 1
        loud = level_db(frame) > self._manner.loud_db
        self._loud = self._loud + 1 if loud else 0
        if self._speech is None:
            self._lead_in = [*self._lead_in[-_LEAD_IN:], frame]
            if self._loud >= _OPENS:
                self._speech, self._lead_in = self._lead_in, []
                self._asked_at = self._voiced_at = self._frames
                self._emit(activity_message(True, self._frames * FRAME_S))
        else:
            self._speech.append(frame)
            self._listen(loud)
        while self._owed and self._owed[0][0] <= self._frames:
            _, reading, end, utterance = self._owed.pop(0)
            reading.add_done_callback(partial(self._read, end, utterance))

    def _listen(self, loud: bool) -> None:
        assert self._speech is not None
        if loud:
            self._voiced_at, self._settled = self._frames, False
        quiet_s = (self._frames - self._voiced_at) * FRAME_S
        if quiet_s >= _PAUSE_S:
            self._emit(activity_message(False, self._frames * FRAME_S))
            self._utterance_over()
        elif quiet_s >= self._manner.settles_s and not self._settled:
            self._settled = True
            self._ask(b"".join(self._speech))
        elif loud and (self._frames - self._asked_at) * FRAME_S >= self._manner.interim_s:
            self._ask(b"".join(self._speech))

    def _ask(self, pcm: bytes) -> None:
        self._asked_at = self._frames
        task = asyncio.create_task(self._interim(pcm, self._frames, self._utterance))
        self._readings.add(task)
        task.add_done_callback(self._readings.discard)

    async def _interim(self, pcm: bytes, until: int, utterance: int) -> None:
        spoken = (await self._manner.read(pcm)).split()
        if spoken and utterance not in self._told:  # sound that is given fast may be final before it was read once
            pieces = [(" ".join(spoken[:-1]), 0.9), (f" {spoken[-1]}", 0.3)]
            self._emit(results_message([each for each in pieces if each[0]], until * FRAME_S, final=False))

    def _utterance_over(self) -> None:
        if self._speech is None:
            return
        pcm = b"".join(self._speech)
        self._speech = None
        due = self._voiced_at + round(self._manner.final_s / FRAME_S)
        self._owed.append((due, asyncio.create_task(self._manner.read(pcm)), self._voiced_at, self._utterance))
        self._utterance += 1

    def _read(self, end: int, utterance: int, done: asyncio.Task[str]) -> None:
        if not done.cancelled() and done.exception() is None:
            self._tell_final(done.result(), end, utterance)

    def _tell_final(self, text: str, end: int, utterance: int) -> None:
        self._told.add(utterance)
        if text:
            self._emit(results_message([(text, 0.0)], end * FRAME_S, final=True))
