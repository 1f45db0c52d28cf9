"""Parts of a recording's file, with its two channels as they lie or the other way round."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HEADER: Final = 44
"""Bytes before the first sample in the files that `engine.call.recorder` writes."""
PAIR: Final = 4
"""Bytes of one moment: a 16-bit sample of the left channel, then one of the right."""

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `stop` (which is behind the last one) of a file of `size` bytes."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    @property
    def whole(self) -> bool:
        return self.length == self.size


class NoSuchPart(ValueError):
    """The file has no byte of what was asked for."""


def wanted(header: str | None, size: int) -> Part:
    """What a `Range` header asks for (RFC 9110). What is not understood, or asks for several parts, is answered with
    the whole. Raises `NoSuchPart`."""
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return Part(0, size, size)
    first, last = found.groups()
    if first == "":
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return Part(0, size, size)
    if start >= size or start == stop:
        raise NoSuchPart
    return Part(start, stop, size)


def read(path: Path, start: int, length: int, *, turned: bool) -> bytes:
    """Bytes of the file from `start` on. `turned`: as if left were right and right were left."""
    if not turned:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(length)
    # Whole pairs around what is wanted: a range may begin in the middle of a sample.
    ahead = (start - HEADER) % PAIR if start > HEADER else 0
    with path.open("rb") as file:
        file.seek(start - ahead)
        content = file.read(ahead + length + PAIR)
    head = max(0, min(HEADER - (start - ahead), len(content)))
    pairs = content[head:]
    body = _turned(pairs[: len(pairs) // PAIR * PAIR]) + pairs[len(pairs) // PAIR * PAIR :]
    return (content[:head] + body)[ahead : ahead + length]


def _turned(pairs: bytes) -> bytes:
    samples = array("h", pairs)
    samples[0::2], samples[1::2] = samples[1::2], samples[0::2]
    return samples.tobytes()
