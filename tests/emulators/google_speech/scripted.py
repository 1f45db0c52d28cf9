"""A listener that follows a script: at so many milliseconds of received sound it says this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from google.cloud.speech_v2 import types

from tests.emulators.google_speech.listeners import Emit, activity_message, results_message


@dataclass(frozen=True, slots=True)
class Cue:
    """`at_ms`: of the stream's sound. `owed`: it is also said when the sound ends before."""

    at_ms: int
    message: types.StreamingRecognizeResponse
    owed: bool = False


def interim(at_ms: int, *pieces: tuple[str, float], covers_ms: int | None = None) -> Cue:
    """Consecutive pieces of a text that is not final: (text, stability). Later pieces bring their own space."""
    return Cue(at_ms, results_message(pieces, (at_ms if covers_ms is None else covers_ms) / 1000, final=False))


def final(at_ms: int, text: str, end_ms: int, confidence: float = 0.9) -> Cue:
    """A final text of the sound up to `end_ms`."""
    return Cue(at_ms, results_message([(text, 0.0)], end_ms / 1000, final=True, confidence=confidence), owed=True)


def activity(at_ms: int, begins: bool) -> Cue:
    """Voice begins or ends."""
    return Cue(at_ms, activity_message(begins, at_ms / 1000))


class Scripted:
    """`scripts`: for the first stream, the second one and so on; the streams after them hear nothing."""

    def __init__(self, *scripts: Sequence[Cue]) -> None:
        self._scripts = scripts

    def open(self, config: types.StreamingRecognitionConfig, number: int, emit: Emit) -> ScriptedListener:
        script = self._scripts[number] if number < len(self._scripts) else ()
        rate = config.config.explicit_decoding_config.sample_rate_hertz
        return ScriptedListener(script, rate, emit)


class ScriptedListener:
    def __init__(self, script: Sequence[Cue], rate: int, emit: Emit) -> None:
        self._left = sorted(script, key=lambda cue: cue.at_ms)
        self._bytes_a_ms = 2 * rate / 1000
        self._emit = emit
        self._received = 0

    def feed(self, pcm: bytes) -> None:
        self._received += len(pcm)
        while self._left and self._received >= self._left[0].at_ms * self._bytes_a_ms:
            self._emit(self._left.pop(0).message)

    async def finish(self) -> None:
        for cue in self._left:
            if cue.owed:
                self._emit(cue.message)
        self._left = []

    def close(self) -> None:
        self._left = []
