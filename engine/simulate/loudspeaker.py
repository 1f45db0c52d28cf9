"""Plays sound on this machine's loudspeaker, through whatever player program it has."""

from __future__ import annotations

import shutil
import subprocess
from typing import Final

import numpy as np

PLAYERS: Final = (
    ("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-r", "16000", "-c", "1"),
    ("pacat", "--format=s16le", "--rate=16000", "--channels=1"),
    ("play", "-q", "-t", "raw", "-r", "16000", "-e", "signed", "-b", "16", "-c", "1", "-"),
    ("ffplay", "-nodisp", "-loglevel", "quiet", "-f", "s16le", "-ar", "16000", "-i", "-"),
)
"""Programs that play raw sound (16-bit mono, 16 kHz) from their standard input."""


class Loudspeaker:
    """`play` takes frames of both sides and mixes them. Frames are dropped when the player does not keep up."""

    def __init__(self, program: subprocess.Popen[bytes]) -> None:
        self._program = program

    @classmethod
    def open(cls) -> Loudspeaker | None:
        """None when no player program is installed."""
        for name, *arguments in PLAYERS:
            path = shutil.which(name)
            if path:
                quiet = subprocess.DEVNULL
                return cls(
                    subprocess.Popen([path, *arguments], stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)  # noqa: S603
                )
        return None

    def play(self, spoken: bytes, heard: bytes) -> None:
        if self._program.stdin is None or self._program.poll() is not None:
            return
        both = np.frombuffer(spoken, dtype="<i2").astype(np.int32) + np.frombuffer(heard, dtype="<i2")
        try:
            self._program.stdin.write(np.clip(both, -32768, 32767).astype("<i2").tobytes())
        except BrokenPipeError:
            self._program.stdin = None

    def close(self) -> None:
        if self._program.stdin is not None:
            self._program.stdin.close()
        try:
            self._program.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._program.kill()
