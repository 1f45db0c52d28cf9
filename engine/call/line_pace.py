"""When a line made ahead may be asked for, and which flows come first. Pure: time is an argument.

Lines made ahead share the provider's quota with the calls (Google: 200 requests a minute for a project), and nobody
waits for them: they take what no call would miss.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

EVERY_S: Final = 1.0
"""60 requests a minute of the 200, as long as nobody is on the phone."""

EVERY_IN_CALLS_S: Final = 4.0
"""15 a minute beside calls: about what one more call would take."""

PUBLISHED_NOW, CALLED, OTHERS = range(3)
"""Ranks, the first to be made first. `CALLED`: the default flow, flows of our numbers and of the last calls."""


class LinePace:
    """Times are seconds on one clock."""

    def __init__(self) -> None:
        self._free_at = float("-inf")

    def wait_s(self, now: float) -> float:
        """How long the next request has to wait; 0 if it may go now."""
        return max(0.0, self._free_at - now)

    def asked(self, now: float, calls: int) -> None:
        """A request goes out. `calls`: how many are under way here."""
        self._free_at = now + (EVERY_IN_CALLS_S if calls else EVERY_S)


def rank(flow_id: str, called: Collection[str]) -> int:
    """The rank of a flow that was published earlier. `called`: flows that calls are to be expected with."""
    return CALLED if flow_id in called else OTHERS
