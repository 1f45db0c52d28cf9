"""Voices to choose from and to listen to; what the settings choose where a flow does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine
from ui.records import Json


@dataclass(frozen=True, slots=True)
class Voice:
    """`use`: local or google. `there`: it can be chosen now; `problem` says why not."""

    use: str
    voice: str
    sounds: str = ""
    there: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Standard:
    """The services of a flow that chooses none."""

    ear: str = "local"
    voice: str = "local"
    voice_name: str = ""
    mind: str = "offline"
    mind_models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Voices:
    """`connections`: names by kind (google, gemini). `places`: where Google's voices are made."""

    voices: tuple[Voice, ...]
    standard: Standard = field(default_factory=Standard)
    connections: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: tuple[str, ...] = ()


_VOICES: Final = TypeAdapter(Voices)


def voices(engine: Engine) -> Voices:
    """Raises `EngineTrouble`."""
    return engine.get(_VOICES, "/voices")


def sample(engine: Engine, flow_id: str, text: str, choice: dict[str, str]) -> bytes:
    """A WAV file of `text`. `choice`: use, voice, connection and location as a flow writes them. Raises
    `EngineTrouble`, whose sentence says why the voice is not there."""
    body: dict[str, Json] = {"text": text, "flow_id": flow_id, "voice": dict(choice)}
    return engine.send("POST", "/voices/sample", json=body).content
