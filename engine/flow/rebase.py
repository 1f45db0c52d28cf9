"""Edits that were made on an older draft, brought onto the newest one: nobody's work is overwritten unseen. Pure.

The rule: an edit may not change or take away what somebody else has changed since its author last looked. A `put`
says by its `was` what the author saw (`engine.flow.edits`); for all others the edits since then are looked at. Where
cards lie is nobody's work: the last one who moves a card moves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.flow.edits import EditConflict, Insert, Move, Place, Put, Remove, Step, apply, at
from engine.flow.gestures import Thing, Wanted, expand
from engine.flow.text import equal
from engine.sdk import Json
from engine.sdk.registry import NodeTypes

Path = tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class WantedEdit:
    """`id`: the client's own."""

    id: str
    wanted: Sequence[Wanted]


@dataclass(frozen=True, slots=True)
class OtherEdit:
    """An edit of somebody else since the author looked."""

    by: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class MadeEdit:
    """An edit that fits. `inverse` puts back only what the edit itself has written: where somebody has changed it
    again since, undoing it is a conflict."""

    id: str
    steps: tuple[Step, ...]
    inverse: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two people wanted different things at `path`. `kind`: changed, or gone (its place is not there any more). `was`:
    what the author saw, `theirs` what stands there now, `yours` what the author wanted; None for nothing. `other`:
    place of the newest edit at fault among the others, None if that is not known."""

    edit: str
    path: Path
    kind: Literal["changed", "gone"]
    was: Json
    theirs: Json
    yours: Json
    other: int | None


@dataclass(frozen=True, slots=True)
class Rebased:
    """`data`: the document with all edits; with conflicts it is not to be used."""

    data: Thing
    edits: tuple[MadeEdit, ...]
    conflicts: tuple[Conflict, ...]


def rebase(data: Thing, edits: Iterable[WantedEdit], others: Sequence[OtherEdit], types: NodeTypes) -> Rebased:
    """`data`: the newest document, with the edits of the `others` in it. Raises `EditRefused`."""
    now, made, conflicts = data, list[MadeEdit](), list[Conflict]()
    written = [(place, path) for place, other in enumerate(others) for path in _written(other.steps)]
    for edit in edits:
        before, steps, undo = now, list[Step](), list[Step]()
        found: list[Conflict] = []
        for wanted in edit.wanted:
            # What a gesture expects was read off the newest draft, which its author may not have seen.
            seen = isinstance(wanted, Put) and wanted.expects
            for step in expand(now, wanted, types):
                clash = None if seen else _overwrites(now, edit.id, step, written)
                if clash is not None:
                    found.append(clash)
                    continue
                try:
                    applied = apply(now, [step])
                except EditConflict as conflict:
                    found.append(_conflict(edit.id, conflict, written))
                    continue
                now = applied.data
                steps.append(step)
                undo[:0] = applied.inverse
        # What hangs on an edit that is not there yet is no conflict of its own.
        conflicts += [each for each in found if not (conflicts and each.kind == "gone")]
        if found:
            now = before
        else:
            made.append(MadeEdit(edit.id, tuple(steps), guarded(now, undo)))
    return Rebased(now, tuple(made), tuple(conflicts))


def guarded(data: Thing, inverse: Sequence[Step]) -> tuple[Step, ...]:
    """`inverse` with what each field holds on `data` when its turn comes, so that undoing overwrites nobody."""
    now, steps = data, list[Step]()
    for each in inverse:
        step = each
        if isinstance(each, Put) and each.path:
            try:
                there = at(now, each.path)
            except KeyError:
                there = None
            step = Put.model_validate({**each.model_dump(exclude_unset=True), "was": there})
        now = apply(now, [step]).data
        steps.append(step)
    return tuple(steps)


def _written(steps: Iterable[Step]) -> Iterator[Path]:
    """Where steps have left something. The order of a list and the places of cards are nobody's text."""
    for step in steps:
        match step:
            case Insert():
                id = step.value.get("id") if isinstance(step.value, dict) else None
                path: Path = (*step.path, id) if isinstance(id, str) else step.path
            case Put() | Remove():
                path = step.path
            case Move():
                continue
        if path[:1] != ("layout",):
            yield named(path)


def named(path: Path) -> Path:
    """A path as far as it goes by names: what stands in a list by its place is as wide as the list."""
    for place, part in enumerate(path):
        if isinstance(part, int):
            return path[:place]
    return path


def overlap(one: Path, other: Path) -> bool:
    """Whether one of the two holds the other."""
    short = min(len(one), len(other))
    return one[:short] == other[:short]


def _overwrites(now: Thing, edit: str, step: Step, written: Sequence[tuple[int, Path]]) -> Conflict | None:
    """A step that says nothing of what its author saw, on something that others have changed since."""
    if isinstance(step, Insert | Move) or step.path[:1] == ("layout",):
        return None
    path = named(step.path)
    culprits = [place for place, other in written if overlap(path, other)]
    if not culprits:
        return None
    try:
        theirs = at(now, step.path)
    except KeyError:
        return None  # gone by now: the step itself knows whether that matters
    yours = step.value if isinstance(step, Put) else None
    if isinstance(step, Put) and equal(theirs, yours):
        return None
    return Conflict(edit, step.path, "changed", None, theirs, yours, culprits[-1])


def _conflict(edit: str, found: EditConflict, written: Sequence[tuple[int, Path]]) -> Conflict:
    step = found.step
    path = named(step.path)
    culprits = [place for place, other in written if overlap(path, other)]
    was = step.was if isinstance(step, Put) else None
    yours = step.value if isinstance(step, Put | Insert) else None
    return Conflict(edit, step.path, found.kind, was, found.current, yours, culprits[-1] if culprits else None)
