"""Streamed sound at the rate of the house. Pure.

A stream has no header that tells its rate, so it must be the one that was asked for. Whether Google makes 16 kHz of its
24 kHz for a stream is not proved; where it does not, 24 kHz are asked for and turned into 16 here.
"""

from __future__ import annotations

from typing import Final

import samplerate

from engine.speech.audio import RATE
from engine.speech.pcm import to_pcm, to_samples

STREAM_RATES: Final = (RATE, 24_000)
"""What may be asked for: the house's own, and that of Chirp 3: HD itself."""

TOO_LONG: Final = 1.3
"""A word that is streamed so many times as long as it is at once has another rate: 24 kHz played as 16 is 1.5 times as
long; two readings of one word differ by less."""


class StreamRate:
    """Takes a stream's sound in pieces of any size. `rate`: that of the stream."""

    def __init__(self, rate: int) -> None:
        self._ratio = RATE / rate
        self._resampler = samplerate.Resampler("sinc_fastest") if rate != RATE else None
        self._half = b""

    def push(self, data: bytes, *, last: bool = False) -> bytes:
        """What is ready of it: signed 16-bit mono at 16 kHz. `last`: no more comes; give the rest."""
        if self._resampler is None:
            return data
        data = self._half + data
        whole = len(data) - len(data) % 2
        data, self._half = data[:whole], data[whole:]
        return to_pcm(self._resampler.process(to_samples(data), self._ratio, end_of_input=last))


def another_rate(streamed: int, at_once: int) -> bool:
    """Whether a word came at another rate than asked for. Both: bytes of the same word without its leading silence."""
    return at_once > 0 and streamed / at_once >= TOO_LONG
