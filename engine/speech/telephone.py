"""What a telephone line does to a voice: 300 to 3400 Hz, 8 kHz, G.711 mu-law and back, with noise if wanted.

Pure numpy, frame in, frame out, with the filters' memory carried across frames, so that nothing clicks at borders.
The simulator's phone speaks and hears through it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.speech.audio import FRAME_BYTES, RATE
from engine.speech.pcm import to_pcm, to_samples
from engine.speech.ports import SpeechError

SPEECH_LEVEL = 0.1
"""RMS of a voice on the line, -20 dBFS: what `snr_db` is counted from."""

_TAPS = 161  # 10 ms: as steep as 300 Hz needs
DELAY_S = (_TAPS - 1) / RATE
"""The channel's own delay, 10 ms: half the length of each of its two filters."""


class TelephoneChannel:
    """One direction of one call. Keep one for each direction; it remembers the last 10 ms."""

    def __init__(self, *, snr_db: float | None = None, seed: int = 0) -> None:
        """`snr_db`: steady noise that many dB under a voice of -20 dBFS; None for a silent line."""
        self._noise = 0.0 if snr_db is None else SPEECH_LEVEL / 10 ** (snr_db / 20)
        self._random = np.random.default_rng(seed)
        self._before = np.zeros(_TAPS - 1)
        self._after = np.zeros(_TAPS - 1)

    def frame(self, pcm: bytes) -> bytes:
        """A frame of 640 bytes as it comes out at the other end, 640 too. Raises `SpeechError` on other sizes."""
        if len(pcm) != FRAME_BYTES:
            raise SpeechError(f"A telephone channel takes frames of {FRAME_BYTES} bytes, not {len(pcm)}.")
        sound = to_samples(pcm).astype(np.float64)
        if self._noise:
            sound += self._random.normal(0.0, self._noise, len(sound))  # at the speaker's end: it is filtered too
        line = np.concatenate([self._before, sound])
        self._before = line[-(_TAPS - 1) :]
        narrow = np.convolve(line, _BAND, mode="valid")[::2]
        heard = np.zeros(len(sound))
        heard[::2] = from_mu_law(to_mu_law(narrow))
        wide = np.concatenate([self._after, heard])
        self._after = wide[-(_TAPS - 1) :]
        return to_pcm(2 * np.convolve(wide, _LOW, mode="valid"))

    def sound(self, pcm: bytes) -> bytes:
        """Whole sounds at once: `pcm` of any length, as it comes out, silence added to fill the last frame."""
        padded = pcm + bytes(-len(pcm) % FRAME_BYTES)
        return b"".join(self.frame(padded[at : at + FRAME_BYTES]) for at in range(0, len(padded), FRAME_BYTES))


def to_mu_law(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """G.711 mu-law bytes of samples (-1 to 1)."""
    level = np.clip(np.rint(samples * 32768), -32635, 32635).astype(np.int32)
    sign = np.where(level < 0, 0x80, 0)
    biased = np.abs(level) + _BIAS
    segment = np.floor(np.log2(biased)).astype(np.int32) - 7
    step = (biased >> (segment + 3)) & 0x0F
    return np.asarray(~(sign | segment << 4 | step) & 0xFF, np.uint8)


def from_mu_law(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Samples (-1 to 1) of G.711 mu-law bytes."""
    return _LEVELS[codes]


_BIAS = 132  # of 16-bit samples: makes every segment a power of two


def _mu_law_levels() -> npt.NDArray[np.float64]:
    code = ~np.arange(256) & 0xFF
    segment, step = code >> 4 & 7, code & 0x0F
    size = ((step << 3) + _BIAS << segment) - _BIAS
    return np.where(code & 0x80, -size, size) / 32768.0


def _low_pass(hertz: float) -> npt.NDArray[np.float64]:
    """A Blackman-windowed sinc: linear phase, over 70 dB down some 550 Hz above the corner."""
    at = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(2 * hertz / RATE * at) * np.blackman(_TAPS)
    return np.asarray(taps / taps.sum(), np.float64)


_LEVELS = _mu_law_levels()
_LOW = _low_pass(3500.0)  # two such filters leave -3 dB at 3.4 kHz and nothing from 3.8 kHz on
_BAND = _LOW - _low_pass(300.0)
