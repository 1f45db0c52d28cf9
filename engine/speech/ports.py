"""The interfaces between a live call and any speech engine, local or hosted.

All audio is the house format (`engine.speech.audio`): signed 16-bit little-endian mono PCM at 16 kHz.
Engines are shared by all calls of a process; what belongs to one call is the `Transcriber` or `VoiceTracker` they open,
and the voice that `TextToSpeech.for_call` gives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.provider_problem import ProviderProblem

Expect = Literal["speech", "digits", "email", "yes_no"]
"""What kind of answer the agent has just asked for. Engines may narrow decoding; endpointing uses it too."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words to expect. `boost`: 0 to 20, how much likelier they are than other words that sound the same."""

    text: str
    boost: float


@dataclass(frozen=True, slots=True)
class Hints:
    """What a call is about, so that an engine can favour its words. `phrases`: the most important ones first."""

    language: str = "en-US"
    phrases: Sequence[Phrase] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """What an engine heard in one turn of the caller.

    `final`: the engine will not change it; if false, `revised` (see `SpeechToText.open`) may still be told another
    text for the turn after it was closed. `speech_s`: seconds of voice the engine was given for it.
    `cost_ms`: how long the engine worked on it, for the latency record.
    """

    text: str
    final: bool
    speech_s: float
    cost_ms: float = 0.0


class SpeechError(Exception):
    """A speech engine failed. The message says which, why, and what to do next."""

    def __init__(self, message: str, problem: ProviderProblem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


class Transcriber(Protocol):
    """Speech-to-text of one call.

    The call pushes frames of the running turn (with a little lead-in) and asks for the text so far whenever it
    wants it; an engine that streams answers from what has arrived, one that does not decodes the turn anew.
    """

    def push(self, pcm: bytes) -> None:
        """Take audio of the running turn; whole frames, in order. Never blocks."""
        ...

    async def text(self, expect: Expect = "speech") -> Transcript:
        """What was said in the running turn so far. Raises `SpeechError` when the engine failed."""
        ...

    def next_turn(self) -> None:
        """The running turn is over (committed or dropped): forget its audio."""
        ...

    async def close(self) -> None: ...


Revised = Callable[[str], None]
"""Takes the final text of the turn that was closed last."""


class SpeechToText(Protocol):
    async def open(self, hints: Hints, revised: Revised | None = None) -> Transcriber:
        """An ear for one call. Raises `SpeechError`.

        `revised`: for engines whose final text comes later than the call can wait (field-lessons R2). It is called on
        the event loop, at most once for a closed turn, with the final text of the turn that `next_turn` closed last,
        if that differs from what `text` gave last for it. Once a further turn is closed, an older one's text is no
        longer told. Engines whose texts are final at once never call it.
        """
        ...


@dataclass(frozen=True, slots=True)
class VoiceChange:
    """Another voice has taken over. `before`, `after`: names of voices. `problem`: why the first one was given up."""

    before: str
    after: str
    problem: ProviderProblem


class TextToSpeech(Protocol):
    @property
    def voice(self) -> str:
        """Provider, voice and rate, such as `google/en-US-Chirp3-HD-Kore/1`: two sounds of one text under one name may
        stand in for each other, those of different names never in one call."""
        ...

    def speak(self, text: str) -> AsyncIterator[bytes]:
        """The sound of `text`, in pieces of any length, the first as early as the engine can.

        Raises `SpeechError` when the engine failed; what was yielded before stays valid.
        """
        ...

    def warm(self) -> None:
        """A hint that `speak` will probably be asked for within a second or two. Returns at once, never fails."""
        return

    def for_call(self, told: Callable[[VoiceChange], None]) -> TextToSpeech:
        """The voice as one call has it: what it keeps between sentences is that call's own. `told` of each change."""
        return self

    def alone(self) -> TextToSpeech:
        """The voice without haste and without another behind it, for sound that nobody waits for. What fails there is
        not held against it in calls."""
        return self


class VoiceTracker(Protocol):
    """Voice activity of one call's caller."""

    def push(self, frame: bytes) -> Sequence[float]:
        """Take one frame of 640 bytes; the probabilities of speech of the windows that it completed (none or more)."""
        ...

    def reset(self) -> None: ...


class VoiceActivity(Protocol):
    window_s: float
    """Seconds of audio behind each probability (0.032 with Silero)."""

    def open(self) -> VoiceTracker: ...


class EndOfTurn(Protocol):
    """Judges by the sound of the voice whether the speaker has finished."""

    async def finished(self, pcm: bytes) -> float | None:
        """Probability (0 to 1) that the turn in `pcm` is over; None when the model has no answer in time."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechStack:
    """The engines of one process, loaded once, shared by its calls."""

    stt: SpeechToText
    tts: TextToSpeech
    vad: VoiceActivity
    end_of_turn: EndOfTurn | None
