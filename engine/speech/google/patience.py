"""How long the words of a turn are waited for, and when silence is sent. Pure.

Google's final texts come about a second after the voice; nobody waits that long for an answer. So a turn is answered on
what is not final yet as soon as it covers the sound, and is put right afterwards if need be (field-lessons R2).
"""

from __future__ import annotations

from typing import Final

from engine.speech.audio import RATE
from engine.speech.google.ledger import View

INTERIM_WITHIN_S: Final = 0.3
"""With any words at all a turn is answered after so long (R2: within the verdict on its end and 300 ms)."""

WORDS_WITHIN_S: Final = 0.9
"""Without a word so long; then the agent may still ask again within 1.5 s of silence (R3)."""

STABLE: Final = 0.8
UNCHANGED_S: Final = 0.12
"""An unsure text that has not changed for so long though it covers the sound is as sure as it gets before its final."""

COVERS: Final = round(0.1 * RATE)
"""Offsets are about so exact."""

STALLED_S: Final = 1.5
"""A stream that has been quiet for so long though it got that much more voice has stalled."""

CHUNK_S: Final = 0.1
_FED_LATELY_S: Final = 0.06
_FAR_AHEAD_S: Final = 3.0


def settled(view: View, *, voice_until: int, waited_s: float, unchanged_s: float) -> bool:
    """Whether `view` is the answer. `voice_until`: position where the turn's voice ends. `waited_s`: since asked."""
    if not view.text:
        return waited_s >= WORDS_WITHIN_S
    if view.covered >= voice_until - COVERS and (view.final or view.stability >= STABLE or unchanged_s >= UNCHANGED_S):
        return True
    return waited_s >= INTERIM_WITHIN_S


def stalled(view: View, *, voice_until: int, quiet_s: float) -> bool:
    """Whether the words of `view` are only the beginning of what was said: no answer to build on. `quiet_s`: since the
    stream last answered anything."""
    return quiet_s >= STALLED_S and bool(view.text) and voice_until - view.covered >= STALLED_S * RATE


def silence_every(*, fed_ago_s: float, ahead_s: float, in_turn: bool) -> float | None:
    """Seconds between two chunks of silence of `CHUNK_S`, None for no silence now.

    Google ends a stream that gets no sound, and needs silence to find the end of a sentence. `fed_ago_s`: since the
    caller's last frame. `ahead_s`: by how much the sound sent is ahead of the clock, as pauses inside a turn are sent
    twice: as silence while they last, and as they sounded when the caller goes on. It is worked off between turns.
    """
    if fed_ago_s < _FED_LATELY_S:
        return None
    if ahead_s >= _FAR_AHEAD_S:
        return 10 * CHUNK_S
    return 2 * CHUNK_S if ahead_s > CHUNK_S and not in_turn else CHUNK_S
