"""The faults of the matrix, put to work on the emulators and on the network."""

from __future__ import annotations

from typing import Final

from engine.simulate.network import LoopbackNetwork
from engine.simulate.network.far_end import MediaLeg
from tests.degradation.cells import Cell
from tests.degradation.house import Visit
from tests.emulators.faults import Fault, FaultPlan

SLOW_S: Final = 4.0
"""Slower than any caller would wait."""

FAULTS: Final = {
    "refuse": Fault("refuse"),
    "slow": Fault("delay", seconds=SLOW_S),
    "stall": Fault("stall"),
    "cut": Fault("cut"),
    "corrupt": Fault("corrupt"),
    "rate_limit": Fault("rate_limit"),
}


AT_THE_CARRIER: Final = {"refuse": Fault("refuse", error="UNAUTHENTICATED"), "rate_limit": Fault("rate_limit", times=4)}
"""At the start of a call the carrier refuses for good; and too many requests are over after a few."""


class Trouble:
    """The fault of one cell. It lasts to the end of the call; of a media socket, to its own end.

    The carrier fails in two places: its REST side (from the start), and the media socket of a call that is held. There
    `stall`, `cut` and `corrupt` befall the sound; the others only REST, which ends calls.
    """

    def __init__(self, cell: Cell, visit: Visit, network: LoopbackNetwork) -> None:
        self._cell = cell
        self._visit = visit
        self._network = network
        self._plan = self._plan_of(cell)
        self._leg: MediaLeg | None = None

    @property
    def struck(self) -> int:
        return self._plan.hits + (self._leg.struck if self._leg is not None else 0)

    @property
    def final(self) -> bool:
        """Whether no phone will ring any more."""
        return self._cell.name == "vonage:refuse:start" and bool(self.struck)

    def begin(self) -> None:
        call = next((each for each in self._network.calls if each.to == self._visit.number), None)
        if self._cell.provider != "vonage" or call is None or self._cell.how not in ("stall", "cut", "corrupt"):
            carrier = self._cell.provider == "vonage" and self._cell.moment == "start"
            fault = FAULTS[self._cell.how]
            self._plan.set(AT_THE_CARRIER.get(self._cell.how, fault) if carrier else fault)
            return
        assert isinstance(call.far_end, MediaLeg)
        self._leg = call.far_end
        match self._cell.how:
            case "cut":
                self._leg.struck = 1
                call.drop_media()
            case "stall" | "corrupt" as how:
                self._leg.fault = how

    def end(self) -> None:
        self._plan.clear()

    def _plan_of(self, cell: Cell) -> FaultPlan:
        if cell.provider == "vonage":
            self._network.rest_faults = plan = FaultPlan()
            return plan
        emulator = self._visit.trio.named(cell.provider)
        assert emulator is not None
        return emulator.faults
