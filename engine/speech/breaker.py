"""Whether a service that has failed is asked again: not while it is surely or probably still broken. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

from engine.provider_problem import ProblemKind, ProviderProblem

FAILURES: Final = 3
WITHIN_S: Final = 30.0
"""So many failures in so short a time mean that the next request will fail too."""

REST_S: Final = 15.0
LONGEST_REST_S: Final = 240.0
"""The first rest; each failure right after a rest doubles it up to the longest."""

LASTING_REST_S: Final = 60.0
"""For what stays until a person changes something (a wrong key)."""


class Breaker:
    """One for each service. Times are seconds on one clock."""

    def __init__(self) -> None:
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._rest = REST_S
        self._until = float("-inf")
        self._on_trial = False

    def allows(self, now: float) -> bool:
        """Whether the service may be asked."""
        return now >= self._until

    def failed(self, now: float, problem: ProviderProblem) -> None:
        """A request failed."""
        if now < self._until:
            return  # of a request that was under way when the rest began
        self._failures.append(now)
        often = len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN_S
        if not problem.passing:
            self._pause(now, LASTING_REST_S)
        elif self._on_trial or often or problem.kind is ProblemKind.QUOTA:
            self._pause(now, self._rest)
            self._rest = min(2 * self._rest, LONGEST_REST_S)

    def worked(self, now: float) -> None:
        """A request was answered as it should be."""
        if now >= self._until:
            self._failures.clear()
            self._rest, self._on_trial = REST_S, False

    def _pause(self, now: float, rest_s: float) -> None:
        self._until = now + rest_s
        self._failures.clear()
        self._on_trial = True
