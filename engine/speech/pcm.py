"""Between the house format's bytes and samples of -1 to 1, which models and filters want."""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono sound at 16 kHz, -1 to 1."""


def to_samples(pcm: bytes | bytearray) -> Samples:
    """Samples of `pcm` (signed 16-bit little-endian)."""
    samples: Samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    samples *= np.float32(1 / 32768)
    return samples


def to_pcm(samples: npt.NDArray[np.floating]) -> bytes:
    """Signed 16-bit bytes of `samples`; what is over full scale is cut."""
    pcm: bytes = np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    return pcm


SILENT_DB: Final = -100.0
"""Level that stands for "no sound at all"."""


def level_db(pcm: bytes) -> float:
    """Loudness of signed 16-bit PCM in dBFS."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    power = float(np.dot(samples, samples)) / max(1, len(samples))
    return 10 * math.log10(power / 1073741824.0) if power > 0 else SILENT_DB
