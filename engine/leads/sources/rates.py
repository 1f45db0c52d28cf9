"""How many leads somebody may send, as buckets of tokens: full at first, filled evenly, one token a lead. Pure."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

KEPT: Final = 20_000
"""Buckets remembered; the one that was not used for longest is forgotten first, and counts as full again."""


class Buckets:
    """Seconds throughout, of a clock that never goes back."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, per_minute: int, now: float) -> float:
        """0 if there was a token; else the seconds until there will be one. A bucket holds what a minute brings."""
        left, since = self._left.pop(key, (float(per_minute), now))
        left = min(float(per_minute), left + (now - since) * per_minute / 60)
        wait = 0.0 if left >= 1 else (1 - left) * 60 / per_minute
        self._left[key] = (left if wait else left - 1), now
        while len(self._left) > self._kept:
            self._left.popitem(last=False)
        return wait
