"""The four primitive steps of an edit on a copy of a document: what was typed is shown before it is saved. Pure.

The engine decides; this only looks ahead (the same vectors hold it: tests/flow/edit_vectors.json). A step that fits
nowhere is passed over: the engine will say what is the matter when it gets it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ui.forms.binding import at, place_of
from ui.records import Json
from ui.resources.drafts import Place, Step

PRIMITIVE: Final = frozenset({"put", "remove", "insert", "move"})


def primitive(steps: Iterable[Step]) -> bool:
    """Whether all of them can be looked ahead at; gestures are expanded by the engine."""
    return all(step.get("do") in PRIMITIVE for step in steps)


def ahead(data: Mapping[str, Json], steps: Iterable[Step]) -> dict[str, Json]:
    """The document with `steps` taken; `data` stays as it is."""
    whole = copy.deepcopy(dict(data))
    for step in steps:
        path = _path(step)
        if not path:
            value = step.get("value")
            whole = copy.deepcopy(value) if step.get("do") == "put" and isinstance(value, dict) else whole
            continue
        holder = at(whole, path[:-1])
        if isinstance(holder, dict):
            _in_fields(holder, path[-1], step)
        elif isinstance(holder, list):
            _in_list(holder, path[-1], step)
    return whole


def _in_fields(holder: dict[str, Json], name: Place, step: Step) -> None:
    if not isinstance(name, str):
        return
    match step.get("do"):
        case "put" if name in holder:
            holder[name] = copy.deepcopy(step.get("value"))
        case "put":
            _put_before(holder, name, copy.deepcopy(step.get("value")), step.get("before"))
        case "remove":
            holder.pop(name, None)
        case "insert":
            things = holder.setdefault(name, [])
            if isinstance(things, list):
                _insert(things, step)


def _in_list(holder: list[Json], name: Place, step: Step) -> None:
    place = _place_of(holder, name)
    if place is None:
        return
    match step.get("do"):
        case "put":
            holder[place] = copy.deepcopy(step.get("value"))
        case "remove":
            holder.pop(place)
        case "insert":
            things = holder[place]
            if isinstance(things, list):
                _insert(things, step)
        case "move" if step.get("before") != name:
            _move(holder, place, step.get("before"))


def _insert(things: list[Json], step: Step) -> None:
    value = step.get("value")
    place = _place_of(things, step.get("before"))
    things.insert(len(things) if place is None else place, copy.deepcopy(value))


def _move(things: list[Json], place: int, before: Json) -> None:
    thing = things.pop(place)
    if isinstance(before, int):
        target: int | None = min(max(before - (before > place), 0), len(things))
    else:
        target = _place_of(things, before)
    things.insert(len(things) if target is None else target, thing)


def _put_before(holder: dict[str, Json], name: str, value: Json, before: Json) -> None:
    names = list(holder)
    after = names[names.index(before) :] if isinstance(before, str) and before in holder else []
    moved = {each: holder.pop(each) for each in after}
    holder[name] = value
    holder.update(moved)


def _place_of(things: Sequence[Json], part: Json) -> int | None:
    return place_of(things, part) if isinstance(part, str | int) and not isinstance(part, bool) else None


def _path(step: Step) -> tuple[Place, ...]:
    path = step.get("path")
    return tuple(part for part in path if isinstance(part, str | int)) if isinstance(path, list) else ()
