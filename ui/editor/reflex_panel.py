"""What the reflex that is chosen does, and the way to the page where it is changed."""

from __future__ import annotations

import streamlit as st

from ui import looks
from ui.contents.reading import text, thing
from ui.contents.reflex_words import summary
from ui.flow_session import FlowSession
from ui.mending import flow_page
from ui.texts import t


def draw(session: FlowSession, reflex_id: str) -> None:
    reflex = thing(session.document, "reflexes", reflex_id)
    if reflex is None:
        return
    head = f'<h2 class="ll-h2">{looks.esc(text(reflex, "label"))}</h2>'
    st.html(looks.page(looks.badge(t("side.reflex"), "info"), head))
    st.html(looks.rule_sentence(summary(session.document, reflex)))
    page = flow_page("reflexes")
    st.page_link(
        page.file, label=t("side.reflex.change"), icon=":material/arrow_forward:",
        query_params={"flow": session.flow_id, "show": reflex_id},
    )  # fmt: skip
