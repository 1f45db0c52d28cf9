"""Two people change one campaign: what each did is kept; where both changed the same field, it is to be chosen. Pure.

Fields of groups are followed one by one; a list is one value.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ui.forms.binding import MISSING, Missing, at, same
from ui.records import Json

Fields: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """A field that both changed, to different values; MISSING where it is gone."""

    path: Fields
    theirs: Json | Missing
    mine: Json | Missing


@dataclass(frozen=True, slots=True)
class Merged:
    """`document`: what both did. Where they differ it has theirs, until somebody chooses."""

    document: dict[str, Json]
    both: tuple[Both, ...] = ()


def merge(base: Mapping[str, Json], mine: Mapping[str, Json], theirs: Mapping[str, Json]) -> Merged:
    """`base`: what both began with."""
    document = copy.deepcopy(dict(theirs))
    both: list[Both] = []
    for path in changed(base, mine):
        was, wanted, there = at(base, path), at(mine, path), at(theirs, path)
        if same(wanted, there):
            continue
        if same(was, there):
            document = put(document, path, wanted)
        else:
            both.append(Both(path, there, wanted))
    return Merged(document, tuple(both))


def changed(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Fields]:
    """Paths of the fields that differ."""
    return list(_changed(before, after, ()))


def put(document: Mapping[str, Json], path: Fields, value: Json | Missing) -> dict[str, Json]:
    """A copy with `value` at `path`; MISSING takes the field away."""
    first, *rest = path
    made = dict(document)
    if rest:
        inner = made.get(first)
        made[first] = put(inner if isinstance(inner, dict) else {}, tuple(rest), value)
    elif isinstance(value, Missing):
        made.pop(first, None)
    else:
        made[first] = copy.deepcopy(value)
    return made


def _changed(before: Mapping[str, Json], after: Mapping[str, Json], path: Fields) -> Iterator[Fields]:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, MISSING), after.get(name, MISSING)
        if same(was, now):
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _changed(was, now, (*path, name))
        else:
            yield (*path, name)
