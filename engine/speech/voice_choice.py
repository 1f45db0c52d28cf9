"""Which voice of which provider speaks for a flow. Pure.

A flow's `assistant.voice` may name the local voice or one of Google's. A name of the other provider than the one that
serves (every flow from before there was Google says "heart") means that provider's standard voice: a flow never becomes
unusable by a change of provider.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Provider = Literal["local", "google"]

LOCAL_VOICE: Final = "heart"
STANDARD_GOOGLE_VOICE: Final = "Kore"
"""Short for the Chirp 3: HD voice of the flow's language."""

_GOOGLE: Final = re.compile(r"[a-z]{2,3}-[A-Z]{2}-[A-Za-z0-9-]+|[A-Z][a-z]{3,}")


def provider_of(voice: str) -> Provider | None:
    """Whose voice that is; None for a name that belongs to neither."""
    if voice == LOCAL_VOICE:
        return "local"
    return "google" if _GOOGLE.fullmatch(voice) else None


def voice_for(wanted: str, provider: Provider, standard: str = STANDARD_GOOGLE_VOICE) -> str:
    """The voice of `provider` for a flow that names `wanted`. `standard`: the Google voice that the settings name.

    >>> voice_for("heart", "google"), voice_for("en-US-Chirp3-HD-Puck", "google"), voice_for("Puck", "local")
    ('Kore', 'en-US-Chirp3-HD-Puck', 'heart')
    """
    if provider == "local":
        return LOCAL_VOICE
    return wanted if provider_of(wanted) == "google" else standard
