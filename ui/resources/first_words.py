"""How many people waited too long for our first word, by campaign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine


@dataclass(frozen=True, slots=True)
class Punctuality:
    """`verdict`: `fine`, `alarm` or `broken` (more late ones than the law allows). `share`: of late ones."""

    name: str
    answered: int
    late: int
    share: float
    verdict: str
    campaign_id: str | None = None


@dataclass(frozen=True, slots=True)
class FirstWords:
    days: int
    allowed: float
    campaigns: tuple[Punctuality, ...] = ()

    @property
    def alarms(self) -> tuple[Punctuality, ...]:
        return tuple(each for each in self.campaigns if each.verdict != "fine")


_FIGURES: Final = TypeAdapter(FirstWords)


def first_words(engine: Engine) -> FirstWords:
    """Raises `EngineTrouble`."""
    return engine.get(_FIGURES, "/figures/first-words")
