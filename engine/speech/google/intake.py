"""Takes in sound as it arrives, in pieces of any size, and gives it on as whole samples without delay. Pure.

Leading silence counts as waiting (field-lessons R18), so all but a little of it is left out; sound that is nothing but
silence is found out early, while another voice can still take over.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.speech.audio import RATE

AUDIBLE: Final = 200
"""Peak (of 32,767; -44 dBFS) from which 10 ms count as sound."""

KEPT: Final = 2 * RATE * 6 // 100
"""Bytes of silence kept before the first sound: 60 ms, in which soft consonants begin."""

_GRAIN: Final = RATE // 100


class Intake:
    """`audible`: a sound has come. `silence`: bytes of silence that came before it."""

    def __init__(self) -> None:
        self.audible = False
        self.silence = 0
        self._half = b""
        self._kept = b""

    def push(self, data: bytes) -> bytes:
        """What can be played now of all that came: whole samples, signed 16-bit mono at 16 kHz; empty while silent."""
        data = self._half + data
        whole = len(data) - len(data) % 2
        data, self._half = data[:whole], data[whole:]
        if self.audible:
            return data
        before = self._kept + data
        onset = _onset(before)
        if onset is None:
            self.silence += len(data)
            self._kept = before[-KEPT:]
            return b""
        self.audible = True
        return before[max(0, onset - KEPT) :]


def _onset(pcm: bytes) -> int | None:
    """Byte offset of the first audible 10 ms."""
    samples = np.frombuffer(pcm, "<i2").astype(np.int32)
    if not len(samples):
        return None
    loud = np.flatnonzero(np.maximum.reduceat(np.abs(samples), np.arange(0, len(samples), _GRAIN)) >= AUDIBLE)
    return int(loud[0]) * _GRAIN * 2 if len(loud) else None
