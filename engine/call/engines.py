"""What serves a call: speech engines, a dialogue model and ready-made lines, shared by all calls that want the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.call.fixed_audio import FixedAudio
from engine.dialogue.knowledge import Encoder
from engine.dialogue.model import DialogueModel
from engine.flow.model import Flow
from engine.speech.ports import SpeechStack


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A service that was chosen and cannot be used. `part`: ear, voice or mind. `problem`: why, in plain words."""

    part: str
    problem: str


@dataclass(frozen=True, slots=True)
class Engines:
    """What calls share: `speech`, the dialogue `model`, ready-made lines. `warm`: lets the model see a flow before its
    first call; it may take a second and runs beside the loop. `order`: for each part who serves, and who takes over.
    `encoder`: this machine's sentence vectors, None where their model is not there."""

    speech: SpeechStack
    model: DialogueModel
    fixed: FixedAudio
    warm: Callable[[Flow], None] | None = None
    left_out: tuple[LeftOut, ...] = ()
    order: Mapping[str, Sequence[str]] = field(default_factory=dict)
    encoder: Encoder | None = None

    async def for_flow(self, flow: Flow) -> Engines:
        """The same engines for every flow."""
        return self


class EngineSource(Protocol):
    """Knows which engines serve the calls of a flow."""

    async def for_flow(self, flow: Flow) -> Engines: ...
