"""What both ends of a call spoke and heard, on one wall clock: the yardstick for everything that is measured."""

from __future__ import annotations

import io
import wave
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.speech.audio import RATE

AUDIBLE: Final = 100
"""Peak, of 32,767, above which a sample is heard."""

Samples = npt.NDArray[np.int16]


class CallTape:
    """A stereo recording, 16 kHz: left is what the phone spoke, right is what it heard (vonage-voice.md, section 8).

    `started`: monotonic seconds of the first sample, so that sample n sounded at `started + n / 16000`. Kept in
    memory, 64 kB a second: a tool for tests and demonstrations, not a recorder.
    """

    def __init__(self, started: float) -> None:
        self.started = started
        self._left = bytearray()
        self._right = bytearray()

    def add(self, spoken: bytes, heard: bytes) -> None:
        """The next 20 ms of both sides (640 bytes each)."""
        self._left += spoken
        self._right += heard

    @property
    def left(self) -> Samples:
        return np.frombuffer(bytes(self._left), dtype="<i2").astype(np.int16, copy=False)

    @property
    def right(self) -> Samples:
        return np.frombuffer(bytes(self._right), dtype="<i2").astype(np.int16, copy=False)

    @property
    def duration_s(self) -> float:
        return len(self._left) / (2 * RATE)

    def longest_silence(self, since_s: float = 0.0, until_s: float | None = None) -> float:
        """The longest time in seconds for which the phone's earpiece was silent: the agent's voice, a ring-back tone
        and other people count, the phone's own speaker does not."""
        samples = np.abs(self.right[round(since_s * RATE) : None if until_s is None else round(until_s * RATE)])
        loud = np.flatnonzero(samples > AUDIBLE)
        edges = np.concatenate(([0], loud, [len(samples)]))
        return float(np.diff(edges).max(initial=0)) / RATE

    @property
    def wav_size(self) -> int:
        """Bytes of `wav()`, without making it: a header of 44, then two bytes for each sample of both sides."""
        return 44 + 2 * len(self._left)

    def wav(self) -> bytes:
        """The tape as a WAV file. Takes some 0.1 s for a quarter of an hour: not on the loop that paces calls."""
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(np.column_stack((self.left, self.right)).astype("<i2").tobytes())
        return file.getvalue()
