"""The ladder of upgrade steps, and the promise that no step loses a card or an edge unseen."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.flow.model import FORMAT_VERSION
from engine.sdk import Json

Step = Callable[[dict[str, Json]], tuple[dict[str, Json], tuple[str, ...]]]
"""Takes a document of its version; answers that of the next one and what was changed, in plain sentences."""

STEPS: Final[Mapping[int, Step]] = {}
"""The step that leads away from each version. Empty as long as there is only one format."""


class UpgradeBroken(Exception):
    """A step is missing or has lost parts of the flow: a fault of Leadline, not of the document."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    data: dict[str, Json]
    changes: tuple[str, ...] = ()


def upgrade(
    data: dict[str, Json], from_version: int, steps: Mapping[int, Step] = STEPS, to: int = FORMAT_VERSION
) -> Upgraded:
    """Climb from `from_version` to `to`; `data` itself is left alone. Raises `UpgradeBroken`."""
    changes: list[str] = []
    for version in range(from_version, to):
        step = steps.get(version)
        if step is None:
            raise UpgradeBroken(f"No step leads from format {version} to {version + 1}.")
        after, told = step(copy.deepcopy(data))
        after["format_version"] = version + 1
        for part in ("nodes", "edges", "slots"):
            lost = _count(data, part) - _count(after, part)
            if lost > 0 and not told:
                raise UpgradeBroken(f"The step from format {version} lost {lost} of the {part} without saying why.")
        data = after
        changes.extend(told)
    return Upgraded(data, tuple(changes))


def _count(data: dict[str, Json], part: str) -> int:
    found = data.get(part)
    return len(found) if isinstance(found, list) else 0
