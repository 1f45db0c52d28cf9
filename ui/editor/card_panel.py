"""Everything about the card that is chosen: its form, what a missing package means, and its place in the flow."""

from __future__ import annotations

import streamlit as st

from ui import looks
from ui.editor import structure
from ui.flow_session import FlowSession
from ui.forms.card_form import card_form
from ui.forms.spot import Context
from ui.outline import Outline, Row
from ui.texts import t


def draw(session: FlowSession, outline: Outline, row: Row, context: Context) -> None:
    kind = row.view.type_title or t("outline.unknown_kind")
    st.html(looks.page(looks.badge(kind, "info"), " ", looks.dim(t("card.number", number=row.number))))
    if row.view.ghost:
        _install(session)
    card_form(session, row.id, context)
    with st.container(key="card-place", gap="small"):
        st.html(looks.page(f'<h2 class="ll-h3">{looks.esc(t("card.place"))}</h2>'))
        structure.draw(session, outline, row, context.types)


def _install(session: FlowSession) -> None:
    """A card that no installed package understands: what to do about it."""
    needs = session.document.get("needs")
    named = [str(each.get("package")) for each in needs if isinstance(each, dict)] if isinstance(needs, list) else []
    lacking = [name for name in named if name != "leadline"]
    if lacking:
        st.caption(t("ghost.install"))
        st.code(f"pip install {' '.join(lacking)}", language="shell")
