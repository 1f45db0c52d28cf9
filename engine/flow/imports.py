"""Opening a stranger's flow: always one of five outcomes, each with what a report screen needs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from engine.flow.document import FlowDocument, FlowNewer, FlowRefused
from engine.flow.model import FORMAT_VERSION, Need
from engine.flow.upgrade import STEPS, Step
from engine.sdk.registry import NodeTypes


@dataclass(frozen=True, slots=True)
class Fine:
    document: FlowDocument


@dataclass(frozen=True, slots=True)
class UpgradedFlow:
    """Older than this Leadline. `changes`: what was done, one plain sentence each."""

    document: FlowDocument
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ghost:
    """A card whose type no installed package brings. It is kept byte for byte."""

    node: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class WithGhosts:
    """Opened, but cannot be published until the packages are installed. `needs`: those that the flow names."""

    document: FlowDocument
    ghosts: tuple[Ghost, ...]
    needs: tuple[Need, ...]
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Newer:
    """Made by a newer Leadline: read-only. `document` is None when it cannot be read at all."""

    document: FlowDocument | None
    format_version: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not opened. `code` as in `FlowRefused`; line and column from 1, 0 when there is no one place."""

    code: str
    sentence: str
    line: int
    column: int


Import: TypeAlias = Fine | UpgradedFlow | WithGhosts | Newer | Refused


def import_flow(
    text: str | bytes, types: NodeTypes, steps: Mapping[int, Step] = STEPS, version: int = FORMAT_VERSION
) -> Import:
    """Open `text` with the node types installed here. Never raises for a document's faults."""
    try:
        document = FlowDocument.load(text, steps, version)
    except FlowNewer as newer:
        return Newer(None, newer.format_version, newer.sentence)
    except FlowRefused as refused:
        return Refused(refused.code, refused.sentence, refused.line, refused.column)
    if document.read_only:
        made = document.flow.format_version
        return Newer(document, made, FlowNewer(made, document.flow.made_with).sentence)
    document, migrated = _with_todays_cards(document, types)
    changes = document.changes + migrated
    ghosts = tuple(Ghost(card.id, card.name, card.type) for card in document.flow.nodes if card.type not in types)
    if ghosts:
        return WithGhosts(document, ghosts, document.flow.needs, changes)
    return UpgradedFlow(document, changes) if changes else Fine(document)


def _with_todays_cards(document: FlowDocument, types: NodeTypes) -> tuple[FlowDocument, tuple[str, ...]]:
    """Settings of cards made with an older version of their type, brought to today's by the type itself."""
    changes: list[str] = []
    data = copy.deepcopy(document.data)
    cards = data.get("nodes")
    for card in cards if isinstance(cards, list) else ():
        if not isinstance(card, dict):
            continue
        kind, made, settings = card.get("type"), card.get("v", 1), card.get("settings", {})
        if kind not in types or not isinstance(made, int) or not isinstance(settings, dict):
            continue
        klass = types.get(str(kind))
        if made >= klass.version:
            continue
        try:
            card["settings"] = klass.migrate(dict(settings), made)
        except Exception:  # noqa: S112  a stranger's migration may fail in any way; the validator then tells why
            continue
        card["v"] = klass.version
        changes.append(f"The card “{card.get('name')}” was brought from version {made} of its type to {klass.version}.")
    return (document.replaced(data), tuple(changes)) if changes else (document, ())
