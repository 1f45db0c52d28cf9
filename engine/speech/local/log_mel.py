"""Whisper's log-mel features in numpy: what smart-turn looks at. 80 mel bands, 10 ms apart, of exactly 8 seconds.

From the definition (Radford et al. 2022, and the slaney mel scale of Auditory Toolbox, 1998): 25 ms Hann windows,
power, triangular bands of equal area, log10, at most 8 below the loudest, shifted to about -1 to 1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.speech.audio import RATE
from engine.speech.pcm import Samples

SPAN_S = 8
_SPAN = SPAN_S * RATE
_WINDOW, _HOP, _BANDS = 400, 160, 80
_LINEAR_HZ, _LINEAR_MELS = 1000.0, 15.0  # below 1 kHz a mel is 66.7 Hz; above, 27 mels span a factor of 6.4
_MELS_PER_LOG = 27.0 / float(np.log(6.4))


def log_mel(samples: Samples) -> npt.NDArray[np.float32]:
    """Features [80, 800] of the last 8 s of `samples` (16 kHz); shorter sound stands at the end, silence before it."""
    sound = samples[-_SPAN:].astype(np.float32)
    padded = np.zeros(_SPAN, np.float32)
    if len(sound):
        padded[-len(sound) :] = sound
    padded = (padded - padded.mean()) / np.sqrt(padded.var() + 1e-7)
    mirrored = np.pad(padded, _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(mirrored, _WINDOW)[:_SPAN:_HOP]
    spectrum = np.fft.rfft(frames * _HANN, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    bands = np.log10(np.maximum(_FILTERS @ power.T, 1e-10))
    return np.asarray((np.maximum(bands, bands.max() - 8.0) + 4.0) / 4.0, np.float32)


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    linear = mels * _LINEAR_HZ / _LINEAR_MELS
    return np.where(mels < _LINEAR_MELS, linear, _LINEAR_HZ * np.exp((mels - _LINEAR_MELS) / _MELS_PER_LOG))


def _filters() -> npt.NDArray[np.float32]:
    top = _LINEAR_MELS + float(np.log(RATE / 2 / _LINEAR_HZ)) * _MELS_PER_LOG
    edges = _hertz(np.linspace(0.0, top, _BANDS + 2))
    bins = np.linspace(0.0, RATE / 2, _WINDOW // 2 + 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return (np.maximum(triangles, 0.0) * 2.0 / (high - low)).astype(np.float32)


_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)).astype(np.float32)
_FILTERS = _filters()
