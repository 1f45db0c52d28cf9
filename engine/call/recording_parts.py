"""The recording of a call that several processes held: each writes a file of its own, joined when the call is over.

`call_1.wav` begins with the call, `call_1.12400.wav` at 12.4 seconds of its clock. A file is only ever written by the
process that made it, so one that was merely slow spoils nothing; what it still wrote after the next one began is cut
off. Where no part has sound (the line was down, or a part is on another machine) the whole is silent.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from engine.call.recorder import wav_header
from engine.speech.audio import RATE

PAIR: Final = 4
"""Bytes of a sample of both channels."""

_PIECE: Final = 1 << 20


def whole(folder: Path, call_id: str) -> Path:
    return folder / f"{call_id}.wav"


def part(folder: Path, call_id: str, at: float) -> Path:
    """The file of a part that begins at second `at` of the call."""
    return folder / f"{call_id}.{max(0, round(1000 * at))}.wav"


def parts(folder: Path, call_id: str) -> Sequence[tuple[float, Path]]:
    """The later parts that are there, with the second at which each begins, in order."""
    form = re.compile(re.escape(call_id) + r"\.(\d+)\.wav")
    found = [(int(match[1]) / 1000, file) for file in folder.glob("*.wav") if (match := form.fullmatch(file.name))]
    return sorted(found)


def delete(folder: Path, call_id: str) -> None:
    for _, file in parts(folder, call_id):
        file.unlink(missing_ok=True)
    whole(folder, call_id).unlink(missing_ok=True)


def join(folder: Path, call_id: str, length_s: float) -> None:
    """Make one file of all parts, as long as the call; with a single part nothing is done. Raises `OSError`."""
    later = parts(folder, call_id)
    if not later:
        return
    target = whole(folder, call_id)
    frames = round(length_s * RATE)
    fresh = target.with_suffix(".joining")
    with fresh.open("wb") as out:
        out.write(wav_header(frames))
        for at, file in ((0.0, target), *later):
            begins = len(wav_header(0)) + PAIR * round(at * RATE)
            out.truncate(begins)  # what an earlier part still wrote after this one had begun
            out.seek(begins)
            _copy(file, out)
        out.truncate(len(wav_header(0)) + PAIR * frames)  # also makes it longer, with silence
    fresh.replace(target)
    for _, file in later:
        file.unlink()


def _copy(file: Path, out: BinaryIO) -> None:
    """The sound of a part; nothing if it is not there (it lies on another machine)."""
    if not file.exists():
        return
    with file.open("rb") as part_file:
        part_file.seek(len(wav_header(0)))
        shutil.copyfileobj(part_file, out, _PIECE)
