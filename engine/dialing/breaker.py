"""Whether the carrier is asked at all: not while every request fails. Leads stay due meanwhile. Pure.

closed ──five failures in a row, or one that a person has to mend──> open ──a rest──> one call on trial
   └──────────────────────── it is taken ────────────────────────────────────────────────┘
"""

from __future__ import annotations

from typing import Final

FAILURES: Final = 5.0
BUSY_COUNTS: Final = 0.5
"""A 429 is a failure by half: some are expected in a burst, ten in a row are a storm."""

REST_S: Final = 15.0
LONGEST_REST_S: Final = 240.0
"""The first rest; each failed trial doubles it up to the longest."""

LASTING_REST_S: Final = 60.0
"""Where a person has to change something first, such as the account's key."""

TRIAL_S: Final = 90.0
"""A trial of which nothing was heard for so long is over."""


class CarrierBreaker:
    """One for a process. Times are seconds on one clock."""

    def __init__(self) -> None:
        self._points = 0.0
        self._rest_s = REST_S
        self._until = float("-inf")
        self._on_trial_since: float | None = None
        self._why = ""
        self.opened = 0

    def room(self, now: float) -> int | None:
        """How many calls may be begun: None for as many as anybody likes."""
        if not self._why:
            return None
        if now < self._until:
            return 0
        trial = self._on_trial_since
        return 1 if trial is None or now - trial > TRIAL_S else 0

    @property
    def why(self) -> str:
        """Why calls are held back, for people; empty if they are not."""
        return self._why

    def begun(self, now: float) -> None:
        """A call is claimed to be placed."""
        if self._why:
            self._on_trial_since = now

    def worked(self) -> None:
        """The carrier took a call, or refused this one for what it is."""
        self._points, self._rest_s, self._why, self._on_trial_since = 0.0, REST_S, "", None

    def failed(self, now: float, why: str, *, busy: bool = False, lasting: bool = False) -> None:
        """A request failed. `busy`: too many requests. `lasting`: until a person mends something."""
        if self._why and now < self._until:
            return  # of a request that was under way when the rest began
        self._points += BUSY_COUNTS if busy else 1.0
        if not lasting and not self._why and self._points < FAILURES:
            return
        rest_s = max(self._rest_s, LASTING_REST_S) if lasting else self._rest_s
        self._rest_s = min(2 * self._rest_s, LONGEST_REST_S)
        self._until, self._points, self._on_trial_since = now + rest_s, 0.0, None
        self._why = f"The carrier does not take calls: {why}"
        self.opened += 1
