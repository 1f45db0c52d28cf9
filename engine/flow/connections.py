"""The connections that a flow names, and other names in their place. Pure, on plain values, so that cards of unknown
types and of a newer Leadline are heard too."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.sdk import Json
from engine.sdk.registry import NodeTypes

FIELD: Final = "connection"
"""Settings with this name, or one that ends with it, hold the name of a connection."""


@dataclass(frozen=True, slots=True)
class NamedConnection:
    """`kinds`: those that all its cards take; none if that cannot be told. `cards`: names of the cards."""

    name: str
    kinds: tuple[str, ...]
    cards: tuple[str, ...]


def named(data: Mapping[str, Json], types: NodeTypes) -> list[NamedConnection]:
    """In the order in which the document names them."""
    cards: dict[str, list[str]] = {}
    kinds: dict[str, list[set[str]]] = {}
    for card in _cards(data):
        for _, name in _fields(card.get("settings")):
            cards.setdefault(name, []).append(str(card.get("name") or card.get("id") or ""))
            taken = _kinds(str(card.get("type")), types)
            if taken:
                kinds.setdefault(name, []).append(taken)
    for service in _services(data):
        for _, name in _fields(service):
            cards.setdefault(name, [])
    found = []
    for name, users in cards.items():
        common = set.intersection(*kinds[name]) if name in kinds else set()
        found.append(NamedConnection(name, tuple(sorted(common)), tuple(dict.fromkeys(users))))
    return found


def renamed(data: Mapping[str, Json], names: Mapping[str, str]) -> dict[str, Json]:
    """The document with other connections; those that are not in `names` stay."""
    made = copy.deepcopy(dict(data))
    holders = [*(card.get("settings") for card in _cards(made)), *_services(made)]
    for holder in holders:
        for field, name in list(_fields(holder)):
            if isinstance(holder, dict) and name in names:
                holder[field] = names[name]
    return made


def _cards(data: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    cards = data.get("nodes")
    for card in cards if isinstance(cards, list) else ():
        if isinstance(card, dict):
            yield card


def _services(data: Mapping[str, Json]) -> list[Json]:
    providers = data.get("providers")
    return list(providers.values()) if isinstance(providers, dict) else []


def _fields(holder: Json) -> Iterator[tuple[str, str]]:
    for field, value in holder.items() if isinstance(holder, dict) else ():
        if field.endswith(FIELD) and isinstance(value, str) and value:
            yield field, value


def _kinds(type_: str, types: NodeTypes) -> set[str]:
    return {kind.kind for kind in types.get(type_).connection_kinds} if type_ in types else set()
