"""Counters and a few measures of this process, in the plain text that Prometheus and people read."""

from __future__ import annotations

from collections import deque
from typing import Final

KEEP: Final = 1000
"""Measures kept of each kind: the quantiles are over the latest ones."""


class Metrics:
    """Names are ours and few; none carries anything personal."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {}
        self._measures: dict[str, deque[float]] = {}

    def add(self, name: str, by: int = 1, **of: str) -> None:
        """`of`: what it is counted apart by, such as the kind of a source: few values, all of them ours."""
        counts = self._counts.setdefault(name, {})
        label = ",".join(f'{key}="{value}"' for key, value in sorted(of.items()))
        counts[label] = counts.get(label, 0) + by

    def observe(self, name: str, value: float) -> None:
        self._measures.setdefault(name, deque(maxlen=KEEP)).append(value)

    def count(self, name: str) -> int:
        """Of all kinds together."""
        return sum(self._counts.get(name, {}).values())

    def text(self, **gauges: float) -> str:
        """All of it. `gauges`: what holds at this moment, such as calls under way."""
        lines = []
        for name, value in sorted(gauges.items()):
            lines += [f"# TYPE leadline_{name} gauge", f"leadline_{name} {value:g}"]
        for name, counts in sorted(self._counts.items()):
            lines.append(f"# TYPE leadline_{name}_total counter")
            lines += [
                f"leadline_{name}_total{{{label}}} {count}" if label else f"leadline_{name}_total {count}"
                for label, count in sorted(counts.items())
            ]
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
