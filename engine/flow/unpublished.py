"""What a draft has that the live version has not: who wants it, in plain words, and what hangs on what. Pure.

The log of edits is sorted into rows that can be published or left out on their own. A row is the work of one person on
one thing (somebody who corrects a sentence five times has done one thing); where several people have worked on the very
same field in turn, it is theirs together.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.flow.changes import Change, changes, meaning
from engine.flow.edits import EditConflict, EditRefused, Insert, Place, Put, Step, apply
from engine.flow.rebase import named
from engine.sdk import Json
from engine.sdk.registry import NodeTypes

Data = dict[str, Json]
Path = tuple[Place, ...]

_REFERRING: Final = frozenset(
    {"node", "to", "go", "slot", "slots", "needs", "criterion", "start", "start_inbound", "after_call", "list",
     "in_list", "value"}
)  # fmt: skip
"""Fields that hold ids of other things, or names of lists."""

_PLACEHOLDER: Final = re.compile(r"\{slot:([^}]+)\}")


@dataclass(frozen=True, slots=True)
class LoggedEdit:
    id: str
    by: str
    at: datetime
    label: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`id`: of its first edit. `edits`: ids, oldest first. `by`: everybody who worked on it. `changes`: what it comes
    to, none if it was taken back again. `needs`: ids of rows without which it cannot be published."""

    id: str
    edits: tuple[str, ...]
    by: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    labels: tuple[str, ...]
    changes: tuple[Change, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unpublished:
    """`whole_only`: the log does not explain the whole difference, so that it can only be published together."""

    changes: tuple[Change, ...]
    rows: tuple[Row, ...]
    whole_only: bool


class NeedsLeftOut(Exception):
    """A row that is to be published needs one that was left out. `pairs`: such rows, the one that needs first."""

    def __init__(self, pairs: Sequence[tuple[Row, Row]]) -> None:
        super().__init__("A change needs another one that was left out.")
        self.pairs = tuple(pairs)


def unpublished(live: Data, draft: Data, edits: Sequence[LoggedEdit], types: NodeTypes) -> Unpublished:
    """`edits`: those that the live version does not have, oldest first."""
    difference = tuple(changes(live, draft, types))
    try:
        explained = _taken(live, edits)
    except (EditConflict, EditRefused):
        return Unpublished(difference, (), whole_only=bool(difference))
    whole_only = bool(meaning(changes(explained, draft, types)))
    groups, needs = _grouped(edits)
    made: list[Row] = []
    for place, group in enumerate(groups):
        base = sorted(each for other in _all_needs(place, needs) for each in groups[other])
        own = [edits[each] for each in group]
        before = _taken(live, [edits[each] for each in base])
        after = _taken(live, [edits[each] for each in sorted((*base, *group))])
        made.append(
            Row(
                id=own[0].id,
                edits=tuple(each.id for each in own),
                by=tuple(dict.fromkeys(each.by for each in own)),
                first_at=own[0].at,
                last_at=own[-1].at,
                labels=tuple(dict.fromkeys(each.label for each in own if each.label)),
                changes=tuple(changes(before, after, types)),
                needs=tuple(edits[groups[other][0]].id for other in sorted(needs[place])),
            )
        )
    return Unpublished(difference, tuple(made), whole_only)


def without(live: Data, edits: Sequence[LoggedEdit], rows: Sequence[Row], left_out: Collection[str]) -> Data:
    """The live document with all edits but those of the rows that have one in `left_out`. Raises `NeedsLeftOut`."""
    gone = {row.id for row in rows if set(row.edits) & set(left_out)}
    by_id = {row.id: row for row in rows}
    pairs = [(row, by_id[need]) for row in rows if row.id not in gone for need in row.needs if need in gone]
    if pairs:
        raise NeedsLeftOut(pairs)
    dropped = {id for row in rows if row.id in gone for id in row.edits}
    return _taken(live, [each for each in edits if each.id not in dropped])


def _taken(data: Data, edits: Iterable[LoggedEdit]) -> Data:
    for edit in edits:
        data = apply(data, edit.steps).data
    return data


@dataclass(frozen=True, slots=True)
class _Trace:
    """What an edit touches, what it makes, and what it speaks of."""

    paths: frozenset[Path]
    prefixes: frozenset[Path]
    made: frozenset[str]
    speaks_of: frozenset[str]

    def overlaps(self, other: _Trace) -> bool:
        return not self.paths.isdisjoint(other.prefixes) or not self.prefixes.isdisjoint(other.paths)


def _trace(edit: LoggedEdit) -> _Trace:
    paths: set[Path] = set()
    made: set[str] = set()
    speaks_of: set[str] = set()
    for step in edit.steps:
        path = named(step.path)
        if isinstance(step, Insert) and isinstance(step.value, dict) and isinstance(id := step.value.get("id"), str):
            path = (*path, id)
            made.add(id)
        elif isinstance(step, Put) and path[:1] == ("lists",) and len(path) == 2:
            made.add(str(path[1]))
        paths.add(path)
        if isinstance(step, Put | Insert):
            speaks_of.update(_ids_in(step.value, str(step.path[-1]) if step.path else ""))
    prefixes = {path[:length] for path in paths for length in range(len(path) + 1)}
    return _Trace(frozenset(paths), frozenset(prefixes), frozenset(made), frozenset(speaks_of - made))


def _ids_in(value: Json, field: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _ids_in(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids_in(inner, field)
    elif isinstance(value, str):
        if field in _REFERRING:
            yield value
        yield from _PLACEHOLDER.findall(value)


def _grouped(edits: Sequence[LoggedEdit]) -> tuple[list[list[int]], list[set[int]]]:
    """Places of edits by row, and which rows each row needs."""
    traces = [_trace(edit) for edit in edits]
    needs: list[set[int]] = []
    row = list(range(len(edits)))
    for place, trace in enumerate(traces):
        needed = {
            other
            for other in range(place)
            if trace.overlaps(traces[other]) or not trace.speaks_of.isdisjoint(traces[other].made)
        }
        needs.append(needed)
        for other in needed:
            if edits[other].by == edits[place].by:
                old, new = row[place], row[other]
                row = [new if each == old else each for each in row]
    while True:
        between = _between(row, needs)
        circle = _circle(between)
        if circle is None:
            break
        row = [min(circle) if each in circle else each for each in row]
    order = list(dict.fromkeys(row))
    number = {each: place for place, each in enumerate(order)}
    groups = [[place for place, each in enumerate(row) if each == one] for one in order]
    return groups, [{number[each] for each in between.get(one, ())} for one in order]


def _between(row: Sequence[int], needs: Sequence[Collection[int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for place, needed in enumerate(needs):
        found.setdefault(row[place], set()).update(row[other] for other in needed if row[other] != row[place])
    return found


def _circle(between: Mapping[int, set[int]]) -> set[int] | None:
    """Rows that need each other, by turns; None if there are none."""
    reach = {one: _reached(one, between) for one in between}
    for one, others in reach.items():
        both = {other for other in others if one in reach.get(other, ())}
        if both:
            return both | {one}
    return None


def _reached(start: int, between: Mapping[int, set[int]]) -> set[int]:
    seen: set[int] = set()
    todo = list(between[start])
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo.extend(between.get(one, ()))
    return seen


def _all_needs(place: int, needs: Sequence[Collection[int]]) -> set[int]:
    return _reached(place, {at: set(each) for at, each in enumerate(needs)}) - {place}
