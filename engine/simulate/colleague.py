"""A colleague in a call that is played in text: their phone rings, and they take the call or nobody does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.sdk import TransferOutcome, TransferRequest, TransferState
from engine.sdk.transfer import over

TAKES_IT_AFTER_S: Final = 5.0
"""Ringing, and listening to who is calling."""


@dataclass
class TextTransfers:
    """Implements `engine.call.context.Transfers`. `available`: whether somebody takes the call. `now`: seconds on the
    call's clock."""

    available: bool
    now: Callable[[], float]
    request: TransferRequest | None = None
    begun_at: float = 0.0
    outcome: TransferOutcome | None = None

    @property
    def state(self) -> TransferState | None:
        if self.request is None:
            return None
        if self.outcome is None and self.now() - self.begun_at >= self._rings_for:
            if self.available and self.request.mode == "warm":
                return TransferState("accepted")
            self.outcome = TransferOutcome("answered" if self.available else "no_answer")
        return TransferState("ringing") if self.outcome is None else over(self.outcome.result, self.outcome.code)

    @property
    def _rings_for(self) -> float:
        return TAKES_IT_AFTER_S if self.available or self.request is None else float(self.request.ring_s)

    def begin(self, request: TransferRequest) -> TransferState:
        if self.request is None or self.outcome is not None:
            self.request, self.begun_at, self.outcome = request, self.now(), None
        return self.state or TransferState("ringing")

    async def put_through(self) -> TransferOutcome:
        self.outcome = self.outcome or TransferOutcome("answered")
        return self.outcome

    def call_off(self) -> TransferOutcome:
        self.outcome = self.outcome or TransferOutcome("failed", "called_off")
        return self.outcome
