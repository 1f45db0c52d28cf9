"""Canvas or outline on the left, the panel on the right. A fragment of its own, so that an edit redraws little."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui import outline as outlines
from ui import parts, typing_watch
from ui.client import EngineTrouble
from ui.editor import canvas_place, outline_list, panel
from ui.editor.chosen import LISTS, Chosen, chosen, field_to_focus
from ui.editor.context import context_for
from ui.flow_session import FlowSession
from ui.forms.binding import Path
from ui.resources import nodes
from ui.resources.nodes import Catalogue
from ui.texts import t

_VIEWS: Final = ("canvas", "outline")
_VIEW: Final = "editor-view"


def _draw(session: FlowSession) -> None:
    session.refresh()
    catalogue = _catalogue()
    left, right = st.columns([5, 3], gap="small")
    with left, st.container(key="flow-place", gap="small"):
        view = _view()
        if view == "canvas":
            chosen(session)  # what the address names is brought into view at once
            canvas_place.draw(session, catalogue)
        now = chosen(session)
        made = outlines.outline(session.document, session.view)
        context = context_for(session, catalogue.types)
        if view == "outline":
            outline_list.draw(session, made, now.id if now is not None and now.kind != "reflex" else "", context.types)
    with right, st.container(key="panel", gap="small"):
        panel.draw(session, made, now, context, catalogue.types.broken)
    field = field_to_focus(session)
    place = _place(session, now, field) if field and now is not None else ""
    typing_watch.draw("typing-editor", place, now.id if now is not None else "")


draw = st.fragment(_draw)


def shown_view() -> str:
    """Canvas or outline. It stands in the address, so that it can be passed on and kept as a bookmark."""
    if st.session_state.get(_VIEW) not in _VIEWS:
        asked = st.query_params.get("view")
        st.session_state[_VIEW] = asked if asked in _VIEWS else _VIEWS[0]
    return str(st.session_state[_VIEW])


def _view() -> str:
    before = shown_view()
    view = st.segmented_control(
        t("view"), _VIEWS, key="editor-view-widget", default=before, format_func=lambda each: t(f"view.{each}"),
        label_visibility="collapsed", required=True,
    )  # fmt: skip
    st.session_state[_VIEW] = view
    st.query_params["view"] = str(view)
    if view != before:
        st.rerun()  # the head of the page differs too
    return str(view)


def _place(session: FlowSession, now: Chosen, field: str) -> str:
    path: Path = (LISTS[now.kind], now.id, *(int(part) if part.isdecimal() else part for part in field.split(".")))
    return typing_watch.field_class(session.flow_id, path)


def _read_catalogue(address: str) -> Catalogue:
    return nodes.catalogue(parts.engine())


_remembered = st.cache_data(ttl=30, show_spinner=False)(_read_catalogue)


def _catalogue() -> Catalogue:
    """Of the last half minute; when the engine is gone, of this session's last look."""
    try:
        found: Catalogue = _remembered(parts.engine().address)
    except EngineTrouble:
        kept: Catalogue = st.session_state.get("editor-catalogue", nodes.NONE)
        return kept
    st.session_state["editor-catalogue"] = found
    return found
