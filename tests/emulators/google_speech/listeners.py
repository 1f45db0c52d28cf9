"""What stands behind the emulated recogniser: something that is given the sound of a stream and answers in messages.

Listeners live by the sound they were given, not by the clock: sound that is sent faster than it was spoken is answered
faster too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from google.cloud.speech_v2 import types

Emit = Callable[[types.StreamingRecognizeResponse], None]
Event = types.StreamingRecognizeResponse.SpeechEventType


class Listener(Protocol):
    """One stream's."""

    def feed(self, pcm: bytes) -> None:
        """Sound as it came (16-bit mono, the stream's own rate)."""
        ...

    async def finish(self) -> None:
        """No more sound comes: emit what is still owed."""
        ...

    def close(self) -> None: ...


class Listening(Protocol):
    """Makes a listener for each stream. `number`: streams so far."""

    def open(self, config: types.StreamingRecognitionConfig, number: int, emit: Emit) -> Listener: ...


def results_message(
    pieces: Sequence[tuple[str, float]], end_s: float, *, final: bool, confidence: float = 0.9
) -> types.StreamingRecognizeResponse:
    """`pieces`: text and stability of consecutive parts; a final one has a single part."""
    results = [
        types.StreamingRecognitionResult(
            alternatives=[types.SpeechRecognitionAlternative(transcript=text, confidence=confidence if final else 0.0)],
            is_final=final,
            stability=0.0 if final else stability,
            result_end_offset=timedelta(seconds=end_s),
            language_code="en-us",
        )
        for text, stability in pieces
    ]
    return types.StreamingRecognizeResponse(results=results)


def activity_message(begins: bool, at_s: float) -> types.StreamingRecognizeResponse:
    """A voice-activity event."""
    kind = Event.SPEECH_ACTIVITY_BEGIN if begins else Event.SPEECH_ACTIVITY_END
    return types.StreamingRecognizeResponse(speech_event_type=kind, speech_event_offset=timedelta(seconds=at_s))
