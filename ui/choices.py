"""What becomes of an edit when somebody else changed the same thing meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ui.records import Json
from ui.resources.drafts import Clash, Step

Choice = Literal["mine", "theirs", "both"]


def choices(clash: Clash, can_restore: bool) -> tuple[Choice, ...]:
    """What can be chosen. `can_restore`: what was removed can be brought back."""
    if clash.kind == "gone":
        return ("mine", "theirs") if can_restore else ("theirs",)
    return ("mine", "theirs", "both") if joined(clash.theirs, clash.yours) is not None else ("mine", "theirs")


def joined(theirs: Json, yours: Json) -> Json:
    """Both, where it is text or a list of texts; None otherwise."""
    if isinstance(theirs, str) and isinstance(yours, str) and theirs.strip() and yours.strip():
        gap = "\n\n" if "\n" in theirs or "\n" in yours else " "
        return f"{theirs.rstrip()}{gap}{yours.lstrip()}"
    if isinstance(theirs, list) and isinstance(yours, list):
        return [*theirs, *(each for each in yours if each not in theirs)]
    return None


def chosen_steps(steps: Sequence[Step], clash: Clash, choice: Choice, restore: Sequence[Step] = ()) -> tuple[Step, ...]:
    """The edit's steps after the choice; none when nothing is left to do. `restore`: brings back what was removed."""
    kept: list[Step] = list(restore) if choice == "mine" and clash.kind == "gone" else []
    for step in steps:
        if step.get("path") != list(clash.path):
            kept.append(step)
        elif choice == "mine":
            kept.append({**step, "was": clash.theirs} if clash.kind == "changed" else _unguarded(step))
        elif choice == "both":
            kept.append({**step, "value": joined(clash.theirs, clash.yours), "was": clash.theirs})
    return tuple(kept)


def _unguarded(step: Step) -> Step:
    return {name: value for name, value in step.items() if name != "was"}
