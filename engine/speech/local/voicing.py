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
_TONE = 0.995  # energy share of the six strongest bins: dial and key tones, even noisy, 0.998; of voice, a few frames


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
    candidates = frames[loud] * np.hanning(FRAME_SAMPLES).astype(np.float32)
    power = np.abs(np.fft.rfft(candidates, axis=1)) ** 2
    # A windowed tone fills three bins, so two tones (dial tone, DTMF) fill six.
    strongest = np.sort(power, axis=1)[:, -6:].sum(axis=1)
    voice = strongest < _TONE * power.sum(axis=1)
    return float(voice.sum()) * FRAME_S
