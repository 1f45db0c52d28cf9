"""How fast people talk, for calls that are held in text on virtual time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.call.acts import Conversation, Played, Say

SPEECH_WORDS_PER_S: Final = 2.6
"""About 155 words a minute."""

THINKING_S: Final = 0.5
NEVER_S: Final = 1e6


def spoken_s(words: str) -> float:
    return len(words.split()) / SPEECH_WORDS_PER_S


def play(conversation: Conversation, says: Iterable[Say], now: float, heard_until: float = NEVER_S) -> float:
    """Let the caller hear the utterances, up to `heard_until` seconds after they began. Gives how long that took."""
    elapsed = 0.0
    for say in says:
        words = say.text.split()
        audible = max(0, min(len(words), int((heard_until - elapsed) * SPEECH_WORDS_PER_S + 1e-9)))
        duration = audible / SPEECH_WORDS_PER_S
        started = now + elapsed
        part = " ".join(words[:audible])
        conversation.played(Played(say.id, part, audible == len(words), started, started + duration))
        elapsed += duration
    return elapsed
