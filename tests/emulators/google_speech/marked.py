"""A listener that reads words off marked sound: each word is a square wave whose height is its number.

So a whole call's sound can be checked without a speech model, and strictly: a word of which a part is missing is heard
wrong ("word7?"), as it would be if a stream began or ended in the middle of it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from google.cloud.speech_v2 import types

from engine.speech.audio import FRAME_BYTES, FRAME_S, FRAME_SAMPLES
from tests.emulators.google_speech.listeners import Emit, activity_message, results_message

WORD_FRAMES = 10
"""Frames of 20 ms that make a word."""

_STEP = 40
_LOWEST = 3000


def word_frame(number: int) -> bytes:
    """20 ms of the word `number`."""
    height = _LOWEST + _STEP * number
    return array("h", [height, height, -height, -height] * (FRAME_SAMPLES // 4)).tobytes()


def word_sound(number: int) -> bytes:
    return word_frame(number) * WORD_FRAMES


@dataclass
class MarkedWords:
    """`final_s`: sound after an utterance until its final text. `pause_s`: silence that ends an utterance. `lag_s`: by
    how much texts that are not final lag behind."""

    final_s: float = 0.9
    pause_s: float = 0.5
    lag_s: float = 0.2
    twice: bool = False
    listeners: list[MarkedListener] = field(default_factory=list)

    def open(self, config: types.StreamingRecognitionConfig, number: int, emit: Emit) -> MarkedListener:
        listener = MarkedListener(self, emit)
        self.listeners.append(listener)
        return listener


class MarkedListener:
    def __init__(self, manner: MarkedWords, emit: Emit) -> None:
        self._manner = manner
        self._emit = emit
        self._rest = bytearray()
        self._frames = 0
        self._run: tuple[int, int] | None = None  # the word that sounds now, its frames so far
        self._words: list[tuple[str, int]] = []  # of the utterance: text, frame where it ends
        self._voiced_at = 0
        self._owed: list[tuple[int, str, int]] = []  # due at frame, text, frame where it ends
        self._told = 0

    def feed(self, pcm: bytes) -> None:
        self._rest += pcm
        while len(self._rest) >= FRAME_BYTES:
            frame = bytes(self._rest[:FRAME_BYTES])
            del self._rest[:FRAME_BYTES]
            self._frame(frame)

    async def finish(self) -> None:
        self._word_over()
        self._utterance_over()
        for _, text, end in self._owed:
            self._emit(results_message([(text, 0.0)], end * FRAME_S, final=True))
        self._owed = []

    def close(self) -> None:
        self._owed = []

    def _frame(self, frame: bytes) -> None:
        self._frames += 1
        # Sound that is not cut on a frame's border is read where the frame is full.
        height = max(memoryview(frame).cast("h"))
        number = round((height - _LOWEST) / _STEP) if height >= _LOWEST else None
        if number is None:
            self._word_over()
        else:
            if not self._words and self._run is None:
                self._emit(activity_message(True, self._frames * FRAME_S))
            if self._run is not None and (self._run[0] != number or self._run[1] == WORD_FRAMES):
                self._word_over()
            self._run = (number, (self._run[1] if self._run else 0) + 1)
            self._voiced_at = self._frames
            if self._run[1] == WORD_FRAMES:
                self._word_over()
        while self._owed and self._owed[0][0] <= self._frames:
            _, text, end = self._owed.pop(0)
            for _ in range(2 if self._manner.twice else 1):
                self._emit(results_message([(text, 0.0)], end * FRAME_S, final=True))
        silent_s = (self._frames - self._voiced_at) * FRAME_S
        if self._words and silent_s >= self._manner.pause_s:
            self._emit(activity_message(False, self._frames * FRAME_S))
            self._utterance_over()
        elif self._words and self._frames - self._told >= 10:
            self._told = self._frames
            covers = self._frames - round(self._manner.lag_s / FRAME_S)
            texts = [text for text, end in self._words if end <= covers]
            if texts:
                pieces = [(" ".join(texts[:-1]), 0.9), (f" {texts[-1]}", 0.1)]
                self._emit(results_message([each for each in pieces if each[0]], covers * FRAME_S, final=False))

    def _word_over(self) -> None:
        if self._run is not None:
            number, frames = self._run
            self._words.append((f"word{number}" if frames == WORD_FRAMES else f"word{number}?", self._frames))
            self._run = None

    def _utterance_over(self) -> None:
        if self._words:
            text, end = " ".join(text for text, _ in self._words), self._words[-1][1]
            due = self._voiced_at + round(self._manner.final_s / FRAME_S)
            self._owed.append((due, text, end))
            self._words = []
