"""A page with nothing but the canvas (`?flow=<id>`), for tests in a real browser. It tells what the canvas tells it."""

from __future__ import annotations

import os
import uuid

import httpx
import streamlit as st

from ui.components import canvas

# The tests' own copy of what pages of the product do: it stays as small as it can be.
API = os.environ["LEADLINE_API"]
TOKEN = {"Authorization": f"Bearer {os.environ['LEADLINE_API_TOKEN']}"}

st.set_page_config(layout="wide")
flow = st.query_params.get("flow", "")
client = st.session_state.setdefault("client", f"window_{uuid.uuid4().hex}")
if "catalogue" not in st.session_state:
    st.session_state["catalogue"] = httpx.get(f"{API}/nodes", headers=TOKEN, trust_env=False).json()["nodes"]
if "ticket" not in st.session_state or st.session_state.get("canvas", {}).get("ask") == "ticket":
    made = httpx.post(f"{API}/editor/tickets", headers=TOKEN, json={"flow_id": flow, "by": "Dana"}, trust_env=False)
    st.session_state["ticket"] = made.json().get("ticket", "")

if not st.toggle("Away"):
    state = canvas(
        "canvas",
        flow,
        client=client,
        api=API,
        ticket=st.session_state["ticket"],
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
