"""The sound of a call as a stereo WAV file: caller left, agent right, on the call's clock.

Second *s* of the file is second *s* of the call, whatever the network did: the agent's frames stand where they were
heard, the caller's are put end to end and re-aligned only when sound was truly lost. Before `start` and after `stop`
both channels are silent, so that a recording that begins after its announcement still has the right times.

Sound is kept in memory for a moment, because a late frame may still need its place, and then written; the header is
brought up to date with each write, so that a killed process leaves a file that plays.

Threads: `caller`, `agent` and `take` belong to the event loop; `write` may run in a worker, one call at a time.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.speech.audio import FRAME_S, RATE

KEEP_S: Final = 1.0
"""So much of the end stays in memory for late frames."""

SEGMENT_S: Final = 5.0
"""No more than this is ever in memory (field-lessons R11)."""

_LATE_S: Final = 0.04  # R17: the channels stay aligned to this
_JUDGE_S: Final = 0.1  # a pause in the caller's frames: so long until it is known whether they were late or lost
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


class Recorder:
    """Records to `path`. Times are seconds on the call's clock; the file begins at second `at` of it. `earlier`: parts
    of the same call that another process wrote; they are deleted too if the caller does not want to be recorded."""

    def __init__(self, path: Path, at: float = 0.0, earlier: Sequence[Path] = ()) -> None:
        self._path = path
        self._earlier = tuple(earlier)
        self._file = path.open("wb")
        self._file.write(wav_header(0))
        self._file.flush()
        self._written = 0  # sample pairs on disk
        self._base = max(0, round(at * RATE))  # sample at which the buffers begin
        self._left = array("h")
        self._right = array("h")
        self._cursor: int | None = None  # where the caller's next sample belongs
        self._pending: list[bytes] = []
        self._pending_from = 0.0
        self._from: float | None = None
        self._to: float | None = None
        self._gone = False

    @property
    def path(self) -> Path:
        return self._path

    @property
    def recording(self) -> bool:
        return self._from is not None and self._to is None and not self._gone

    @property
    def buffered_s(self) -> float:
        return max(len(self._left), len(self._right)) / RATE

    def start(self, at: float) -> None:
        """Keep what sounds from `at` on: the announcement has been heard."""
        if self._from is None:
            self._from = at

    def stop(self, at: float) -> None:
        """Keep nothing from `at` on."""
        if self._from is not None and self._to is None:
            self._to = at

    def discard(self) -> None:
        """Delete what was kept, and keep nothing more: the caller does not want to be recorded."""
        self._gone = True
        self._left, self._right, self._pending = array("h"), array("h"), []
        if not self._file.closed:
            self._file.close()
        for file in (self._path, *self._earlier):
            file.unlink(missing_ok=True)

    def caller(self, pcm: bytes, at: float) -> None:
        """20 ms of the caller that arrived at `at`."""
        if self._gone:
            return
        if self._cursor is None:
            self._cursor = max(0, round((at - FRAME_S) * RATE))
        late = at - FRAME_S - (self._cursor + sum(map(len, self._pending)) // 2) / RATE
        if self._pending:
            self._pending.append(pcm)
            if at - self._pending_from >= _JUDGE_S:
                self._place_pending(at)
        elif late > _LATE_S:
            self._pending, self._pending_from = [pcm], at
        elif late > -_LATE_S or (late > -3 * _LATE_S and _loud(pcm)):
            self._place_caller(pcm)
        # else: the caller's clock runs fast: a quiet frame is the one to lose

    def agent(self, pcm: bytes, at: float) -> None:
        """20 ms of the agent that were heard from `at` on."""
        if not self._gone:
            self._put(self._right, pcm, round(at * RATE))

    def take(self, now: float, *, all_of_it: bool = False) -> bytes:
        """What may be written by `now`: stereo PCM. At the end of the call `all_of_it`, to the call's very length."""
        if self._gone:
            return b""
        if all_of_it and self._pending:
            self._place_pending(now)
        until = max(self._base, round(now * RATE) if all_of_it else round((now - KEEP_S) * RATE))
        count = until - self._base
        stereo = array("h", bytes(4 * count))
        for channel, samples in ((0, self._left), (1, self._right)):
            kept = samples[:count]
            stereo[channel : channel + 2 * len(kept) : 2] = kept
            del samples[:count]
        self._silence_outside(stereo, count)
        self._base = until
        return stereo.tobytes()

    def write(self, stereo: bytes) -> None:
        """Append to the file; first the sound, then the header that tells of it. Raises `OSError`."""
        if self._gone or self._file.closed or not stereo:
            return
        self._file.seek(0, 2)
        self._file.write(stereo)
        self._file.flush()
        self._written += len(stereo) // 4
        self._file.seek(0)
        self._file.write(wav_header(self._written))
        self._file.flush()

    def close(self, now: float) -> None:
        """The call is over: write the rest. The file is then as long as the call was."""
        if not self._file.closed:
            self.write(self.take(now, all_of_it=True))
            self._file.close()

    # --- placing ---

    def _place_caller(self, pcm: bytes) -> None:
        assert self._cursor is not None
        self._put(self._left, pcm, self._cursor)
        self._cursor += len(pcm) // 2

    def _place_pending(self, at: float) -> None:
        """Frames came after a pause. In a burst: they were late, and join on. At their usual pace: some were lost."""
        assert self._cursor is not None
        frames, self._pending = self._pending, []
        lost = round((at - FRAME_S) * RATE) - (self._cursor + sum(map(len, frames[:-1])) // 2)
        if lost > _LATE_S * RATE:
            self._cursor += lost
        for frame in frames:
            self._place_caller(frame)

    def _put(self, channel: array[int], pcm: bytes, sample: int) -> None:
        at = sample - self._base
        samples = array("h", pcm[: len(pcm) - len(pcm) % 2])
        if at < 0:
            samples = samples[-at:]  # its place has been written already
            at = 0
        if at > len(channel):
            if at - len(channel) > SEGMENT_S * RATE:
                return  # nonsense: no frame lies seconds in the future
            channel.extend(array("h", bytes(2 * (at - len(channel)))))
        channel[at : at + len(samples)] = samples

    def _silence_outside(self, stereo: array[int], count: int) -> None:
        begin = count if self._from is None else min(max(round(self._from * RATE) - self._base, 0), count)
        end = count if self._to is None else min(max(round(self._to * RATE) - self._base, begin), count)
        stereo[: 2 * begin] = array("h", bytes(4 * begin))
        stereo[2 * end :] = array("h", bytes(4 * (count - end)))


def _loud(pcm: bytes) -> bool:
    return max(memoryview(pcm).cast("h"), default=0) > 500


def wav_header(pairs: int) -> bytes:
    """The header of a stereo file of so many sample pairs: 44 bytes."""
    size = 4 * pairs
    return _HEADER.pack(b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 2, RATE, 4 * RATE, 4, 16, b"data", size)
