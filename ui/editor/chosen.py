"""What is chosen in the editor: a card, a way or a reflex, kept in the address so that it can be passed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from ui.flow_session import FlowSession
from ui.forms.binding import Missing, at

Kind = Literal["card", "edge", "reflex"]
Section = Literal["form", "problems", "try"]

LISTS: Final[dict[Kind, str]] = {"card": "nodes", "edge": "edges", "reflex": "reflexes"}
"""Where each stands in a flow document."""


@dataclass(frozen=True, slots=True)
class Chosen:
    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that the canvas is to bring into view; a new `number` does so again."""

    what: Chosen
    number: int


def chosen(session: FlowSession) -> Chosen | None:
    """None when nothing is, or when it was removed meanwhile. The address follows."""
    found: Chosen | None
    if _key(session) not in st.session_state:
        found = _from_address()
        if found is not None:
            _show(session, found)
    else:
        found = st.session_state[_key(session)]
    if found is not None and isinstance(at(session.document, (LISTS[found.kind], found.id)), Missing):
        found = None
    st.session_state[_key(session)] = found
    _to_address(found)
    return found


def choose(session: FlowSession, what: Chosen | None, *, field: str = "", section: Section = "form") -> None:
    """`field`: the form puts the cursor there, `settings.goal`. Used in callbacks, before the page is drawn."""
    st.session_state[_key(session)] = what
    st.session_state[section_key(session)] = section
    st.session_state[_focus_key(session)] = field
    if what is not None:
        _show(session, what)


def chosen_on_canvas(session: FlowSession, what: Chosen | None) -> None:
    """What the canvas says is chosen, before the panel is drawn.

    The canvas repeats what it said until something else is chosen there, so only a change counts.
    """
    key = f"editor-canvas-chosen-{session.flow_id}"
    if st.session_state.get(key) == what:
        return
    st.session_state[key] = what
    if what is not None and st.session_state.get(_key(session)) != what:
        st.session_state[_key(session)] = what
        st.session_state[section_key(session)] = "form"


def to_show(session: FlowSession) -> Shown | None:
    found: Shown | None = st.session_state.get(_show_key(session))
    return found


def _show(session: FlowSession, what: Chosen) -> None:
    before = to_show(session)
    st.session_state[_show_key(session)] = Shown(what, before.number + 1 if before is not None else 1)


def field_to_focus(session: FlowSession) -> str:
    found: str = st.session_state.pop(_focus_key(session), "")
    return found


def section_key(session: FlowSession) -> str:
    """Of the widget that tells which part of the panel is open."""
    return f"editor-section-{session.flow_id}"


def _key(session: FlowSession) -> str:
    return f"editor-chosen-{session.flow_id}"


def _focus_key(session: FlowSession) -> str:
    return f"editor-focus-{session.flow_id}"


def _show_key(session: FlowSession) -> str:
    return f"editor-show-{session.flow_id}"


def _from_address() -> Chosen | None:
    return next((Chosen(kind, id) for kind in LISTS if (id := st.query_params.get(kind))), None)


def _to_address(what: Chosen | None) -> None:
    for kind in LISTS:
        wanted = what.id if what is not None and what.kind == kind else None
        if wanted is None and kind in st.query_params:
            del st.query_params[kind]
        elif wanted is not None and st.query_params.get(kind) != wanted:
            st.query_params[kind] = wanted
