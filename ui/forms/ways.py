"""Ways out of a card: what leads where, and the steps that change it. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ui.forms.binding import Step, clear, insert, move, remove, write
from ui.records import CardExit, CardType, Json

NEXT: Final = "next"
KINDS: Final = ("rule", "intent", "otherwise")
"""In the order in which they are considered."""


@dataclass(frozen=True, slots=True)
class Way:
    """An edge as the forms need it. `kind`: one of KINDS, or that of a newer version."""

    id: str
    exit: str
    to: str
    kind: str
    data: Mapping[str, Json]


def ways_from(document: Mapping[str, Json], card: str, exit: str | None = None) -> tuple[Way, ...]:
    """Edges out of a card (of one exit) in the order in which they are considered."""
    edges = document.get("edges")
    found = [
        way
        for each in (edges if isinstance(edges, list) else [])
        if isinstance(each, dict) and (way := _way(each, card)) is not None and exit in (None, way.exit)
    ]
    return tuple(sorted(found, key=lambda way: KINDS.index(way.kind) if way.kind in KINDS else len(KINDS)))


def way_of(document: Mapping[str, Json], edge: str) -> tuple[str, Way] | None:
    """The card that an edge leaves, and the edge."""
    edges = document.get("edges")
    for each in edges if isinstance(edges, list) else []:
        if isinstance(each, dict) and each.get("id") == edge:
            origin = each.get("from")
            card = origin.get("node") if isinstance(origin, dict) else None
            if isinstance(card, str) and (way := _way(each, card)) is not None:
                return card, way
    return None


def exits_of(type_: CardType | None, document: Mapping[str, Json], card: str) -> tuple[CardExit, ...]:
    """Ways out that the card's type has, and those that edges use though the type does not know them."""
    known = type_.exits if type_ is not None else ()
    used = dict.fromkeys(way.exit for way in ways_from(document, card))
    names = {exit.name for exit in known}
    return (*known, *(CardExit(name, name) for name in used if name not in names))


def direct(document: Mapping[str, Json], card: str, exit: str, to: str) -> tuple[Step, ...]:
    """The steps that make the plain way out of `exit` lead to the card `to`; empty `to`: nowhere."""
    plain = next((way for way in ways_from(document, card, exit) if way.kind == "otherwise"), None)
    if plain is None:
        return (insert(("edges",), new_edge(card, exit, to)),) if to else ()
    if not to:
        return (remove(("edges", plain.id)),)
    return (write(document, ("edges", plain.id, "to"), to),)


def new_edge(card: str, exit: str, to: str, kind: str = "otherwise") -> dict[str, Json]:
    origin: dict[str, Json] = {"node": card}
    if exit != NEXT:
        origin["exit"] = exit
    edge: dict[str, Json] = {"id": f"edge_{uuid.uuid4().hex[:12]}", "from": origin, "to": to}
    return edge if kind == "otherwise" else edge | {"kind": kind}


def change_kind(document: Mapping[str, Json], way: Way, kind: str) -> tuple[Step, ...]:
    """A rule, or what the caller does, belongs to its kind and goes with it: undo brings it back."""
    here = ("edges", way.id)
    steps = [write(document, (*here, "kind"), kind)]
    if kind != "rule" and "rule" in way.data:
        steps.append(clear(document, (*here, "rule")))
    if kind != "intent" and "intent" in way.data:
        steps.append(clear(document, (*here, "intent")))
    if kind == "intent" and "intent" not in way.data:
        steps.append(write(document, (*here, "intent"), {"says": ""}))
    return tuple(steps)


def reorder(ways: Sequence[Way], way: Way, up: bool) -> Step | None:
    """Before or behind its neighbour of the same kind: others are considered before or after it in any case."""
    alike = [each for each in ways if each.kind == way.kind]
    place = next(count for count, each in enumerate(alike) if each.id == way.id)
    target = place - 1 if up else place + 1
    if not 0 <= target < len(alike):
        return None
    if up:
        return move(("edges", way.id), alike[target].id)
    return move(("edges", alike[target].id), way.id)


def _way(edge: Mapping[str, Json], card: str) -> Way | None:
    origin, id, to = edge.get("from"), edge.get("id"), edge.get("to")
    if not isinstance(origin, dict) or origin.get("node") != card or not isinstance(id, str):
        return None
    exit, kind = origin.get("exit", NEXT), edge.get("kind", "otherwise")
    return Way(id, str(exit), str(to or ""), str(kind), edge)
