"""The components of the pages that run in the browser. Their source is ui/frontend, built ahead into static/components.

Streamlit finds the components of a package by its distribution's name, which for us is not the name of what is
imported (`ui`); so they are registered here, by the same manager and in the same form (tests/ui/test_components.py
holds us to the version that is pinned).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from ui.records import Json

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
