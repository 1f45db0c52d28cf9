"""Undo and redo of one window's own edits. Pure: what to send to take an edit back is what the engine said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from ui.records import Json
from ui.resources.drafts import Step

DEPTH: Final = 500
TOGETHER: Final = timedelta(seconds=20)
"""Saves of one text this close together were one piece of typing: they are taken back at once."""


@dataclass(frozen=True, slots=True)
class Done:
    """`back`: the steps that take it back. `field`: the place it set, if that was all it did."""

    label: str
    back: tuple[Step, ...]
    at: datetime
    field: tuple[Json, ...] | None = None


@dataclass
class Past:
    _undo: list[Done] = field(default_factory=list)
    _redo: list[Done] = field(default_factory=list)

    @property
    def undoable(self) -> Done | None:
        return self._undo[-1] if self._undo else None

    @property
    def redoable(self) -> Done | None:
        return self._redo[-1] if self._redo else None

    def undo(self) -> Done | None:
        """The next to take back; it is taken off the pile."""
        return self._undo.pop() if self._undo else None

    def redo(self) -> Done | None:
        return self._redo.pop() if self._redo else None

    def __len__(self) -> int:
        return len(self._undo)

    def made(
        self,
        role: Literal["new", "undo", "redo"],
        label: str,
        steps: Sequence[Step],
        back: Sequence[Step],
        at: datetime,
    ) -> None:
        """The engine confirmed an edit (`steps`) that is taken back by `back`."""
        if not back:
            return
        done = Done(label, tuple(back), at, _field(steps) if role == "new" else None)
        match role:
            case "undo":
                self._redo.append(done)
            case "redo":
                self._undo.append(done)
            case "new":
                self._redo.clear()
                self._add(done)
        del self._undo[:-DEPTH]

    def _add(self, done: Done) -> None:
        last = self.undoable
        if last is None or done.field is None or last.field != done.field or done.at - last.at > TOGETHER:
            self._undo.append(done)
            return
        expected = done.back[0].get("was")
        first = last.back[0]
        joined: Step = {**first, "was": expected} if first.get("do") == "put" else first
        self._undo[-1] = Done(done.label, (joined,), done.at, done.field)


def guarded(steps: Sequence[Step], inverse: Sequence[Step]) -> tuple[Step, ...]:
    """The inverse, which sets a field back only if it still holds what `steps` wrote: what somebody else wrote there
    meanwhile is a choice, never a silent loss."""
    written = [step for step in steps if step.get("do") in ("put", "remove")]
    guarded: list[Step] = []
    for step in inverse:
        place = next((n for n in reversed(range(len(written))) if written[n].get("path") == step.get("path")), None)
        if step.get("do") != "put" or place is None:
            guarded.append(step)
            continue
        guarded.append({**step, "was": written.pop(place).get("value")})
    return tuple(guarded)


def _field(steps: Sequence[Step]) -> tuple[Json, ...] | None:
    if len(steps) != 1 or steps[0].get("do") != "put":
        return None
    path = steps[0].get("path")
    return tuple(path) if isinstance(path, list) and path else None
