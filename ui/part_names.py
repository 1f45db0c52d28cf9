"""What the parts of a flow are called on screen, by their place in the document. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ui.flow_view import Flow
from ui.forms.binding import at
from ui.records import Json
from ui.resources.drafts import Place
from ui.texts import t

_NAMING: Final = ("name", "label", "question", "say_as")
# The lists of a document whose things have names of their own.
_LISTS: Final = frozenset({"nodes", "slots", "knowledge", "criteria", "reflexes", "edges"})


def name_at(document: Mapping[str, Json], path: Sequence[Place], new: Json = None) -> str:
    """Such as `the card “Opening”`. `new`: a thing that is about to be put into the list at `path`."""
    if not path:
        return t("part.flow")
    first = path[0]
    if first not in _LISTS:
        return t(f"part.{first}", otherwise=t("part.flow"))
    thing = new if len(path) == 1 else at(document, tuple(path[:2]))
    if not isinstance(thing, dict):
        return t(f"part.{first}")
    if first == "edges":
        return t(
            "part.edge_from", **{"from": card_name(document, _from(thing)), "to": card_name(document, thing.get("to"))}
        )
    return t("part.named", part=t(f"part.{first}"), name=name_of(thing))


def name_of(thing: Mapping[str, Json]) -> str:
    """Of a card, a thing to find out, an entry ...: as people called it, or its id."""
    found = next((thing[name] for name in _NAMING if isinstance(thing.get(name), str) and thing[name]), None)
    return str(found or thing.get("id") or "")


def card_name(document: Mapping[str, Json], id: Json) -> str:
    """Of the card with this id; the id when there is no such card."""
    card = at(document, ("nodes", id)) if isinstance(id, str) else None
    return name_of(card) if isinstance(card, dict) else str(id or "")


def part_names(flow: Flow) -> dict[str, str]:
    """Names of a flow's parts by id, for the addresses of problems."""
    names = {card.id: card.name or card.id for card in flow.nodes}
    names |= {slot.id: slot.label or slot.id for slot in flow.slots}
    names |= {each.id: each.label or each.id for each in flow.criteria}
    names |= {each.id: each.label or each.id for each in flow.reflexes}
    names |= {each.id: each.question or each.id for each in flow.knowledge}
    names |= {edge.id: f"{flow.card_name(edge.from_.node)} → {flow.card_name(edge.to)}" for edge in flow.edges}
    return names


def _from(edge: Mapping[str, Json]) -> Json:
    way_out = edge.get("from")
    return way_out.get("node") if isinstance(way_out, dict) else None
