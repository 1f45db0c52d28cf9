"""Sound of fixed lines kept on disk from one start to the next: made once, when a flow is published.

A line is known by voice and words as they are spoken. Each file carries a digest of its sound: what is damaged is not
there. Only lines without anything of a lead in them may be kept here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from engine.speech.spoken import spoken_form

AT_MOST_BYTES: Final = 256_000_000
"""About two hours of speech; the lines that were not used for longest make room."""

_DIGEST: Final = hashlib.sha256().digest_size


class LineFiles:
    """`folder` is made at the first line. All methods block for a file's time: call them beside the loop. A folder that
    cannot be written is no failure: lines are then made anew."""

    def __init__(self, folder: Path, *, at_most_bytes: int = AT_MOST_BYTES) -> None:
        self._folder = folder
        self._at_most = at_most_bytes

    def read(self, voice: str, text: str) -> bytes | None:
        """The sound of `text`, signed 16-bit mono at 16 kHz; None if it is not there or damaged."""
        file = self._file(voice, text)
        try:
            content = file.read_bytes()
        except OSError:
            return None
        digest, pcm = content[:_DIGEST], content[_DIGEST:]
        if not pcm or hashlib.sha256(pcm).digest() != digest:
            file.unlink(missing_ok=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(file)  # it is in use
        return pcm

    def write(self, voice: str, text: str, pcm: bytes) -> bool:
        """Keep a line; whether it could be kept. Another process may write the same at the same time."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as fresh:
                fresh.write(hashlib.sha256(pcm).digest() + pcm)
            Path(fresh.name).replace(self._file(voice, text))
            self._make_room()
        except OSError:
            return False
        return True

    def _file(self, voice: str, text: str) -> Path:
        # By the words as spoken: a better reading of numbers makes the line anew.
        name = hashlib.sha256(f"{voice}\0{spoken_form(text)}".encode()).hexdigest()
        return self._folder / f"{name}.line"

    def _make_room(self) -> None:
        files = [(file.stat(), file) for file in self._folder.iterdir()]
        size = sum(stat.st_size for stat, _ in files)
        for stat, file in sorted(files, key=lambda each: each[0].st_mtime):
            if size <= self._at_most:
                return
            file.unlink(missing_ok=True)
            size -= stat.st_size
