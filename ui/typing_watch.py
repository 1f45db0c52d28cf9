"""Text boxes report while somebody types, not only when they are left: see static/typing.js."""

from __future__ import annotations

import re
from functools import cache
from typing import Protocol

import streamlit as st

from ui import looks
from ui.forms.binding import Path
from ui.records import Json


class _Watch(Protocol):
    def __call__(self, *, key: str, data: dict[str, Json]) -> object: ...


@cache
def _component() -> _Watch:
    source = (looks.STATIC / "typing.js").read_text(encoding="utf-8")
    made: _Watch = st.components.v2.component("leadline_typing", js=source)
    return made


def draw(key: str, field: str = "", chosen: str = "") -> None:
    """Once a page. `field`: what the cursor is to be put into (`field_class`). `chosen`: a new one is brought into view
    in the outline."""
    _component()(key=key, data={"field": field, "chosen": chosen})


def field_class(flow_id: str, path: Path) -> str:
    """How the browser finds the widget of a field: part of a class that Streamlit makes of its key."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", "/".join(("form", flow_id, *(str(each) for each in path))))
