"""A cheap second opinion on whether a turn holds any voice at all, from levels and spectra alone (pure numpy).

Voice activity has already chosen what a recogniser gets. This is the guard behind it, because Moonshine answers "You"
to silence, to noise at -50 dB and to a dial tone, and a stray sentence to a key tone (embedded-speech.md, rule 1).
"""

from __future__ import annotations

import numpy as np

from engine.speech.audio import FRAME_S, FRAME_SAMPLES
from engine.speech.pcm import Samples

_LEAST_LEVEL = 0.003  # RMS, about -50 dBFS: below it nobody speaks on a telephone line
_OVER_FLOOR = 2.0  # voice stands 6 dB over the quietest tenth of a turn, unless the turn is voice throughout
_LOUD = 0.02  # -34 dBFS: so loud that the comparison with the floor is not needed
# A tone or two: nearly all energy in a few bins (dial and key tones 0.998 in six, even in noise), or in a few more that
# stay as they are from frame to frame (busy tone). Of voice, these hold for a few frames only.
_TONE, _STEADY_TONE, _STEADY = 0.995, 0.985, 0.99


def voiced_seconds(samples: Samples) -> float:
    """Seconds of `samples` (16 kHz, -1 to 1) that are loud enough for a voice and not a pure tone or two."""
    count = len(samples) // FRAME_SAMPLES
    if count == 0:
        return 0.0
    frames = samples[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES)
    level = np.sqrt(np.mean(frames * frames, axis=1))
    floor = float(np.percentile(level, 10))
    loud = (level > _LEAST_LEVEL) & (level > min(_OVER_FLOOR * floor, _LOUD))
    if not loud.any():
        return 0.0
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(FRAME_SAMPLES).astype(np.float32), axis=1)) + 1e-9
    power = np.sort(spectrum**2, axis=1)[:, ::-1]
    few, more = (power[:, :bins].sum(axis=1) / power.sum(axis=1) for bins in (6, 8))
    shape = spectrum / np.linalg.norm(spectrum, axis=1, keepdims=True)
    likeness = np.concatenate([[0.0], (shape[1:] * shape[:-1]).sum(axis=1), [0.0]])
    steady = np.maximum(likeness[:-1], likeness[1:]) > _STEADY
    voice = loud & ~((few > _TONE) | ((more > _STEADY_TONE) & steady))
    return float(voice.sum()) * FRAME_S
