"""A stranger's flow: what opening it would come to, and bringing it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import TypeAdapter

from ui.client import Engine, EngineTrouble, read
from ui.records import Issue, Json
from ui.resources.drafts import Draft

Outcome = Literal["fine", "upgraded", "ghosts", "newer", "refused"]


@dataclass(frozen=True, slots=True)
class Ghost:
    """A card whose type no installed package brings."""

    node: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Need:
    """A package that the flow needs and that is not there. `range`: of its versions; `*` for any."""

    package: str
    range: str = "*"


@dataclass(frozen=True, slots=True)
class NamedConnection:
    """A connection that the flow names. `kinds`: those that would fit; none if that cannot be told. `known`: this
    installation has one of that name. `cards`: names of the cards that use it."""

    name: str
    kinds: tuple[str, ...] = ()
    known: bool = False
    cards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnConnection:
    """One of this installation."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Import:
    """What opening a text comes to. `flow_id` is empty when it cannot be read at all. `exists`: a flow of that id is
    here. `line`, `column`: of what is wrong, from 1; 0 when there is no one place."""

    outcome: Outcome
    sentence: str = ""
    flow_id: str = ""
    name: str = ""
    exists: bool = False
    changes: tuple[str, ...] = ()
    ghosts: tuple[Ghost, ...] = ()
    needs: tuple[Need, ...] = ()
    connections: tuple[NamedConnection, ...] = ()
    code: str = ""
    line: int = 0
    column: int = 0
    issues: tuple[Issue, ...] = ()


_IMPORT: Final = TypeAdapter(Import)
_DRAFT: Final = TypeAdapter(Draft)
_OWN: Final = TypeAdapter(tuple[OwnConnection, ...])


def look(engine: Engine, text: str) -> Import:
    """Nothing is saved. A text that the engine does not even read is refused. Raises `EngineTrouble`."""
    try:
        return read(_IMPORT, engine.send("POST", "/flows/import", json={"text": text}))
    except EngineTrouble as trouble:
        if trouble.kind != "refused":
            raise
        return Import("refused", trouble.sentence, code="too_big")


def own_connections(engine: Engine) -> tuple[OwnConnection, ...]:
    """Raises `EngineTrouble`."""
    return engine.get(_OWN, "/connections")


def bring_in(
    engine: Engine, text: str, *, by: str, replace: bool, name: str = "", connections: Mapping[str, str] | None = None
) -> Draft:
    """`replace`: the draft of the flow that has this id, as one edit that can be undone; else it becomes a new flow.
    `connections`: which of ours takes the place of each that the flow names. Raises `EngineTrouble`."""
    mapped: dict[str, Json] = dict(connections or {})
    body: dict[str, Json] = {"text": text, "by": by, "replace": replace, "connections": mapped}
    if name:
        body["name"] = name
    return read(_DRAFT, engine.send("POST", "/flows", json=body))
