"""A file for chromium's fake microphone: a simulated caller who speaks at the pace of the agent.

A file cannot react. But each answer of the agent begins a moment after the caller has finished, so that the silence
after a line need only be as long as that answer: the talk keeps itself in step, and a second more or less does no harm
(the agent waits five).
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.speech.audio import RATE, seconds
from engine.speech.ports import TextToSpeech

ANSWERS_WITHIN_S = 1.0
"""What the agent takes to begin, at most, when all goes well."""

LISTENS_S = 1.1
"""What the caller waits after the agent has finished."""


@dataclass(frozen=True)
class Line:
    """`after`: what the agent says before it; the caller waits as long as that takes."""

    says: str
    after: str


async def record(file: Path, lines: Sequence[Line], caller: TextToSpeech, agent: TextToSpeech) -> float:
    """Write the file; gives its length in seconds."""
    sound = b""
    for line in lines:
        waits_s = ANSWERS_WITHIN_S + seconds(await _spoken(agent, line.after)) + LISTENS_S
        sound += bytes(2 * round(waits_s * RATE)) + await _spoken(caller, line.says)
    sound += bytes(2 * RATE)
    with wave.open(str(file), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(RATE)
        opened.writeframes(sound)
    return seconds(sound)


async def _spoken(voice: TextToSpeech, text: str) -> bytes:
    return b"".join([piece async for piece in voice.speak(text)]) if text else b""
