"""Flows as wholes: the list, templates, new ones, copies, putting away and bringing back, export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import FlowLine, Json
from ui.resources.drafts import Draft


@dataclass(frozen=True, slots=True)
class Template:
    """A flow to begin from. `name`: how the engine knows it. `finds_out`: labels of what it asks for. `endings`: codes
    of the outcomes it can come to. `after_call`: names of what it does when the call is over."""

    name: str
    title: str
    description: str = ""
    finds_out: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    after_call: tuple[str, ...] = ()
    cards: int = 0


_LINES: Final = TypeAdapter(tuple[FlowLine, ...])
_TEMPLATES: Final = TypeAdapter(tuple[Template, ...])
_DRAFT: Final = TypeAdapter(Draft)


def shelf(engine: Engine) -> tuple[FlowLine, ...]:
    """All flows by name, also those that were put away. Raises `EngineTrouble`."""
    return engine.get(_LINES, "/flows", {"archived": "true"})


def templates(engine: Engine) -> tuple[Template, ...]:
    """Raises `EngineTrouble`."""
    return engine.get(_TEMPLATES, "/templates")


def from_template(engine: Engine, template: str, name: str, by: str) -> Draft:
    """A new flow. Raises `EngineTrouble`."""
    body: dict[str, Json] = {"template": template, "name": name, "by": by}
    return read(_DRAFT, engine.send("POST", "/flows", json=body))


def copy(engine: Engine, flow_id: str, name: str, by: str) -> Draft:
    """A new flow that begins as the draft of this one. Raises `EngineTrouble`."""
    return read(_DRAFT, engine.send("POST", f"/flows/{part(flow_id)}/copy", json={"name": name, "by": by}))


def put_away(engine: Engine, flow_id: str) -> None:
    """Take it off the list. Raises `EngineTrouble`."""
    engine.send("POST", f"/flows/{part(flow_id)}/archive", fine=(200, 204))


def bring_back(engine: Engine, flow_id: str) -> None:
    """Raises `EngineTrouble`."""
    engine.send("POST", f"/flows/{part(flow_id)}/unarchive", fine=(200, 204))


def exported(engine: Engine, flow_id: str, version: int | None = None) -> bytes:
    """The flow file of the draft, or of a published version. Raises `EngineTrouble`."""
    query = {} if version is None else {"version": str(version)}
    return engine.send("GET", f"/flows/{part(flow_id)}/export", query=query).content
