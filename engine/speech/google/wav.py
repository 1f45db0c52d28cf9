"""Sound out of a WAV answer. Pure.

Played unread, the header is a click; its length varies, and its sizes may be missing when the file was streamed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

_PCM: Final = (1, 0xFFFE)
_UNKNOWN_SIZE: Final = (0, 0xFFFFFFFF)


class WavDamaged(ValueError):
    """It begins like a WAV file and is none that can be played here. The message says why."""


@dataclass(frozen=True, slots=True)
class Wav:
    """`pcm`: signed 16-bit little-endian mono at `rate` samples a second."""

    rate: int
    pcm: bytes = field(repr=False)


def read_wav(data: bytes) -> Wav | None:
    """The sound in `data`; None if it is no WAV file (headerless sound). Raises `WavDamaged`."""
    if data[:4] != b"RIFF":
        return None
    if data[8:12] != b"WAVE":
        raise WavDamaged("It begins with RIFF but is no WAVE.")
    at, rate = 12, 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        at += 8
        if name == b"data":
            if not rate:
                raise WavDamaged("Its sound comes before its format.")
            end = len(data) if size in _UNKNOWN_SIZE else min(len(data), at + size)
            return Wav(rate, data[at : end - (end - at) % 2])
        if at + size > len(data):
            break
        if name == b"fmt ":
            rate = _rate(data[at : at + size])
        at += size + size % 2
    raise WavDamaged("It ends before its sound.")


def _rate(fmt: bytes) -> int:
    if len(fmt) < 16:
        raise WavDamaged("Its format is cut off.")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
    if kind not in _PCM or channels != 1 or bits != 16 or not rate:
        raise WavDamaged(f"Its format is {kind}, {channels} channels, {bits} bits; wanted is PCM, mono, 16 bits.")
    return int(rate)
