"""Node types of the installation: what cards there are to build with, and packages that could not be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine
from ui.records import CardTypes, Json

_RAW: Final = TypeAdapter(dict[str, Json])
_TYPES: Final = TypeAdapter(CardTypes)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`raw`: as the engine told it, for the canvas."""

    raw: dict[str, Json]
    types: CardTypes


def catalogue(engine: Engine) -> Catalogue:
    """Raises `EngineTrouble`."""
    raw = engine.get(_RAW, "/nodes")
    return Catalogue(raw, _TYPES.validate_python(raw))


NONE: Final = Catalogue({"nodes": [], "broken": []}, CardTypes())
"""What is known of an engine that does not answer."""
