"""Voice activity by Silero v6: 0.2 ms of one core per 32 ms of sound, so it runs inline in the event loop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.speech.audio import FRAME_BYTES, RATE
from engine.speech.local.inference import Model
from engine.speech.pcm import to_samples
from engine.speech.ports import SpeechError, VoiceTracker

_WINDOW = 512
_CONTEXT = 64  # the last samples of the window before stand in front of each window


class Silero:
    """The shared model (`VoiceActivity`)."""

    window_s: float = _WINDOW / RATE

    def __init__(self) -> None:
        """Loads and verifies the model, and runs it once."""
        self._model = Model("silero")
        self._rate = np.array(RATE, np.int64)
        self.open().push(bytes(FRAME_BYTES))

    def open(self) -> VoiceTracker:
        return SileroTracker(self)

    def probability(
        self, window: npt.NDArray[np.float32], state: npt.NDArray[np.float32]
    ) -> tuple[float, npt.NDArray[np.float32]]:
        """Speech probability of a window [1, 576] given `state` [2, 1, 128], and the state after it."""
        try:
            output, after = self._model.run({"input": window, "state": state, "sr": self._rate})
        except Exception as error:
            raise SpeechError(f"Voice activity detection failed: {error}") from error
        return float(output[0, 0]), after.astype(np.float32, copy=False)


class SileroTracker:
    """The ear of one call (`VoiceTracker`)."""

    def __init__(self, engine: Silero) -> None:
        self._engine = engine
        self._samples = np.zeros((1, _CONTEXT + _WINDOW), np.float32)
        self._filled = 0
        self._state = np.zeros((2, 1, 128), np.float32)

    def push(self, frame: bytes) -> Sequence[float]:
        """Takes a frame of 640 bytes; every frame or two completes a window. Raises `SpeechError` on other sizes."""
        if len(frame) != FRAME_BYTES:
            raise SpeechError(f"Voice activity takes frames of {FRAME_BYTES} bytes, not {len(frame)}.")
        fresh = to_samples(frame)
        taken = min(len(fresh), _WINDOW - self._filled)
        begin = _CONTEXT + self._filled
        self._samples[0, begin : begin + taken] = fresh[:taken]
        self._filled += taken
        if self._filled < _WINDOW:
            return ()
        probability, self._state = self._engine.probability(self._samples, self._state)
        self._samples[0, :_CONTEXT] = self._samples[0, -_CONTEXT:]
        self._filled = len(fresh) - taken
        self._samples[0, _CONTEXT : _CONTEXT + self._filled] = fresh[taken:]
        return (probability,)

    def reset(self) -> None:
        """Forget everything heard, as for a new call."""
        self._samples[:] = 0
        self._filled = 0
        self._state = np.zeros_like(self._state)
