"""The sound of a phone that rings at the other end, for callers who wait for it."""

from __future__ import annotations

import functools
import io
import wave
from typing import Final

import numpy as np

from engine.speech.audio import RATE

ON_S: Final = 1.6
OFF_S: Final = 2.0
"""Shorter than the pause of a real exchange (four seconds): somebody who hears it never takes the line for dead."""

_TONES_HZ: Final = (440.0, 480.0)  # the North American ring-back tone
_LEVEL: Final = 0.12  # of full scale, each


@functools.cache
def ringback_tone() -> bytes:
    """One ring and one pause as a WAV file (16-bit mono, 16 kHz), to be played over and over."""
    at = np.arange(round(ON_S * RATE)) / RATE
    ring = sum(np.sin(2 * np.pi * tone * at) for tone in _TONES_HZ) * _LEVEL * 32767
    samples = np.concatenate((ring, np.zeros(round(OFF_S * RATE))))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()
