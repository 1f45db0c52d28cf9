"""The matrix: its cells, and what counts as a call that ended properly. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

Provider = Literal["vonage", "speech", "voice", "gemini"]
How = Literal["refuse", "slow", "stall", "cut", "corrupt", "rate_limit"]
Moment = Literal["start", "mid_turn", "mid_booking"]

SILENCE_AT_MOST_S: Final = 3.0
AUDIBLE: Final = 1000
RATE: Final = 16_000
_BLOCK: Final = 320

BROKEN: Final = frozenset({"", "failed", "failure"})
"""Dispositions of a call that was picked up and then broke down, or of which nobody knows how it ended."""


@dataclass(frozen=True, slots=True)
class Cell:
    provider: Provider
    how: How
    moment: Moment

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.how}:{self.moment}"


CELLS: Final = tuple(
    Cell(provider, how, moment)
    for provider, how, moment in product(get_args(Provider), get_args(How), get_args(Moment))
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell's call. `struck`: how often the fault was really played. `noted`: what the journal says of
    it. `silence_s`: the longest on the line, in which nobody spoke. `rang`: whether the phone did."""

    cell: Cell
    rang: bool
    state: str
    disposition: str
    problem: str
    silence_s: float
    struck: int
    noted: tuple[str, ...]
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        """Why this is no orderly end; empty if it is one."""
        found = []
        if self.state not in ("finished", "failed"):
            found.append(f"the call is still {self.state or 'nowhere'}")
        if self.rang and self.disposition in BROKEN:
            found.append(f"it ended as '{self.disposition}'")
        if self.rang and self.silence_s > SILENCE_AT_MOST_S:
            found.append(f"{self.silence_s:.1f} s of silence")
        if not self.struck:
            found.append("the fault never struck")
        if not self.noted and not self.problem:
            found.append("the journal says nothing of it")
        return found

    @property
    def ok(self) -> bool:
        return not self.faults


def chosen(only: Sequence[str]) -> list[Cell]:
    """Cells whose name has all parts of one of `only` (`voice`, `voice:cut`, `cut`); all without any.

    Raises ValueError for a word that no cell knows.
    """
    known = {part for cell in CELLS for part in cell.name.split(":")}
    wishes = [tuple(each.split(":")) for each in only]
    for part in (part for wish in wishes for part in wish if part not in known):
        raise ValueError(
            f"'{part}' is neither a provider nor a fault nor a moment. Known are: {', '.join(sorted(known))}."
        )
    if not wishes:
        return list(CELLS)
    return [cell for cell in CELLS if any(set(wish) <= set(cell.name.split(":")) for wish in wishes)]


def longest_silence(left: npt.NDArray[np.int16], right: npt.NDArray[np.int16]) -> float:
    """Seconds of the longest stretch of a tape in which neither side was heard, from its beginning to its end."""
    length = min(len(left), len(right)) // _BLOCK * _BLOCK
    if not length:
        return 0.0
    both = np.maximum(np.abs(left[:length].astype(np.int32)), np.abs(right[:length].astype(np.int32)))
    loud = both.reshape(-1, _BLOCK).max(axis=1) >= AUDIBLE
    edges = np.flatnonzero(np.concatenate(([True], loud, [True])))
    return float(np.diff(edges).max() - 1) * _BLOCK / RATE
