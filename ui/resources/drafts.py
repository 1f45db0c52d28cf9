"""Drafts of flows: reading one with everything the engine says about it, and changing it edit by edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final, TypeAlias

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Issue, Json

Place: TypeAlias = str | int
Step: TypeAlias = dict[str, Json]
"""A step of an edit as the API takes it: `{"do": "put", "path": [...], "value": ...}`, or one of the gestures."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A thing to find out that a card wants. `need`: must, nice or if_offered."""

    slot: str
    label: str
    need: str = "must"


@dataclass(frozen=True, slots=True)
class ExitView:
    """A way out of a card. `failure`: taken when outside work did not succeed. `branches`: it may lead to several."""

    name: str
    label: str = ""
    failure: bool = False
    branches: bool = False


@dataclass(frozen=True, slots=True)
class CardView:
    """What is said about a card. `title`: its name; `type_title`: what its type is called; `kind`: talk, quiet,
    after_call or empty. `ghost`: no installed package brings its type. `problems`: how many of its own there are."""

    title: str = ""
    type_title: str = ""
    kind: str = ""
    shelf: str = ""
    icon: str = ""
    summary: str = ""
    chips: tuple[Chip, ...] = ()
    exits: tuple[ExitView, ...] = ()
    ghost: bool = False
    ends_the_call: bool = False
    problems: int = 0


@dataclass(frozen=True, slots=True)
class EdgeView:
    """`sentence`: when the way is taken; empty when it always is."""

    sentence: str = ""
    problems: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """What plain code decides about the cards and edges of a draft, by their ids."""

    cards: dict[str, CardView] = field(default_factory=dict)
    edges: dict[str, EdgeView] = field(default_factory=dict)
    start: str | None = None
    start_inbound: str | None = None
    after_call: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """`revision` counts edits. `read_only`: it can be looked at only: a newer Leadline has made it, or
    the role of whoever asks is to look."""

    id: str
    name: str
    revision: int
    edited_at: datetime
    edited_by: str
    document: dict[str, Json]
    read_only: bool = False
    issues: tuple[Issue, ...] = ()
    view: View = field(default_factory=View)


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit that is in the draft. `inverse`: the steps that take it back."""

    revision: int
    id: str
    client: str
    by: str
    at: datetime
    label: str
    steps: tuple[Step, ...] = ()
    inverse: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Edits:
    """All edits since a revision, oldest first, and what is said about the draft as it is now."""

    revision: int
    edits: tuple[Edit, ...] = ()
    issues: tuple[Issue, ...] = ()
    view: View = field(default_factory=View)


@dataclass(frozen=True, slots=True)
class NewEdit:
    """An edit to be made. The id is ours, so that sending it twice is harmless."""

    id: str
    label: str
    steps: tuple[Step, ...]

    def asked(self) -> dict[str, Json]:
        return {"id": self.id, "label": self.label, "steps": list(self.steps)}


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that somebody else changed meanwhile. `kind`: changed or gone. `edit`: the id of the edit that was not
    made; `was` what its author saw, `theirs` what stands there now, `yours` what was wanted."""

    edit: str
    path: tuple[Place, ...]
    kind: str = "changed"
    was: Json = None
    theirs: Json = None
    yours: Json = None
    by: str = ""
    at: datetime | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class EditsClash:
    """The answer to edits that could not be made; none of the request was. `edits`: what others did since."""

    detail: str
    revision: int
    conflicts: tuple[Clash, ...]
    edits: tuple[Edit, ...] = ()


_DRAFT: Final = TypeAdapter(Draft)
_EDITS: Final = TypeAdapter(Edits)
_CLASH: Final = TypeAdapter(EditsClash)


def draft(engine: Engine, flow_id: str) -> Draft:
    """Raises `EngineTrouble`."""
    return engine.get(_DRAFT, f"/flows/{part(flow_id)}/draft")


def edits_since(engine: Engine, flow_id: str, revision: int) -> Edits | None:
    """What has been done since; None when the engine no longer tells: read the draft again. Raises `EngineTrouble`."""
    answer = engine.send(
        "GET", f"/flows/{part(flow_id)}/edits", query={"since": str(revision)}, fine=(HTTPStatus.OK, HTTPStatus.GONE)
    )
    return None if answer.status_code == HTTPStatus.GONE else read(_EDITS, answer)


def send_edits(
    engine: Engine, flow_id: str, base_revision: int, client: str, by: str, edits: Sequence[NewEdit]
) -> Edits | EditsClash:
    """All of `edits` or, when somebody else was there first, none. Repeating it is harmless. Raises `EngineTrouble`."""
    body: Mapping[str, Json] = {
        "base_revision": base_revision,
        "client": client,
        "by": by,
        "edits": [each.asked() for each in edits],
    }
    answer = engine.send(
        "POST", f"/flows/{part(flow_id)}/edits", json=dict(body),
        fine=(HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.CONFLICT),
    )  # fmt: skip
    return read(_CLASH, answer) if answer.status_code == HTTPStatus.CONFLICT else read(_EDITS, answer)
