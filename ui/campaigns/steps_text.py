"""One attempt after the first, as it is picked: so many minutes or hours later, or on a later day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ui.records import Json

Unit = Literal["minutes", "hours", "day"]
UNITS: Final[tuple[Unit, ...]] = ("minutes", "hours", "day")


@dataclass(frozen=True, slots=True)
class Picked:
    """`count`: minutes or hours after the attempt before, or the day after the first attempt. `at`: time of that day,
    empty for another hour than before."""

    unit: Unit
    count: int
    at: str = ""


def picked(step: Json) -> Picked | None:
    """None for a step that is neither the one nor the other."""
    if not isinstance(step, dict):
        return None
    after, day, at = step.get("after_min"), step.get("day"), step.get("at") or ""
    if _count(day) and after is None and isinstance(at, str):
        return Picked("day", int(str(day)), at)
    if _count(after) and day is None and not at:
        minutes = int(str(after))
        return Picked("minutes", minutes) if minutes % 60 else Picked("hours", minutes // 60)
    return None


def step(wanted: Picked, before: Json) -> Json:
    """As the document has it; what a newer Leadline wrote into it stays."""
    kept = {
        name: value for name, value in (before.items() if isinstance(before, dict) else ()) if name not in _OURS
    }  # fmt: skip
    if wanted.unit == "day":
        return {**kept, "after_min": None, "day": wanted.count, "at": wanted.at}
    minutes = wanted.count * (60 if wanted.unit == "hours" else 1)
    return {**kept, "after_min": minutes, "day": None, "at": ""}


def of_unit(unit: Unit, now: Picked) -> Picked:
    """What stands there when somebody chooses another unit."""
    if unit == now.unit:
        return now
    minutes = now.count if now.unit == "minutes" else now.count * 60
    match unit:
        case "minutes":
            return Picked(unit, 120 if now.unit == "day" else minutes)
        case "hours":
            return Picked(unit, 2 if now.unit == "day" else max(1, round(minutes / 60)))
        case "day":
            return Picked(unit, 1)


def next_step(steps: list[Json]) -> Json:
    """What is added: two days after the last day that is planned."""
    days = [int(str(each["day"])) for each in steps if isinstance(each, dict) and _count(each.get("day"))]
    return step(Picked("day", max(days) + 2 if days else 1), None)


_OURS: Final = frozenset({"after_min", "day", "at"})


def _count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
