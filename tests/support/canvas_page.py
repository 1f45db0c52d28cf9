"""A page with nothing but the canvas (`?flow=<id>`), for tests in a real browser. `SLOW_S` delays each of its runs."""

from __future__ import annotations

import os
import time
import uuid

import httpx
import streamlit as st

from ui.components import canvas

API = os.environ["LEADLINE_API"]
TOKEN = os.environ["LEADLINE_API_TOKEN"]

st.set_page_config(layout="wide")
flow = st.query_params.get("flow", "")
client = st.session_state.setdefault("client", f"window_{uuid.uuid4().hex}")
if "catalogue" not in st.session_state:
    answer = httpx.get(f"{API}/nodes", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    st.session_state["catalogue"] = answer.json()["nodes"]

if "away" not in st.query_params:
    state = canvas(
        "canvas",
        flow,
        client=client,
        api=API,
        ticket=TOKEN,
        catalogue=st.session_state["catalogue"],
        read_only="read_only" in st.query_params,
        height=int(st.query_params.get("height", "760")),
    )
    st.code(f"cards={','.join(state.cards)} edges={','.join(state.edges)} reflex={state.reflex or ''}", language=None)
    st.code(f"revision={state.revision}", language=None)
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.button("Run again")
st.text_input("Somewhere else", key="elsewhere")
st.caption(f"runs={st.session_state['runs']}")
time.sleep(float(os.environ.get("SLOW_S", "0")))
