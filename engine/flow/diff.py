"""The difference of two documents as steps: `apply(before, diff(before, after)).data` is `after`. Pure.

Things with ids are followed by their ids, so that two people's differences can be laid over each other. Every `put`
says what was there before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from engine.flow.edits import Insert, Move, Place, Put, Remove, Step
from engine.flow.text import equal
from engine.sdk import Json

Path = tuple[Place, ...]


def diff(before: dict[str, Json], after: dict[str, Json]) -> list[Step]:
    """The steps from `before` to `after`, in the order in which to take them; none if they are equal."""
    return list(_fields(before, after, ()))


def _values(before: Json, after: Json, path: Path) -> Iterator[Step]:
    if before is after or equal(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict) and before.get("id") == after.get("id"):
        yield from _fields(before, after, path)
    elif isinstance(before, list) and isinstance(after, list) and (ids := _ids(before)) and (_ids(after) or not after):
        yield from _things(before, ids, after, path)
    else:
        yield Put(path=path, value=after, was=before)


def _fields(before: dict[str, Json], after: dict[str, Json], path: Path) -> Iterator[Step]:
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        yield Put(path=path, value=after, was=before)
        return
    for name in before:
        if name not in after:
            yield Remove(path=(*path, name))
    for name in kept:
        yield from _values(before[name], after[name], (*path, name))
    follower: str | None = None
    for name in reversed(after):
        if name not in before:
            yield Put(path=(*path, name), value=after[name], was=None, before=follower)
        follower = name


def _things(before: Sequence[Json], ids: Sequence[str], after: Sequence[Json], path: Path) -> Iterator[Step]:
    wanted = _ids(after)
    old = dict(zip(ids, before, strict=True))
    new = dict(zip(wanted, after, strict=True))
    yield from (Remove(path=(*path, id)) for id in ids if id not in new)
    rank = {id: place for place, id in enumerate(wanted)}
    staying = _longest_rise([id for id in ids if id in new], rank)
    follower: str | None = None
    for id in reversed(wanted):
        if id not in old:
            yield Insert(path=path, value=new[id], before=follower)
        elif id not in staying:
            yield Move(path=(*path, id), before=follower)
        follower = id
    for id in wanted:
        if id in old:
            yield from _values(old[id], new[id], (*path, id))


def _ids(things: Sequence[Json]) -> list[str]:
    """The ids of a list's things; empty unless every one of them has its own."""
    ids = [each["id"] for each in things if isinstance(each, dict) and isinstance(each.get("id"), str)]
    found = [id for id in ids if isinstance(id, str)]
    return found if len(set(found)) == len(things) else []


def _longest_rise(ids: Sequence[str], rank: dict[str, int]) -> set[str]:
    """The most things that can stay where they are: a longest rising run of their new ranks."""
    ends: list[int] = []
    last: list[str] = []
    before: dict[str, str | None] = {}
    for id in ids:
        place = bisect_left(ends, rank[id])
        before[id] = last[place - 1] if place else None
        ends[place:] = [rank[id], *ends[place + 1 :]]
        last[place:] = [id, *last[place + 1 :]]
    staying: set[str] = set()
    at = last[-1] if last else None
    while at is not None:
        staying.add(at)
        at = before[at]
    return staying
