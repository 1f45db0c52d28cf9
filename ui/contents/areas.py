"""A box that holds a list, one value a line. Draws."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import streamlit as st


def lines_area(
    key: str, label: str, shown: Sequence[str], write: Callable[[list[str]], None], *,
    help: str = "", placeholder: str = "", disabled: bool = False, height: int | str = "content",
) -> None:  # fmt: skip
    """`write` gets the lines that somebody typed, without empty ones. Its key goes by what is shown, so that a change
    from elsewhere (undo, a colleague) shows at once."""
    text = "\n".join(shown)
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    widget = f"{key}/{mark}"

    def changed() -> None:
        lines = [" ".join(line.split()) for line in str(st.session_state.get(widget) or "").splitlines()]
        new = [line for line in lines if line]
        if new != list(shown):
            write(new)

    st.text_area(
        label, text, key=widget, on_change=changed, help=help or None, placeholder=placeholder, disabled=disabled,
        height=height,
    )  # fmt: skip
