"""The Editor (`?flow=<id>`, `&card=` or `&edge=`, `&view=outline`): canvas or outline, and the panel beside it."""

from __future__ import annotations

import streamlit as st

from ui.editor import workbench
from ui.flow_session import open_flow


def main() -> None:
    session = open_flow(quiet=workbench.shown_view() == "canvas")
    with st.container(key="workbench"):
        workbench.draw(session)


main()
