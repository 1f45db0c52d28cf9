"""Deciding what to publish: what is ticked at first, and what hangs on what. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ui.resources.versions import Change, Row, Unpublished

PLACES: Final = (
    "flow", "seller", "text", "limits", "node", "edge", "slot", "list", "knowledge", "criterion", "reflex"
)  # fmt: skip
"""Parts of a flow in the order in which their changes are shown; unknown ones come last."""


@dataclass(frozen=True, slots=True)
class Needed:
    """`row` is ticked, `other` is not, and one does not go without the other."""

    row: Row
    other: Row


def shown(rows: Iterable[Row]) -> list[Row]:
    """Those that change anything; the others were taken back again."""
    return [row for row in rows if row.changes]


def mine(row: Row, me: str) -> bool:
    """Whether nobody else worked on it."""
    return set(row.by) == {me}


def ticked_at_first(rows: Iterable[Row], me: str) -> set[str]:
    """One's own work. A colleague's may not be finished: it is ticked deliberately."""
    return {row.id for row in rows if mine(row, me)}


def missing(rows: Sequence[Row], ticked: Collection[str]) -> list[Needed]:
    """What keeps the ticked ones from being published without the others."""
    by_id = {row.id: row for row in rows}
    return [
        Needed(row, by_id[id])
        for row in rows
        if row.id in ticked and row.changes
        for id in row.needs
        if id in by_id and id not in ticked
    ]


def left_out(rows: Sequence[Row], ticked: Collection[str]) -> list[str]:
    """Ids of the rows that stay in the draft. What was taken back goes along, unless it needs something that stays."""
    out = {row.id for row in rows if row.changes and row.id not in ticked}
    while more := {row.id for row in rows if not row.changes and row.id not in out and out & set(row.needs)}:
        out |= more
    return [row.id for row in rows if row.id in out]


def place_of(row: Row) -> str:
    return row.changes[0].place if row.changes else ""


def by_place(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by the part of the flow that they change first, parts in their order."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda each: (_rank(place_of(each)), each.last_at)):
        found.setdefault(place_of(row), []).append(row)
    return found


def changes_by_place(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in sorted(changes, key=lambda each: _rank(each.place)):
        found.setdefault(change.place, []).append(change)
    return found


def nothing_new(new: Unpublished) -> bool:
    """Whether the draft is what is live already; a card that lies elsewhere is nothing to publish."""
    return new.live > 0 and not any(change.kind != "moved" for change in new.changes)


def _rank(place: str) -> int:
    return PLACES.index(place) if place in PLACES else len(PLACES)
