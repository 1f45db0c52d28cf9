"""Edits of a flow document: the one command layer of the builder. Pure, and on plain JSON values.

An edit is a list of steps. Four steps are primitive, each with an inverse that brings back the very document, the order
of names included:

    put     {"do": "put", "path": [...], "value": ..., "was": ..., "before": ...}    set a field or replace a thing
    remove  {"do": "remove", "path": [...]}                                          take a field or a thing away
    insert  {"do": "insert", "path": [list], "value": ..., "before": ...}            a new thing in a list
    move    {"do": "move", "path": [...], "before": ...}                             another place in its list

`path`: names, and for things in lists their id or their place: `["nodes", "opening", "settings", "goal"]`. `before`:
id, name or place of the neighbour that is to follow; None for the end. `was`: the value that the author saw; when
somebody has changed it meanwhile to something else again, the step is a conflict instead of a silent overwrite.

The gestures of the builder (`engine.flow.gestures`) are expanded into these. The canvas has the same four steps in
TypeScript; both are held to the vectors in tests/flow/edit_vectors.json.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from engine.flow.text import equal
from engine.sdk import Json

Place = str | int
MAX_STEPS: Final = 2000
"""Of one edit; a paste of the largest flow we ship has some hundred."""


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Put(_Step):
    """Set a field, or replace a thing of a list (its id stays). An empty path replaces the whole document."""

    do: Literal["put"] = "put"
    path: tuple[Place, ...]
    value: Json
    was: Json = None
    before: Place | None = None

    @property
    def expects(self) -> bool:
        """Whether the author said what they saw."""
        return "was" in self.model_fields_set


class Remove(_Step):
    """Take a field or a thing away. One that is gone already is no mistake: two people may tidy up the same thing."""

    do: Literal["remove"] = "remove"
    path: Annotated[tuple[Place, ...], Field(min_length=1)]


class Insert(_Step):
    """A new thing in the list at `path`; the list is made if its holder has none."""

    do: Literal["insert"] = "insert"
    path: Annotated[tuple[Place, ...], Field(min_length=1)]
    value: Json
    before: Place | None = None


class Move(_Step):
    """Another place for a thing in its list."""

    do: Literal["move"] = "move"
    path: Annotated[tuple[Place, ...], Field(min_length=2)]
    before: Place | None = None


Step: TypeAlias = Put | Remove | Insert | Move


AnyStep = Annotated[Step, Field(discriminator="do")]
"""A step as it comes over the wire."""


def wire(step: Step) -> dict[str, Json]:
    """A step as it goes over the wire and into the log: what was not said is left out."""
    sent: dict[str, Json] = {"do": step.do, **step.model_dump(mode="json", exclude_unset=True)}
    if sent.get("before", ...) is None:
        del sent["before"]
    return sent


class EditRefused(ValueError):
    """A step that no document could take. The message is for people."""


class EditConflict(Exception):
    """Somebody else was there first. `kind`: changed (the field holds another value than the author saw) or gone (its
    place is not there any more). `current`: what stands there now, None when gone; `step`: what was wanted."""

    def __init__(self, kind: Literal["changed", "gone"], step: Put | Insert | Move, current: Json) -> None:
        where = "/".join(str(part) for part in step.path)
        super().__init__(
            f"Somebody else changed {where} meanwhile."
            if kind == "changed"
            else f"Somebody else removed {where} meanwhile."
        )
        self.kind = kind
        self.step = step
        self.current = current


@dataclass(frozen=True, slots=True)
class Applied:
    """`data`: the new document. `inverse`: steps that bring the old one back, in the order in which to take them."""

    data: dict[str, Json]
    inverse: tuple[Step, ...]


def apply(data: dict[str, Json], steps: Iterable[Step]) -> Applied:
    """All steps or none; `data` stays as it is, and what no step touches is shared with it. Raises `EditRefused`,
    `EditConflict`."""
    root: list[Json] = [data]
    undo: list[Step] = []
    for number, step in enumerate(steps):
        if number >= MAX_STEPS:
            raise EditRefused(f"This is too much at once: an edit may have up to {MAX_STEPS} steps.")
        back = _take(root, step)
        if back is not None:
            undo.append(back)
    whole = root[0]
    assert isinstance(whole, dict)
    return Applied(whole, tuple(reversed(undo)))


def place_of(things: Sequence[Json], part: Place) -> int | None:
    """Where the thing with this id, or at this place, stands in a list."""
    if isinstance(part, int):
        return part if 0 <= part < len(things) else None
    for place, thing in enumerate(things):
        if isinstance(thing, dict) and thing.get("id") == part:
            return place
    return None


def at(data: Json, path: Iterable[Place]) -> Json:
    """The value at `path`. Raises KeyError."""
    here = data
    for part in path:
        if isinstance(here, dict) and isinstance(part, str) and part in here:
            here = here[part]
        elif isinstance(here, list) and (place := place_of(here, part)) is not None:
            here = here[place]
        else:
            raise KeyError(part)
    return here


def _holder(root: list[Json], step: Step) -> dict[str, Json] | list[Json] | None:
    """What holds the last part of the path, free to be changed; None when it is not there."""
    try:
        found = _owned(root, step.path[:-1])
    except KeyError:
        return None
    if isinstance(found, dict | list):
        return found
    raise EditRefused(f"{_words(step.path[:-1])} is a single value; there is nothing inside it to change.")


def _owned(root: list[Json], path: Iterable[Place]) -> Json:
    """The value at `path`; it and all that holds it are made anew, so that others who have the old document keep it.
    Raises KeyError."""
    here = root[0] = copy.copy(root[0])
    for part in path:
        if isinstance(here, dict) and isinstance(part, str) and part in here:
            here[part] = inner = copy.copy(here[part])
        elif isinstance(here, list) and (place := place_of(here, part)) is not None:
            here[place] = inner = copy.copy(here[place])
        else:
            raise KeyError(part)
        here = inner
    return here


def _take(root: list[Json], step: Step) -> Step | None:
    match step:
        case Put():
            return _take_put(root, step)
        case Remove():
            return _take_remove(root, step)
        case Insert():
            return _take_insert(root, step)
        case Move():
            return _take_move(root, step)


def _take_put(root: list[Json], step: Put) -> Put | Remove | None:
    if not step.path:
        if not isinstance(step.value, dict):
            raise EditRefused("A flow document begins with a curly bracket.")
        old, root[0] = root[0], copy.deepcopy(step.value)
        return Put(path=(), value=old)
    holder = _holder(root, step)
    last = step.path[-1]
    if holder is None:
        raise EditConflict("gone", step, None)
    value = copy.deepcopy(step.value)
    if isinstance(holder, dict):
        if not isinstance(last, str):
            raise EditRefused(f"{_words(step.path[:-1])} has named fields; {last} is no name.")
        old = holder.get(last)
        _no_new_id(step, holder)
        _no_conflict(step, old)
        if last in holder:
            holder[last] = value
            return Put(path=step.path, value=old)
        _put_before(holder, last, value, step.before)
        return Remove(path=step.path)
    place = place_of(holder, last)
    if place is None:
        raise EditConflict("gone", step, None)
    old = holder[place]
    if _id(old) != _id(value):
        raise EditRefused(f"{_words(step.path)} keeps its id for good; insert a new thing instead.")
    _no_conflict(step, old)
    holder[place] = value
    return Put(path=step.path, value=old)


def _no_conflict(step: Put, old: Json) -> None:
    if step.expects and not equal(old, step.was) and not equal(old, step.value):
        raise EditConflict("changed", step, copy.deepcopy(old))


def _no_new_id(step: Put | Remove, holder: dict[str, Json]) -> None:
    """An id is an address for good: everything else in the flow refers by it."""
    if step.path == ("id",) or (step.path[-1] == "id" and len(step.path) > 1 and step.path[-2] == holder.get("id")):
        raise EditRefused(f"{_words(step.path[:-1])} keeps its id for good; insert a new thing instead.")


def _put_before(holder: dict[str, Json], name: str, value: Json, before: Place | None) -> None:
    names = list(holder)
    after = names[names.index(before) :] if isinstance(before, str) and before in holder else []
    moved = {each: holder.pop(each) for each in after}
    holder[name] = value
    holder.update(moved)


def _take_remove(root: list[Json], step: Remove) -> Put | Insert | None:
    holder = _holder(root, step)
    last = step.path[-1]
    if isinstance(holder, dict) and isinstance(last, str) and last in holder:
        _no_new_id(step, holder)
        names = list(holder)
        follower = names[names.index(last) + 1 : names.index(last) + 2]
        return Put(path=step.path, value=holder.pop(last), before=follower[0] if follower else None)
    if isinstance(holder, list) and (place := place_of(holder, last)) is not None:
        old = holder.pop(place)
        return Insert(path=step.path[:-1], value=old, before=_name_at(holder, place))
    return None


def _take_insert(root: list[Json], step: Insert) -> Remove:
    holder = _holder(root, step)
    last = step.path[-1]
    if holder is None:
        raise EditConflict("gone", step, None)
    made = isinstance(holder, dict) and isinstance(last, str) and last not in holder
    if made:
        assert isinstance(holder, dict) and isinstance(last, str)
        holder[last] = []
    try:
        things = _owned(root, step.path)
    except KeyError:
        raise EditConflict("gone", step, None) from None
    if not isinstance(things, list):
        raise EditRefused(f"{_words(step.path)} is no list; nothing can be inserted there.")
    id = _id(step.value)
    if id is not None and place_of(things, id) is not None:
        raise EditRefused(f"There is already something with the id “{id}” in {_words(step.path)}.")
    place = place_of(things, step.before) if step.before is not None else None
    place = len(things) if place is None else place
    things.insert(place, copy.deepcopy(step.value))
    return Remove(path=step.path) if made else Remove(path=(*step.path, id if id is not None else place))


def _take_move(root: list[Json], step: Move) -> Move | None:
    holder = _holder(root, step)
    if not isinstance(holder, list) or (place := place_of(holder, step.path[-1])) is None:
        raise EditConflict("gone", step, None)
    if step.before == step.path[-1]:
        return None
    thing = holder.pop(place)
    follower = _name_at(holder, place)
    target = _place_without(holder, step.before, place)
    holder.insert(target, thing)
    id = _id(thing)
    return Move(path=(*step.path[:-1], id if id is not None else target), before=_as_seen(follower, target))


def _place_without(rest: Sequence[Json], before: Place | None, taken_from: int) -> int:
    """Where to put a thing that was taken from `taken_from`. A number counts in the list as it was with the thing."""
    if isinstance(before, int):
        return min(max(before - (before > taken_from), 0), len(rest))
    place = place_of(rest, before) if before is not None else None
    return len(rest) if place is None else place


def _as_seen(follower: Place | None, target: int) -> Place | None:
    """A follower by number, as it counts once the thing stands at `target` again."""
    return follower + (follower >= target) if isinstance(follower, int) else follower


def _name_at(things: Sequence[Json], place: int) -> Place | None:
    """How the thing at `place` is addressed: by id if it has one; None behind the end."""
    if place >= len(things):
        return None
    id = _id(things[place])
    return id if id is not None else place


def _id(thing: Json) -> str | None:
    id = thing.get("id") if isinstance(thing, dict) else None
    return id if isinstance(id, str) else None


def _words(path: Sequence[Place]) -> str:
    return "/".join(str(part) for part in path) or "The flow"
