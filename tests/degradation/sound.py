"""Scripted sound: a caller whose sentences are waves of a height each, and recognisers that read it off again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
from google.cloud.speech_v2 import types

from engine.speech.audio import FRAME_BYTES, FRAME_S
from engine.speech.pcm import to_pcm
from engine.speech.ports import TextToSpeech
from tests.emulators.google_speech.listeners import Emit, activity_message, results_message
from tests.support.call_fakes import FakeTts, sentence_of, tone, voice_frame

WORD_S = 0.16
CHARACTER_S = 0.018
"""About three times as fast as people talk: the call must be as it is, but it need not last."""


@dataclass
class Sentences:
    """Numbers of sentences, shared by all who speak and hear."""

    texts: dict[int, str] = field(default_factory=dict)

    def number(self, text: str) -> int:
        for number, known in self.texts.items():
            if known == text:
                return number
        self.texts[len(self.texts)] = text
        return len(self.texts) - 1


class CallerVoice(TextToSpeech):
    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences

    @property
    def voice(self) -> str:
        return "caller"

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        await asyncio.sleep(0)
        frames = max(25, round(WORD_S * len(text.split()) / FRAME_S))
        yield voice_frame(self._sentences.number(text)) * frames


@dataclass
class LocalVoice(FakeTts):
    """This machine's voice, scripted."""

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        await self.fault.strike()
        await asyncio.sleep(0.1)
        yield tone(max(0.2, CHARACTER_S * len(text)))


class QuickSound:
    """What the emulated Google voices say: a tone, at the pace of the rest."""

    async def make(self, voice: str, text: str, rate: int, speed: float) -> AsyncIterator[bytes]:
        count = round(max(0.2, CHARACTER_S * len(text)) * rate)
        yield to_pcm(0.4 * np.cos(2 * np.pi * 440 * np.arange(count) / rate))


class SentenceListening:
    """What stands behind the emulated recogniser."""

    def __init__(self, sentences: Sentences, final_s: float = 0.7) -> None:
        self._sentences = sentences
        self._final_s = final_s

    def open(self, config: types.StreamingRecognitionConfig, number: int, emit: Emit) -> SentenceListener:
        return SentenceListener(self._sentences.texts, self._final_s, emit)


class SentenceListener:
    def __init__(self, texts: dict[int, str], final_s: float, emit: Emit) -> None:
        self._texts = texts
        self._final_s = final_s
        self._emit = emit
        self._rest = bytearray()
        self._frames = self._voiced_at = 0
        self._said: Counter[int] = Counter()
        self._paused = False

    def feed(self, pcm: bytes) -> None:
        self._rest += pcm
        while len(self._rest) >= FRAME_BYTES:
            frame = bytes(self._rest[:FRAME_BYTES])
            del self._rest[:FRAME_BYTES]
            self._frame(frame)

    async def finish(self) -> None:
        self._tell(final=True)

    def close(self) -> None:
        self._said.clear()

    def _frame(self, frame: bytes) -> None:
        self._frames += 1
        sentence = sentence_of(frame)
        if sentence is not None:
            if not self._said:
                self._emit(activity_message(True, self._frames * FRAME_S))
            self._said[sentence] += 1
            self._voiced_at, self._paused = self._frames, False
            return
        silent_s = (self._frames - self._voiced_at) * FRAME_S
        if self._said and silent_s >= self._final_s:
            self._emit(activity_message(False, self._frames * FRAME_S))
            self._tell(final=True)
        elif self._said and silent_s >= 0.1 and not self._paused:
            self._paused = True
            self._tell(final=False)

    def _tell(self, *, final: bool) -> None:
        text = " ".join(self._texts.get(each, "") for each, count in self._said.items() if count >= 5).strip()
        if text:
            self._emit(results_message([(text, 0.9)], self._frames * FRAME_S, final=final))
        if final:
            self._said.clear()
