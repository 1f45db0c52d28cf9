"""Lights the open card on a canvas that lies on the same page: a window event, so that the canvas needs no rerun."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

# The canvas listens to the same event from the call in the browser (ui/frontend/src/call).
_SCRIPT = """
export default function ({ data }) {
  if (!data) return;
  const { flow, cards, visited } = data;
  window.dispatchEvent(new CustomEvent("leadline:lit", { detail: { flow, cards, visited } }));
}
"""


def light(flow_id: str, cards: Sequence[str], visited: Sequence[str], key: str) -> None:
    """`cards`: open now, none when the talk is over. `visited`: all so far."""
    component = st.components.v2.component("leadline-light", js=_SCRIPT)
    component(key=key, data={"flow": flow_id, "cards": list(cards), "visited": list(visited)}, height=1)
