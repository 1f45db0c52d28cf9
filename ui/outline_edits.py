"""What the outline does to a flow, as steps of edits. Pure.

The gestures (`add_card`, `connect`, `insert_between`, `remove_cards`) are expanded by the engine, so nothing here needs
to know about places on the canvas.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Final

from ui.outline import Outline, Row, Thing, Way, strings, things
from ui.records import CardType, Json
from ui.resources.drafts import Step

_ID_LENGTH: Final = 48


def new_id(wished: str, taken: Iterable[str]) -> str:
    """An id that nobody has: the words of `wished`, with a number if need be: `offer_times_2`."""
    used = set(taken)
    plain = re.sub(r"[^a-z0-9]+", "_", wished.lower()).strip("_")[:_ID_LENGTH].rstrip("_") or "card"
    number, id = 1, plain
    while id in used:
        number += 1
        id = f"{plain}_{number}"
    return id


def new_card(document: Thing, kind: CardType, name: str) -> dict[str, Json]:
    """A card of that type with a new id; its settings are the type's defaults until somebody fills them in."""
    called = name.strip() or kind.title
    taken = [str(card["id"]) for card in things(document, "nodes")]
    return {"id": new_id(called, taken), "type": kind.type, "v": kind.version, "name": called, "settings": {}}


def copy_of(document: Thing, card: str, name: str) -> dict[str, Json]:
    """The card once more under another id and that name, with all its settings. Raises StopIteration if it is gone."""
    cards = things(document, "nodes")
    original = next(each for each in cards if each.get("id") == card)
    return {**copy.deepcopy(original), "id": new_id(name, [str(each["id"]) for each in cards]), "name": name}


def add_alone(card: dict[str, Json], *, after_call: bool) -> tuple[Step, ...]:
    """A card that nothing leads to yet. `after_call`: the lane behind the call begins with it."""
    return ({"do": "add_card", "card": card, "position": None, "after_call": after_call},)


def add_after(row: Row, exit: str, card: dict[str, Json]) -> tuple[Step, ...]:
    """A card behind an exit: on the way that is taken *otherwise*, if there is one, else at a new way's end."""
    plain = next((way for way in row.ways if way.exit == exit and way.kind == "otherwise" and way.edge), None)
    if plain is not None:
        return insert_between(plain, card)
    new: Step = {"do": "add_card", "card": card, "position": None, "after_call": False}
    return (new, connect(row.id, exit, str(card["id"])))


def insert_between(way: Way, card: dict[str, Json]) -> tuple[Step, ...]:
    """A card on a way; its first exit leads on to where the way led."""
    return ({"do": "insert_between", "edge": way.edge, "card": card},)


def connect(card: str, exit: str, to: str, kind: str = "otherwise", id: str = "") -> Step:
    """A new way. For an exit that has its *otherwise*, that one is led elsewhere. `id`: empty for any."""
    named: dict[str, Json] = {"id": id} if id else {}
    return {"do": "connect", "edge": {**named, "from": {"node": card, "exit": exit}, "to": to, "kind": kind}}


def remove(row: Row) -> tuple[Step, ...]:
    """The card with its ways."""
    return ({"do": "remove_cards", "ids": [row.id]},)


def remove_and_close(outline: Outline, row: Row) -> tuple[Step, ...]:
    """The card; what led to it leads on to where it led. None if it does not lead to one card."""
    onward = passes_on(row)
    if not onward:
        return ()
    led: list[Step] = [
        {"do": "put", "path": ["edges", way.edge, "to"], "value": onward, "was": row.id}
        for source, way in outline.coming(row.id)
        if source.id != row.id
    ]
    return (*led, *remove(row))


def passes_on(row: Row) -> str:
    """The one card that a card leads to; empty if there are several or none."""
    targets = {way.to for way in row.ways if way.to and way.to != row.id}
    return targets.pop() if len(targets) == 1 else ""


def begin_with(document: Thing, row: Row, *, inbound: bool, on: bool) -> tuple[Step, ...]:
    """Calls (those that come in, if `inbound`) begin with this card; `on` False: no such calls are taken."""
    field = "start_inbound" if inbound else "start"
    if not on:
        return ({"do": "remove", "path": [field]},) if inbound else ()
    return ({"do": "put", "path": [field], "value": row.id, "was": document.get(field)},)


def begin_lane(document: Thing, row: Row, *, on: bool) -> tuple[Step, ...]:
    """The lane behind the call begins with this card (among others), or no longer."""
    begins = strings(document.get("after_call"))
    if on == (row.id in begins):
        return ()
    if on:
        return ({"do": "insert", "path": ["after_call"], "value": row.id, "before": None},)
    return ({"do": "put", "path": ["after_call"], "value": [id for id in begins if id != row.id], "was": [*begins]},)
