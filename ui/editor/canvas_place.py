"""The canvas in its place: the ticket it shows to the engine, what is brought into view, and what is chosen on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import streamlit as st

from ui import parts, people
from ui.client import EngineTrouble, address_for_browsers
from ui.components import CanvasState, canvas
from ui.editor.chosen import Chosen, chosen_on_canvas, to_show
from ui.flow_session import FlowSession
from ui.records import Json
from ui.resources import tickets
from ui.resources.nodes import Catalogue
from ui.resources.tickets import Ticket
from ui.texts import t

SPARE: Final = timedelta(minutes=3)
"""A ticket that ends sooner is replaced."""


def draw(session: FlowSession, catalogue: Catalogue) -> None:
    key = f"canvas-{session.flow_id}"
    ticket = _ticket(session)
    if ticket is None:
        st.warning(t("canvas_place.no_ticket"), icon=":material/cloud_off:")
    listed = catalogue.raw.get("nodes")
    nodes = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    state = canvas(
        key, session.flow_id, client=session.client, api=address_for_browsers(), ticket=ticket.ticket if ticket else "",
        catalogue=nodes, revision=session.revision, focus=_focus(session), read_only=session.read_only,
    )  # fmt: skip
    _heed(session, state)


def _heed(session: FlowSession, state: CanvasState) -> None:
    """What was done on the canvas since the page was drawn. The panel is drawn after it, so it shows what is chosen."""
    chosen_on_canvas(session, chosen_of(state))
    if state.ask == "ticket" and st.session_state.pop(_ticket_key(session), None) is not None:
        st.rerun()


def chosen_of(state: CanvasState) -> Chosen | None:
    """One thing; of several, none is the one whose form is open."""
    if len(state.cards) == 1:
        return Chosen("card", state.cards[0])
    if not state.cards and len(state.edges) == 1:
        return Chosen("edge", state.edges[0])
    if not state.cards and not state.edges and state.reflex is not None:
        return Chosen("reflex", state.reflex)
    return None


def _focus(session: FlowSession) -> dict[str, Json] | None:
    """A reflex is nowhere on the board."""
    shown = to_show(session)
    if shown is None or shown.what.kind == "reflex":
        return None
    return {shown.what.kind: shown.what.id, "nonce": str(shown.number)}


def _ticket(session: FlowSession) -> Ticket | None:
    """The one in use, as long as it lasts; None when the engine gives none."""
    key = _ticket_key(session)
    kept: Ticket | None = st.session_state.get(key)
    if kept is not None and kept.expires_at - parts.now() > SPARE:
        return kept
    try:
        kept = tickets.to_edit(parts.engine(), session.flow_id, people.current_person())
    except EngineTrouble:
        return kept
    st.session_state[key] = kept
    return kept


def _ticket_key(session: FlowSession) -> str:
    return f"editor-ticket-{session.flow_id}"
