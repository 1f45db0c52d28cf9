"""Whether the open card waits for something outside, such as a colleague's phone."""

from __future__ import annotations

from engine.call.context import Transfers


class Waiting:
    """One call's. `patience_s`: the card wants to be told after so much silence; None: nothing is waited for."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers
        self.patience_s: float | None = None

    def __bool__(self) -> bool:
        return self.patience_s is not None

    def arrived(self, patience_s: float | None) -> None:
        """A card was come to. If nobody waits for a transfer any more, the dialling stops; one that is over stays as
        it is."""
        self.patience_s = patience_s
        state = self._transfers.state
        if patience_s is None and state is not None and state.outcome is None:
            self._transfers.call_off()

    def over(self) -> None:
        """The call closes."""
        self.arrived(None)

    @property
    def result_known(self) -> bool:
        """Whether what was waited for has come to its end."""
        state = self._transfers.state
        return state is not None and state.outcome is not None

    @property
    def put_through(self) -> bool:
        """Whether caller and colleague were joined."""
        state = self._transfers.state
        return state is not None and state.outcome is not None and state.outcome.result == "answered"
