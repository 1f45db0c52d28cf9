"""Counters and a few measures of this process, in the plain text that Prometheus and people read."""

from __future__ import annotations

from collections import deque
from typing import Final

KEEP: Final = 1000
"""Measures kept of each kind: the quantiles are over the latest ones."""


class Metrics:
    """Names are ours and few; none carries anything personal."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._measures: dict[str, deque[float]] = {}

    def add(self, name: str, by: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + by

    def observe(self, name: str, value: float) -> None:
        self._measures.setdefault(name, deque(maxlen=KEEP)).append(value)

    def count(self, name: str) -> int:
        return self._counts.get(name, 0)

    def text(self, **gauges: float) -> str:
        """All of it. `gauges`: what holds at this moment, such as calls under way."""
        lines = []
        for name, value in sorted(gauges.items()):
            lines += [f"# TYPE leadline_{name} gauge", f"leadline_{name} {value:g}"]
        for name, count in sorted(self._counts.items()):
            lines += [f"# TYPE leadline_{name}_total counter", f"leadline_{name}_total {count}"]
        for name, values in sorted(self._measures.items()):
            ordered = sorted(values)
            lines.append(f"# TYPE leadline_{name} summary")
            for share in (0.5, 0.95):
                place = min(len(ordered) - 1, int(share * len(ordered)))
                lines.append(f'leadline_{name}{{quantile="{share}"}} {ordered[place]:g}')
            lines.append(f"leadline_{name}_count {len(ordered)}")
        return "\n".join(lines) + "\n"


METRICS: Final = Metrics()
"""Those of this process."""
