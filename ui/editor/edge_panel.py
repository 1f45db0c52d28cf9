"""Everything about the way that is chosen: the cards at its ends, and its form."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ui import looks
from ui.editor.chosen import Chosen, choose
from ui.flow_session import FlowSession
from ui.forms.edge_form import edge_form
from ui.forms.spot import Context
from ui.outline import Outline
from ui.texts import t


def draw(session: FlowSession, outline: Outline, edge: str, context: Context) -> None:
    found = next(((row, way) for row in outline.rows for way in row.ways if way.edge == edge), None)
    if found is None:
        st.warning(t("edge.loose"))
        return
    row, way = found
    st.html(looks.page(looks.badge(t("side.way"), "info")))
    with st.container(horizontal=True, gap="small"):
        for id in dict.fromkeys((row.id, way.to)):
            if outline.row(id) is not None:
                st.button(
                    outline.called(id), key=f"edge-end-{session.flow_id}-{edge}-{id}", icon=":material/crop_square:",
                    on_click=partial(choose, session, Chosen("card", id)), type="tertiary",
                )  # fmt: skip
    edge_form(session, edge, context)
