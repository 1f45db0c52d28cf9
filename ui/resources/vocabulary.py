"""What the engine brings to every flow: its own wording, and behaviours of callers that it notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine


@dataclass(frozen=True, slots=True)
class Wording:
    """`standard`: what is said if the flow says nothing else. `fills`: placeholders in it."""

    name: str
    standard: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`required`: a flow must have a reflex for it."""

    trigger: str
    examples: tuple[str, ...] = ()
    not_examples: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`behaviours`: the weightiest first."""

    wordings: tuple[Wording, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()

    def behaviour(self, trigger: str) -> Behaviour:
        return next((each for each in self.behaviours if each.trigger == trigger), Behaviour(trigger))


_VOCABULARY: Final = TypeAdapter(Vocabulary)


def vocabulary(engine: Engine) -> Vocabulary:
    """Raises `EngineTrouble`."""
    return engine.get(_VOCABULARY, "/vocabulary")
