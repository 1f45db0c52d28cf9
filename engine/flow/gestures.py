"""Gestures of the builder: what one movement of a hand means for the document. Pure.

A gesture stands in an edit beside the primitive steps of `engine.flow.edits` and is expanded into them against the
newest draft, so that whoever sends it needs to know nothing about edges, layout and lanes:

    add_card        a new card, where it lies, and whether it begins the lane behind the call
    remove_cards    cards with their edges, their places and their entries in the lane
    connect         a new way; an exit that has its *otherwise* is led elsewhere instead of having two
    insert_between  a new card on a way
    paste           cards with the ways between them; ids that are taken are changed throughout

Ids may be left out: cards are then called by their name, ways by what they join.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from engine.flow.edits import EditRefused, Insert, Move, Put, Remove, Step, apply
from engine.sdk import Json
from engine.sdk.registry import NodeTypes

Thing = dict[str, Json]

_ID_LENGTH: Final = 48


class _Gesture(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spot(_Gesture):
    """Where a card lies on the canvas, in its units."""

    x: float
    y: float


class AddCard(_Gesture):
    """`card`: as in the document. `position`: None lets the canvas find a place. `after_call`: begins the lane behind
    the call."""

    do: Literal["add_card"] = "add_card"
    card: Thing
    position: Spot | None = None
    after_call: bool = False


class RemoveCards(_Gesture):
    """Cards with everything that hangs on them."""

    do: Literal["remove_cards"] = "remove_cards"
    ids: Annotated[tuple[str, ...], Field(min_length=1)]


class Connect(_Gesture):
    """`edge`: as in the document; its id may be left out."""

    do: Literal["connect"] = "connect"
    edge: Thing


class InsertBetween(_Gesture):
    """Puts `card` on the way `edge`: the way leads to the card, and from the card's exit `exit` a new one goes on to
    where it led before. `exit` empty: the first one that is not for failures."""

    do: Literal["insert_between"] = "insert_between"
    edge: str
    card: Thing
    position: Spot | None = None
    exit: str = ""


class Paste(_Gesture):
    """`positions`: by the cards' ids as given here. `after_call`: those that begin the lane behind the call."""

    do: Literal["paste"] = "paste"
    cards: tuple[Thing, ...]
    edges: tuple[Thing, ...] = ()
    positions: dict[str, Spot] = Field(default_factory=dict)
    after_call: tuple[str, ...] = ()


Gesture: TypeAlias = AddCard | RemoveCards | Connect | InsertBetween | Paste
Wanted: TypeAlias = Put | Remove | Insert | Move | Gesture
AnyWanted = Annotated[Wanted, Field(discriminator="do")]
"""A step or a gesture as it comes over the wire."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the steps and gestures of an edit: `steps` are primitive, `inverse` brings the old document
    back."""

    data: Thing
    steps: tuple[Step, ...]
    inverse: tuple[Step, ...]


def take(data: Thing, wanted: Iterable[Wanted], types: NodeTypes) -> Taken:
    """All of `wanted`, one after the other, each on what the one before has made. All or nothing.

    Raises `EditRefused`, `EditConflict`.
    """
    now, steps, undo = data, list[Step](), list[Step]()
    for each in wanted:
        primitive = list(expand(now, each, types))
        applied = apply(now, primitive)
        now = applied.data
        steps += primitive
        undo[:0] = applied.inverse
    return Taken(now, tuple(steps), tuple(undo))


def expand(data: Thing, wanted: Wanted, types: NodeTypes) -> Iterator[Step]:
    """The primitive steps of one step or gesture on `data`. Raises `EditRefused`."""
    match wanted:
        case AddCard():
            card = _with_id(wanted.card, _ids(data, "nodes"))
            yield from _add(data, card, wanted.position, after_call=wanted.after_call)
        case RemoveCards():
            yield from _remove(data, frozenset(wanted.ids))
        case Connect():
            yield from _connect(data, wanted.edge, types)
        case InsertBetween():
            yield from _insert_between(data, wanted, types)
        case Paste():
            yield from _paste(data, wanted)
        case _:
            yield wanted


def _add(data: Thing, card: Thing, position: Spot | None, *, after_call: bool) -> Iterator[Step]:
    yield Insert(path=("nodes",), value=card)
    if position is not None:
        yield from _lay(data, {str(card["id"]): position})
    if after_call:
        yield Insert(path=("after_call",), value=card["id"])


def _lay(data: Thing, spots: dict[str, Spot]) -> Iterator[Step]:
    """Places for new cards, whether or not the flow has a layout yet."""
    places: Thing = {id: {"x": spot.x, "y": spot.y} for id, spot in spots.items()}
    layout = data.get("layout")
    if not isinstance(layout, dict):
        yield Put(path=("layout",), value={"nodes": places})
    elif not isinstance(layout.get("nodes"), dict):
        yield Put(path=("layout", "nodes"), value=places)
    else:
        yield from (Put(path=("layout", "nodes", id), value=place) for id, place in places.items())


def _remove(data: Thing, ids: frozenset[str]) -> Iterator[Step]:
    for edge in _things(data, "edges"):
        if ids & {_source(edge)[0], edge.get("to")}:
            yield Remove(path=("edges", str(edge["id"])))
    layout = data.get("layout")
    places = layout.get("nodes") if isinstance(layout, dict) else None
    for id in places if isinstance(places, dict) else ():
        if id in ids:
            yield Remove(path=("layout", "nodes", id))
    lane = data.get("after_call")
    begin = lane if isinstance(lane, list) else []
    yield from (Remove(path=("after_call", at)) for at in reversed(range(len(begin))) if begin[at] in ids)
    yield from (Remove(path=("nodes", id)) for card in _things(data, "nodes") if (id := str(card["id"])) in ids)


def _connect(data: Thing, edge: Thing, types: NodeTypes) -> Iterator[Step]:
    source, exit = _source(edge)
    target, kind = edge.get("to"), edge.get("kind", "otherwise")
    if not source or not isinstance(target, str):
        raise EditRefused("A way needs a card that it leaves and a card that it leads to.")
    beside = [each for each in _things(data, "edges") if _source(each) == (source, exit)]
    plain = [each for each in beside if each.get("kind", "otherwise") == "otherwise"]
    if kind == "otherwise" and any(each.get("to") == target for each in plain):
        return
    if kind == "otherwise" and plain and not _after_call(data, source, types):
        old = plain[0]
        yield Put(path=("edges", str(old["id"]), "to"), value=target, was=old.get("to"))
        return
    yield Insert(path=("edges",), value=_edge_with_id(edge, _ids(data, "edges")))


def _insert_between(data: Thing, wanted: InsertBetween, types: NodeTypes) -> Iterator[Step]:
    edge = next((each for each in _things(data, "edges") if each.get("id") == wanted.edge), None)
    if edge is None:
        raise EditRefused("The way on which the card should stand is not there any more.")
    card = _with_id(wanted.card, _ids(data, "nodes"))
    yield from _add(data, card, wanted.position, after_call=False)
    yield Put(path=("edges", wanted.edge, "to"), value=card["id"], was=edge.get("to"))
    exit = wanted.exit or _first_exit(card, types)
    if exit:
        on: Thing = {"from": {"node": card["id"], "exit": exit}, "to": edge.get("to"), "kind": "otherwise"}
        yield Insert(path=("edges",), value=_edge_with_id(on, _ids(data, "edges")))


def _paste(data: Thing, wanted: Paste) -> Iterator[Step]:
    taken, renamed, cards = _ids(data, "nodes"), dict[str, str](), list[Thing]()
    for given in wanted.cards:
        card = _with_id(given, taken, free=True)
        taken.add(str(card["id"]))
        renamed[str(given.get("id", card["id"]))] = str(card["id"])
        cards.append(card)
    yield from (Insert(path=("nodes",), value=card) for card in cards)
    spots = {renamed[id]: spot for id, spot in wanted.positions.items() if id in renamed}
    if spots:
        yield from _lay(data, spots)
    yield from (Insert(path=("after_call",), value=renamed[id]) for id in wanted.after_call if id in renamed)
    ways = _ids(data, "edges")
    for given in wanted.edges:
        source, exit = _source(given)
        target = str(given.get("to", ""))
        edge: Thing = {
            **given,
            "from": {"node": renamed.get(source, source), "exit": exit},
            "to": renamed.get(target, target),
        }
        if edge.get("id") in ways:
            edge.pop("id")
        edge = _edge_with_id(edge, ways)
        ways.add(str(edge["id"]))
        yield Insert(path=("edges",), value=edge)


def _first_exit(card: Thing, types: NodeTypes) -> str:
    """The exit by which a card usually goes on; empty if the call ends there."""
    kind = str(card.get("type", ""))
    if kind not in types:
        return "next"
    klass = types.get(kind)
    usual = [exit.name for exit in klass.exits if not exit.failure] if not klass.terminal else []
    return usual[0] if usual else ""


def _after_call(data: Thing, id: str, types: NodeTypes) -> bool:
    """In the lane behind the call every open way is taken: a second one is not one too many."""
    card = next((each for each in _things(data, "nodes") if each.get("id") == id), None)
    kind = str(card.get("type", "")) if card is not None else ""
    return kind in types and types.get(kind).kind == "after_call"


def _with_id(card: Thing, taken: set[str], *, free: bool = False) -> Thing:
    """The card with an id. `free`: an id that is taken is changed too."""
    given = card.get("id")
    if isinstance(given, str) and given and not (free and given in taken):
        return card
    wished = given if isinstance(given, str) and given else str(card.get("name") or card.get("type") or "card")
    return {"id": new_id(wished, taken), **{name: value for name, value in card.items() if name != "id"}}


def _edge_with_id(edge: Thing, taken: set[str]) -> Thing:
    if isinstance(edge.get("id"), str) and edge["id"]:
        return edge
    wished = f"{_source(edge)[0]}_to_{edge.get('to')}"
    return {"id": new_id(wished, taken), **{name: value for name, value in edge.items() if name != "id"}}


def new_id(wished: str, taken: set[str]) -> str:
    """An id that nobody has: the words of `wished`, with a number if need be: 'offer_times_2'."""
    plain = re.sub(r"[^a-z0-9]+", "_", wished.lower()).strip("_")[:_ID_LENGTH].rstrip("_") or "part"
    if plain not in taken:
        return plain
    base = re.sub(r"_\d+$", "", plain)
    number = 2
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"


def _source(edge: Thing) -> tuple[str, str]:
    """Card and exit that an edge leaves."""
    source = edge.get("from")
    if not isinstance(source, dict):
        return "", ""
    return str(source.get("node", "")), str(source.get("exit", "next"))


def _ids(data: Thing, part: str) -> set[str]:
    return {str(each["id"]) for each in _things(data, part)}


def _things(data: Thing, part: str) -> list[Thing]:
    """The things of a list that have an id."""
    things = data.get(part)
    listed = things if isinstance(things, list) else []
    return [each for each in listed if isinstance(each, dict) and isinstance(each.get("id"), str)]
