"""What forms need of a draft, and the steps that write into it. Pure; the steps are those of docs/flows.md, "Edits".

A page hands its draft to the forms:

    schema_form(draft, ("nodes", "opening", "settings"), schema, context)

`ui.flow_session` is the draft of a flow's page; tests use one in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from ui.records import Issue, Json

Path: TypeAlias = tuple[str | int, ...]
"""Names, and for things in lists their id or their place: `("nodes", "opening", "settings", "goal")`."""

Step: TypeAlias = dict[str, Json]
"""`put`, `remove`, `insert` or `move`, or a gesture, as `POST /flows/{id}/edits` takes them."""


class Draft(Protocol):
    """The draft of one flow as the person sees it."""

    @property
    def flow_id(self) -> str: ...

    @property
    def document(self) -> Mapping[str, Json]:
        """The flow document as it was drawn in this run, own edits included as soon as `edit` has returned. An edit
        that could not be sent yet stays in it; one that was refused, or lost against somebody else's, does not."""
        ...

    @property
    def issues(self) -> Sequence[Issue]:
        """What the validator says about `document`, or about the newest one it has seen."""
        ...

    @property
    def read_only(self) -> bool:
        """Forms are drawn, and nothing can be changed."""
        ...

    def edit(self, label: str, *steps: Step) -> None:
        """One edit: all steps or none, undone together. `label`: what was done, in words ("Changed “Goal”"). Never
        raises for trouble with the engine: it is shown on the page."""
        ...


class Missing:
    """Nothing stands there."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class FieldIssue:
    """An issue that belongs to a field. `inside`: the rest of its path below that field."""

    issue: Issue
    inside: Path


PLACES: Final[Mapping[str, str]] = {
    "node": "nodes",
    "edge": "edges",
    "slot": "slots",
    "knowledge": "knowledge",
    "criterion": "criteria",
    "reflex": "reflexes",
    "list": "lists",
    "text": "texts",
}
"""Lists of a flow document by the place that an issue names; `seller` and `limits` are called the same in both."""


def at(data: Json | Mapping[str, Json], path: Path) -> Json | Missing:
    """The value at `path`, or MISSING."""
    here: Json | Mapping[str, Json] = data
    for part in path:
        if isinstance(here, Mapping) and isinstance(part, str) and part in here:
            here = here[part]
        elif isinstance(here, list) and (place := place_of(here, part)) is not None:
            here = here[place]
        else:
            return MISSING
    return dict(here) if isinstance(here, Mapping) and not isinstance(here, dict) else here


def place_of(things: Sequence[Json], part: str | int) -> int | None:
    """Where the thing with this id, or at this place, stands in a list."""
    if isinstance(part, int):
        return part if 0 <= part < len(things) else None
    for place, thing in enumerate(things):
        if isinstance(thing, dict) and thing.get("id") == part:
            return place
    return None


def same(left: object, right: object) -> bool:
    """Equal as JSON: 1 is 1.0, as a browser has one kind of number, but true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[name]) for name, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(one, other) for one, other in zip(left, right, strict=True))
    return left == right


def write(document: Mapping[str, Json], path: Path, value: Json, seen: Json | Missing = MISSING) -> Step:
    """The step that makes `value` stand at `path`. `seen`: what the person saw there, when it is not what stands in
    `document`.

    Fields are put by their own path. Where something on the way is missing, or stands in a list whose things have no
    ids, the nearest thing that has a lasting address is put as a whole.
    """
    holder, rest = _lasting(document, path)
    old = at(document, holder)
    if not rest:
        was = old if isinstance(seen, Missing) else seen
        return {"do": "put", "path": list(holder), "value": value, "was": None if isinstance(was, Missing) else was}
    new = _with(None if isinstance(old, Missing) else old, rest, value)
    return {"do": "put", "path": list(holder), "value": new, "was": None if isinstance(old, Missing) else old}


def clear(document: Mapping[str, Json], path: Path) -> Step:
    """The step that takes what stands at `path` away, so that its default holds again."""
    holder, rest = _lasting(document, path)
    if not rest:
        return {"do": "remove", "path": list(path)}
    old = at(document, holder)
    if isinstance(old, Missing):
        return {"do": "remove", "path": list(holder)}
    return {"do": "put", "path": list(holder), "value": _without(old, rest), "was": old}


def insert(path: Path, value: Json, before: str | int | None = None) -> Step:
    """A new thing in the list at `path`."""
    return {"do": "insert", "path": list(path), "value": value, "before": before}


def remove(path: Path) -> Step:
    return {"do": "remove", "path": list(path)}


def move(path: Path, before: str | int | None) -> Step:
    """Another place in its list for the thing at `path`; None: the end."""
    return {"do": "move", "path": list(path), "before": before}


def issues_at(issues: Iterable[Issue], path: Path) -> list[FieldIssue]:
    """Issues of the field at `path` and of everything in it; those of the field itself come first."""
    found = []
    for issue in issues:
        place = path_of(issue)
        if len(place) >= len(path) and all(str(a) == str(b) for a, b in zip(place, path, strict=False)):
            found.append(FieldIssue(issue, place[len(path) :]))
    return sorted(found, key=lambda each: bool(each.inside))


def path_of(issue: Issue) -> Path:
    """Where an issue is, as a path of the document."""
    fields: Path = tuple(int(part) if part.isdecimal() else part for part in issue.field.split(".") if part)
    if issue.place == "flow":
        return fields
    named = (PLACES.get(issue.place, issue.place), issue.id)
    return (*(part for part in named if part), *fields)


def _lasting(document: Mapping[str, Json], path: Path) -> tuple[Path, Path]:
    """`path` cut in two behind its last part that has a lasting address in `document`."""
    here: Json | Missing = dict(document)
    for count, part in enumerate(path):
        if isinstance(here, list):
            place = place_of(here, part)
            if isinstance(part, int):
                return path[:count], path[count:]
            if place is None:
                return path, ()  # gone: the engine says so, and nothing else is written over
            here = here[place]
        elif isinstance(here, dict) and isinstance(part, str):
            here = here.get(part, MISSING)
        else:
            return path[:count], path[count:]
    return path, ()


def _with(old: Json, rest: Path, value: Json) -> Json:
    if not rest:
        return value
    part, *deeper = rest
    if isinstance(part, int) or (isinstance(old, list) and place_of(old, part) is not None):
        things = list(old) if isinstance(old, list) else []
        place = place_of(things, part)
        if place is None:
            return [*things, _with(None, tuple(deeper), value)]
        things[place] = _with(things[place], tuple(deeper), value)
        return things
    fields = dict(old) if isinstance(old, dict) else {}
    fields[part] = _with(fields.get(part), tuple(deeper), value)
    return fields


def _without(old: Json, rest: Path) -> Json:
    part, *deeper = rest
    if isinstance(old, list) and (place := place_of(old, part)) is not None:
        things = list(old)
        if deeper:
            things[place] = _without(things[place], tuple(deeper))
        else:
            del things[place]
        return things
    if isinstance(old, dict) and isinstance(part, str) and part in old:
        fields = dict(old)
        if deeper:
            fields[part] = _without(fields[part], tuple(deeper))
        else:
            del fields[part]
        return fields
    return old
