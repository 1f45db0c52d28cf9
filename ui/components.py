"""The components of the pages that run in the browser. Their source is ui/frontend, built ahead into static/components.

Streamlit finds the components of a package by its distribution's name, which for us is not the name of what is
imported (`ui`); so they are registered here, by the same manager and in the same form (tests/ui/test_components.py
holds us to the version that is pinned).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, Protocol

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from ui.records import Json
from ui.texts import ENGLISH

FOLDER: Final = Path(__file__).resolve().parent / "static" / "components"
PACKAGE: Final = "leadline"


class Renderer(Protocol):
    """What draws a component. `on_<state>_change` callbacks go by name, as Streamlit wants them."""

    def __call__(
        self,
        *,
        key: str,
        data: Mapping[str, Json],
        default: Mapping[str, Json] | None = None,
        height: str | int = "content",
        **callbacks: Callable[[], None],
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Bundle:
    """One built component. `script`: its file in FOLDER; the name carries a hash, so browsers may keep it for ever."""

    entry: str
    script: str


@cache
def bundles() -> Mapping[str, Bundle]:
    """All components that are built, by their entry."""
    built = json.loads((FOLDER / "BUILD.json").read_text(encoding="utf-8"))["entries"]
    return {
        entry: Bundle(entry, next(name for name in made["outputs"] if name.endswith(".js")))
        for entry, made in built.items()
    }


def component(entry: str) -> Renderer:
    """The component built from ui/frontend/src/<entry>. Raises KeyError for one that does not exist."""
    name = f"{PACKAGE}.{entry}"
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(name) is None:
        configs = [ComponentConfig(name=each, asset_dir=FOLDER.name) for each in bundles()]
        manager.register_from_manifest(ComponentManifest(PACKAGE, "0", configs), FOLDER.parent)
    made: Renderer = st.components.v2.component(name, js=bundles()[entry].script)
    return made


@dataclass(frozen=True, slots=True)
class CanvasState:
    """What the person does on the canvas. `cards`, `edges`: ids of what is chosen; `reflex`: of the chosen reflex.
    `revision`: of the draft that the canvas shows, so that forms know when to read again. `ask`: `ticket` when it needs
    a new one."""

    cards: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    reflex: str | None = None
    revision: int = 0
    ask: Literal["ticket"] | None = None


def canvas(
    key: str,
    flow_id: str,
    *,
    client: str,
    api: str,
    ticket: str,
    catalogue: Sequence[Mapping[str, Json]],
    revision: int = 0,
    focus: Mapping[str, Json] | None = None,
    lit: Mapping[str, Json] | None = None,
    read_only: bool = False,
    height: int = 680,
) -> CanvasState:
    """The canvas of one flow. It reads the draft and stores edits itself, straight from and to the engine.

    `client`: how the engine knows this window; edits of the forms under the same name are undone on the canvas too.
    `api`, `ticket`: the engine's address as the browser reaches it, and what lets the browser in. `catalogue`: the node
    types of `GET /nodes`. `revision`: the newest one that the page knows of; a higher one makes the canvas look at
    once. `focus`: `{"card": id}` or `{"edge": id}`, brought into view once; a new `nonce` beside it does so again.
    `lit`: `{"cards": [...], "visited": [...]}` of a running test call. `height`: in pixels.
    """
    data: dict[str, Json] = {
        "flow": flow_id,
        "client": client,
        "api": api,
        "ticket": ticket,
        "catalogue": [dict(each) for each in catalogue],
        "revision": revision,
        "texts": words("canvas"),
        "focus": dict(focus) if focus else None,
        "lit": dict(lit) if lit else None,
        "read_only": read_only,
        "height": height,
    }
    made = component("canvas")(
        key=key,
        data=data,
        default={"selection": {"cards": [], "edges": [], "reflex": None}, "revision": revision, "ask": None},
        height="content",
        on_selection_change=_nothing,
        on_revision_change=_nothing,
        on_ask_change=_nothing,
    )
    return _state(made)


def words(table: str) -> dict[str, Json]:
    """The words of one table, by their names in it, as a component shows them."""
    prefix = f"{table}."
    return {name.removeprefix(prefix): text for name, text in ENGLISH.items() if name.startswith(prefix)}


def _nothing() -> None:
    """Streamlit gives a state a default only together with a callback; the page reads the state, which is enough."""


def _state(made: object) -> CanvasState:
    """What the browser said, read with care: it may be of an older page."""
    told = getattr(made, "selection", None)
    chosen = told if isinstance(told, Mapping) else {}
    reflex, revision = chosen.get("reflex"), getattr(made, "revision", 0)
    return CanvasState(
        cards=tuple(str(each) for each in chosen.get("cards") or ()),
        edges=tuple(str(each) for each in chosen.get("edges") or ()),
        reflex=reflex if isinstance(reflex, str) else None,
        revision=int(revision) if isinstance(revision, int | float) else 0,
        ask="ticket" if getattr(made, "ask", None) == "ticket" else None,
    )
