"""What goes over the wire about flows as wholes: templates, new flows, files of strangers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.api.flow_shapes import IssueOut
from engine.sdk import Json

Outcome = Literal["fine", "upgraded", "ghosts", "newer", "refused"]


class TemplateOut(BaseModel):
    """A flow to begin from. `finds_out`: labels of what it asks for. `endings`: dispositions that its calls can come
    to. `after_call`: names of the cards that run when a call is over."""

    name: str
    title: str
    description: str
    language: str
    finds_out: list[str]
    endings: list[str]
    after_call: list[str]
    cards: int


class NewFlow(BaseModel):
    """Where it begins: `template` (a name of `GET /templates`), `document` or `text` (an exported flow, kept byte for
    byte as far as nothing below changes it). `name`: of the new flow; empty keeps the document's. `replace`: the draft
    of the flow that has the document's id, as one edit; without it a document whose id is taken becomes a new flow.
    `connections`: names of ours for those that the document names."""

    model_config = ConfigDict(extra="forbid")

    template: str | None = None
    document: dict[str, Json] | None = None
    text: str | None = None
    name: str = Field("", max_length=200)
    replace: bool = False
    connections: dict[str, str] = Field(default_factory=dict)
    by: str = Field("", max_length=200)


class CopyIn(BaseModel):
    """`name`: of the copy."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    by: str = Field("", max_length=200)


class ImportIn(BaseModel):
    """`text`: a flow file, whatever is in it."""

    model_config = ConfigDict(extra="forbid")

    text: str


class GhostOut(BaseModel):
    """A card whose type no installed package brings."""

    node: str
    name: str
    type: str


class NeedOut(BaseModel):
    """A package that is to be installed. `range`: of its versions; `*` for any."""

    package: str
    range: str


class NamedConnectionOut(BaseModel):
    """A connection that the flow names. `kinds`: those that would fit; none if that cannot be told. `known`: there is
    one of that name here. `cards`: who uses it."""

    name: str
    kinds: list[str]
    known: bool
    cards: list[str]


class ImportOut(BaseModel):
    """What opening a text comes to; nothing was saved. `flow_id` is empty when it cannot be read at all. `exists`: a
    flow of that id is here. `changes`: what was brought up to date. `code`, `line`, `column`: of a refused text."""

    outcome: Outcome
    sentence: str
    flow_id: str
    name: str
    exists: bool
    changes: list[str]
    ghosts: list[GhostOut]
    needs: list[NeedOut]
    connections: list[NamedConnectionOut]
    code: str
    line: int
    column: int
    issues: list[IssueOut]
