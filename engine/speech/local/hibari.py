"""The local voice: Hibari's `heart`, a sentence or clause at a time, brought to the house format.

The package offers four more voices, but fetches them from a hub at first use; a live call must not wait for, nor depend
on, a download, so they are refused here.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import hibari
import numpy as np
import numpy.typing as npt
import samplerate

from engine.speech import models
from engine.speech.audio import RATE
from engine.speech.pcm import to_pcm
from engine.speech.ports import SpeechError, TextToSpeech
from engine.speech.spoken import clauses, spoken_form

_SOURCE_RATE = 24_000
_SILENT = 0.0015  # RMS of 5 ms, -56 dBFS: what the model puts before the first breath stays under it
_STEP = _SOURCE_RATE // 200
# Hibari begins with 0.25 s of silence and ends with 0.3 to 0.5 s, at every clause. The front counts as waiting.
_LEAD_S = 0.01
_PAUSES = {".": 0.30, "!": 0.30, "?": 0.30, "…": 0.30, ",": 0.14, ";": 0.22, ":": 0.22, "—": 0.22, "–": 0.22}
_PAUSE_S = 0.20
_END_S = 0.06
_GAIN, _PEAK = 2.0, 0.95  # the model speaks at -27 dBFS RMS; telephone speech is expected near -20


@dataclass(frozen=True, slots=True)
class Manner:
    """How the one voice is used. `pitch`: factor on pitch and pace together, by resampling; `speed`: pace alone."""

    speed: float = 1.0
    pitch: float = 1.0


AGENT = Manner()
CALLER = Manner(pitch=0.86)
"""Sounds like somebody else (F0 178 Hz instead of 203), a little slower. At the agent's pace (speed 1.13) the
recogniser makes "To Marlitu" of "Tomorrow at two"; at this one it hears it."""


class Hibari:
    """The model and its phonemiser, loaded once a process. Not for use from two threads at once: hence the lock."""

    def __init__(self) -> None:
        """Loads, verifies, and speaks once to itself: the first call costs half a second, and no lead shall wait it."""
        file = models.path("hibari")
        try:
            self._engine = hibari.Hibari(voice="heart", model=str(file), threads=1)
        except Exception as error:
            raise SpeechError(f"The built-in voice could not be loaded: {error}") from error
        self._lock = threading.Lock()
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="hibari")
        self.synthesise("Hello, nine four one oh three.", AGENT)

    def synthesise(self, text: str, manner: Manner, *, last: bool = True) -> bytes:
        """One piece of text as house-format sound, with the pause that its last sign asks for (none when `last`)."""
        with self._lock:
            # A fixed seed: the same line always sounds the same, and tests hear what callers hear.
            wave: npt.NDArray[np.float32] = self._engine(_readable(text), speed=manner.speed, seed=0)
        wave = _trimmed(wave, _END_S if last else _PAUSES.get(text.rstrip('"”’)')[-1:], _PAUSE_S))
        if not len(wave):
            return b""
        wave = wave * min(_GAIN, _PEAK / float(np.abs(wave).max()))
        resampled = samplerate.resample(wave, RATE / _SOURCE_RATE / manner.pitch, "sinc_fastest")
        return to_pcm(resampled)

    def close(self) -> None:
        """Ends the worker thread."""
        self.pool.shutdown(wait=False, cancel_futures=True)


class HibariVoice(TextToSpeech):
    """The agent's voice."""

    def __init__(self, engine: Hibari, voice: str = "heart") -> None:
        """Raises `SpeechError` for any voice but "heart", the only one that exists without a download."""
        if voice != "heart":
            raise SpeechError(
                f'The built-in voice is "heart"; "{voice}" is not installed. '
                'Choose "heart", or switch text-to-speech to Google in the settings for other voices.'
            )
        self._engine = engine
        self._manner = AGENT

    @property
    def voice(self) -> str:
        return f"local/heart/{self._manner.pitch:g}"

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        """The sound of `text`, one sentence at a time, the first clause of a long first sentence alone.

        Zip codes, telephone numbers, times, money and e-mail addresses are said as people say them.
        """
        loop = asyncio.get_running_loop()
        pieces = list(clauses(spoken_form(text)))
        for number, piece in enumerate(pieces, start=1):
            last = number == len(pieces)
            try:
                sound = await loop.run_in_executor(
                    self._engine.pool, partial(self._engine.synthesise, piece, self._manner, last=last)
                )
            except Exception as error:
                raise SpeechError(f"The built-in voice failed at “{piece}”: {error}") from error
            if sound:
                yield sound


class SimulatedCallerVoice(HibariVoice):
    """The caller of a simulation: the same model, told apart from the agent by pitch and pace (`TextToSpeech`)."""

    def __init__(self, engine: Hibari) -> None:
        super().__init__(engine)
        self._manner = CALLER


_SPELLED_A = re.compile(r"(?<=\b[A-Z] )A\b|\bA(?= [A-Z]\b)")


def _readable(text: str) -> str:
    """Hibari reads a lone "A" as the article, but "eh" as the letter; so among spelled letters it gets that."""
    return _SPELLED_A.sub("eh", text)


def _trimmed(wave: npt.NDArray[np.float32], pause_s: float) -> npt.NDArray[np.float32]:
    """`wave` with 10 ms before its first sound and `pause_s` seconds of quiet after its last."""
    count = len(wave) // _STEP
    frames = wave[: count * _STEP].reshape(count, _STEP)
    sounding = np.flatnonzero(np.sqrt(np.mean(frames * frames, axis=1)) > _SILENT)
    if not len(sounding):
        return wave[:0]
    begin = max(0, int(sounding[0]) * _STEP - int(_LEAD_S * _SOURCE_RATE))
    end = (int(sounding[-1]) + 1) * _STEP + int(pause_s * _SOURCE_RATE)
    return np.pad(wave[begin:end], (0, max(0, end - len(wave))))
