"""What a button does: ask the engine, then draw the page anew, or say why it would not."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui import parts
from ui.client import EngineTrouble


def act(asked: Callable[[], object], *, leave: bool = False) -> None:
    """`leave`: for the page without an import."""
    try:
        asked()
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    if leave:
        st.query_params.clear()
    st.rerun()
