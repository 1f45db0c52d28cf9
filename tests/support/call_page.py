"""A page with nothing but the call from the browser, and ways to disturb it. Run it by `streamlit run`.

The panel stands above what is exchanged, as on the pages of the builder.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from ui import looks, parts
from ui.records import Json
from ui.resources.drafts import draft
from ui.testing.call_panel import call_panel


@dataclass(frozen=True)
class Opened:
    flow_id: str
    document: Mapping[str, Json] = field(repr=False)


st.set_page_config(layout="wide")
st.html(looks.stylesheet())
flow_id = st.query_params.get("flow", "home_services_v1")
session = Opened(flow_id, draft(parts.engine(), flow_id).document)
call_panel(session)
st.button("Draw the page again")
panel = st.segmented_control("Panel", ["Card", "Chat", "Problems"], default="Card", key="panel")
st.write(f"The panel {panel} is open. Drawn {st.session_state.setdefault('drawn', 0)} times.")
st.session_state["drawn"] += 1
time.sleep(float(st.query_params.get("slow", "0")))
