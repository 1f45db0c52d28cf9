"""What an emulator is told to do wrong, and when: one plan an emulator, changed while it runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal["refuse", "delay", "stall", "cut", "corrupt", "rate_limit"]
"""`refuse`: an error instead of an answer. `delay`: everything comes `seconds` later. `stall`: after the first piece
nothing comes any more. `cut`: the connection breaks after the first piece. `corrupt`: the answer is damaged.
`rate_limit`: the vendor's own word for too many requests."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`skip`: requests or streams that pass unharmed first. `times`: how many are hit then, None for all.

    `error`: which of the vendor's errors a refusal is (`UNAVAILABLE`, `UNAUTHENTICATED`, `NOT_FOUND` ...).
    """

    kind: FaultKind
    seconds: float = 0.0
    skip: int = 0
    times: int | None = None
    error: str = "UNAVAILABLE"
    message: str = ""


@dataclass
class FaultPlan:
    """`hits`: how often a fault was really played; a test that counts on one asserts on it. `changed` is set anew with
    each `set` or `clear`: a stream that is under way can wait for it (a fault in the middle of a turn)."""

    hits: int = 0
    _fault: Fault | None = None
    _passed: int = 0
    _hit: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def set(self, fault: Fault) -> None:
        self._fault, self._passed, self._hit = fault, 0, 0
        self._tell()

    def clear(self) -> None:
        self._fault = None
        self._tell()

    @property
    def standing(self) -> Fault | None:
        """The fault that stands now, without counting anything."""
        return self._fault

    def strike(self) -> Fault | None:
        """Asked once by each request or stream as it begins: the fault it is to play, if any."""
        fault = self._fault
        if fault is None:
            return None
        self._passed += 1
        if self._passed <= fault.skip or (fault.times is not None and self._hit >= fault.times):
            return None
        self._hit += 1
        self.hits += 1
        return fault

    def _tell(self) -> None:
        told, self.changed = self.changed, asyncio.Event()
        told.set()
