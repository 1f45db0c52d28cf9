"""Node types of this installation, ours and integrators', as the builder needs them."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_TOKEN_OR_TICKET
from engine.api.services import Use
from engine.sdk import Json

router = APIRouter(prefix="/nodes", tags=["nodes"], dependencies=[NEEDS_TOKEN_OR_TICKET])


class ExitOut(BaseModel):
    """`failure`: taken when the card's outside work did not succeed; it must lead somewhere."""

    name: str
    label: str
    failure: bool


class EffectsOut(BaseModel):
    """What a card does to the world. `reads`, `writes`: names of settings that hold things to find out, or such things
    themselves. `budget_s`: the longest it may take."""

    speaks: bool
    reads: list[str]
    writes: list[str]
    outside: bool
    budget_s: float


class NodeTypeOut(BaseModel):
    """`settings`: JSON Schema of a card's settings, from which the builder makes its form."""

    type: str
    title: str
    kind: str = Field(description="talk, quiet or after_call")
    shelf: str
    version: int
    help: str
    icon: str
    exits: list[ExitOut]
    effects: EffectsOut
    ends_the_call: bool
    package: str
    settings: dict[str, Json]


class BrokenOut(BaseModel):
    """A package whose node types could not be loaded."""

    name: str
    problem: str


class Manifest(BaseModel):
    """The node types of this installation, and the packages whose types could not be loaded."""

    nodes: list[NodeTypeOut]
    broken: list[BrokenOut]


@router.get("")
async def manifest(use: Use) -> Manifest:
    """All node types, by shelf and title."""
    nodes = [
        NodeTypeOut(
            type=each.type,
            title=each.title,
            kind=each.kind,
            shelf=each.shelf,
            version=each.version,
            help=each.summary,
            icon=each.icon,
            exits=[ExitOut(name=exit.name, label=exit.label, failure=exit.failure) for exit in each.exits],
            effects=EffectsOut(
                speaks=each.effects.speaks,
                reads=list(each.effects.reads),
                writes=list(each.effects.writes),
                outside=each.effects.outside,
                budget_s=each.effects.budget_s,
            ),
            ends_the_call=each.terminal,
            package=use.nodes.package.get(each.type, ""),
            settings=each.settings_schema(),
        )
        for each in sorted(use.nodes, key=lambda each: (each.shelf, each.title))
    ]
    return Manifest(nodes=nodes, broken=[BrokenOut(name=each.name, problem=each.problem) for each in use.nodes.broken])
