"""What is known beforehand about the services a flow or the settings can choose: pure facts, no client.

Google changes its lists of models and voices; only what makes a call impossible or odd is judged here. The rest is for
`leadline doctor`, which asks Google. Sources: the "models and regions" pages of Speech-to-Text v2 and the list of
voices of Text-to-Speech.
"""

from __future__ import annotations

import re
from typing import Final

EARS: Final = ("local", "google")
VOICES: Final = ("local", "google")
MINDS: Final = ("offline", "gemini")

_NOT_FOR_CALLS: Final = {
    "chirp": "it does not listen to a running call, only to recordings",
    "latest_short": "it stops listening after one sentence",
}
_ELSEWHERE: Final = {
    "chirp_2": "us-central1, europe-west4 or asia-southeast1",
    "chirp_3": "us, eu, asia-southeast1 or asia-northeast1",
}
VOICE_PLACES: Final = ("global", "us", "eu", "asia-southeast1", "asia-northeast1", "europe-west2")
"""Where Google offers Chirp 3: HD voices (its page of that name)."""

_VOICE: Final = re.compile(r"([a-z]{2,3}-[A-Z]{2})-(.+)")


def unsuitable(model: str) -> str:
    """Why a recognition model cannot hear a call, as part of a sentence; empty if it can."""
    return _NOT_FOR_CALLS.get(model, "")


def offered_in(model: str, location: str) -> str:
    """Where Google offers `model`, if `location` is surely not such a place; empty if it may be."""
    return _ELSEWHERE.get(model, "") if location == "global" else ""


def language_of(voice: str) -> str:
    """The language of one of Google's voices, such as en-US; empty if the name does not tell."""
    found = _VOICE.fullmatch(voice)
    return found[1] if found else ""
