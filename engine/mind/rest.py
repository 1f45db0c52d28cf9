"""When a model that fails is left alone for a while, and when it is tried again. Pure: time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.provider_problem import ProviderProblem

FAILURES: Final = 3
"""In a row, after which a model rests: one bad answer is chance, three in a row are a state."""

FIRST_REST_S: Final = 20.0
LONGEST_REST_S: Final = 300.0
"""Each rest is twice as long as the one before, up to this: also how long a wrong key is not tried again."""

LONGEST_QUOTA_REST_S: Final = 900.0


@dataclass
class Rest:
    """The state of one model. After its rest one failure is enough for the next."""

    until: float = 0.0
    failures: int = 0
    last_s: float = 0.0

    def resting(self, now: float) -> bool:
        return now < self.until

    def succeeded(self) -> None:
        self.failures, self.last_s, self.until = 0, 0.0, 0.0

    def failed(self, problem: ProviderProblem | None, retry_after_s: float | None, now: float) -> float:
        """Note a failure. Gives the seconds that the model rests from now, 0 if it does not."""
        self.failures += 1
        lasting = problem is not None and not problem.passing
        if retry_after_s is not None:
            rest = min(retry_after_s, LONGEST_QUOTA_REST_S)
        elif lasting:
            rest = LONGEST_REST_S
        elif self.failures >= FAILURES:
            rest = min(2 * self.last_s or FIRST_REST_S, LONGEST_REST_S)
            self.last_s = rest
        else:
            return 0.0
        self.until = max(self.until, now + rest)
        return self.until - now
