"""What the engine goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine


@dataclass(frozen=True, slots=True)
class Setting:
    """`value`: empty for a secret. `chosen`: somebody set it, it is not the default."""

    variable: str
    value: str = ""
    chosen: bool = False
    secret: bool = False
    description: str = ""


_SETTINGS: Final = TypeAdapter(tuple[Setting, ...])


def settings(engine: Engine) -> tuple[Setting, ...]:
    return engine.get(_SETTINGS, "/settings")
