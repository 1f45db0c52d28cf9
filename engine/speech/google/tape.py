"""The sound of one call as it goes to Google, on one clock of samples. Pure.

Streams come and go (Google ends each after five minutes); the tape goes on. A position is a number of samples since the
call's first one, and what was sent lately is kept, so that a new stream can be given again what the old one had not
finished with.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from engine.speech.audio import RATE

KEEP_S: Final = 12.0
"""A little more than is ever replayed."""

_PEAK_FALLS_DB: Final = 0.06  # a frame of 20 ms; 3 dB a second
_BELOW_PEAK_DB: Final = 24.0
_NEVER_VOICE_DB: Final = -52.0


@dataclass(frozen=True, slots=True)
class _Block:
    begin: int
    pcm: bytes
    voiced: bool

    @property
    def end(self) -> int:
        return self.begin + len(self.pcm) // 2


class Tape:
    """`begin`, `end`: the samples it still holds. `voiced_until`: where the last sound that may be a voice ended."""

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep = round(keep_s * RATE)
        self._blocks: deque[_Block] = deque()
        self.end = 0
        self.voiced_until = 0

    @property
    def begin(self) -> int:
        return self._blocks[0].begin if self._blocks else self.end

    @property
    def silent(self) -> int:
        """Samples of silence at its end."""
        return self.end - self.voiced_until

    def append(self, pcm: bytes, *, voiced: bool) -> None:
        """`pcm`: 16-bit mono at 16 kHz, whole samples. `voiced`: see `Loudness`."""
        block = _Block(self.end, pcm, voiced)
        self._blocks.append(block)
        self.end = block.end
        if voiced:
            self.voiced_until = self.end
        while self._blocks[0].end <= self.end - self._keep:
            self._blocks.popleft()

    def read(self, begin: int, end: int) -> bytes:
        """The sound between two positions; what is no longer kept is left out."""
        return b"".join(
            block.pcm[max(0, begin - block.begin) * 2 : (min(end, block.end) - block.begin) * 2]
            for block in self._blocks
            if block.end > begin and block.begin < end
        )

    def quiet_after(self, position: int, least: int) -> int | None:
        """The middle of the first silence of `least` samples that begins at or after `position`; None without one."""
        began: int | None = None
        for block in self._blocks:
            if block.end <= position or block.voiced:
                began = None
                continue
            began = max(block.begin, position) if began is None else began
            if block.end - began >= least:
                return began + least // 2
        return None


class Loudness:
    """Tells sound that may be a voice from what lies between words, by loudness relative to the loudest of late."""

    def __init__(self) -> None:
        self._peak_db = _NEVER_VOICE_DB

    def voiced(self, level_db: float) -> bool:
        """`level_db`: dBFS of a frame of 20 ms."""
        self._peak_db = max(level_db, self._peak_db - _PEAK_FALLS_DB)
        return level_db > max(_NEVER_VOICE_DB, self._peak_db - _BELOW_PEAK_DB)
