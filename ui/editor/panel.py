"""The panel beside the canvas or the outline: the form of what is chosen, the problems, trying the draft out."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui.editor import card_panel, edge_panel, problems, reflex_panel
from ui.editor.chosen import Chosen, Kind, section_key
from ui.editor.panels import PANELS
from ui.flow_session import FlowSession
from ui.forms.spot import Context
from ui.outline import Outline
from ui.records import BrokenPackage
from ui.texts import t

_SECTIONS: Final = ("form", "problems", "try")
_FORMS: Final[dict[Kind, str]] = {"card": "side.card", "edge": "side.way", "reflex": "side.reflex"}


def draw(
    session: FlowSession, outline: Outline, chosen: Chosen | None, context: Context, broken: tuple[BrokenPackage, ...]
) -> None:
    for panel in PANELS:
        if panel.always:
            panel.draw(session)
    offered = [each for each in _SECTIONS if each != "try" or any(not panel.always for panel in PANELS)]
    # Streamlit knows an option by its words: when the count of problems changes, what it reports may be nonsense.
    key = section_key(session)
    last = f"{key}-last"
    if st.session_state.get(key) not in offered:
        st.session_state[key] = st.session_state.get(last, "form")
    count = len(session.issues) + len(broken)
    names = {
        "form": t(_FORMS[chosen.kind if chosen is not None else "card"]),
        "problems": t("side.problems.count", count=count) if count else t("side.problems"),
        "try": t("side.try"),
    }
    section = st.segmented_control(
        t("side.sections"), offered, key=key, format_func=names.__getitem__, label_visibility="collapsed",
        required=True, width="stretch",
    )  # fmt: skip
    st.session_state[last] = section
    with st.container(key="panel-body"):
        match section:
            case "problems":
                problems.draw(session, broken)
            case "try":
                for panel in PANELS:
                    if not panel.always:
                        panel.draw(session)
            case _:
                _form(session, outline, chosen, context)


def _form(session: FlowSession, outline: Outline, chosen: Chosen | None, context: Context) -> None:
    row = outline.row(chosen.id) if chosen is not None and chosen.kind == "card" else None
    if chosen is not None and chosen.kind == "edge":
        edge_panel.draw(session, outline, chosen.id, context)
    elif chosen is not None and chosen.kind == "reflex":
        reflex_panel.draw(session, chosen.id)
    elif row is not None:
        card_panel.draw(session, outline, row, context)
    else:
        st.info(t("side.nothing"), icon=":material/touch_app:")
