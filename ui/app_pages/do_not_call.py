"""Who must not be called: one number looked up, numbers added, lists of registries, states stopped, recent entries."""

from __future__ import annotations

import streamlit as st

from ui import looks
from ui.do_not_call_entries import add_numbers, look_up, recent_entries
from ui.do_not_call_registries import registries, stopped_states
from ui.texts import t


def main() -> None:
    st.html(looks.head(t("dnc.title"), lead=t("dnc.intro")))
    left, right = st.columns([6, 5], gap="large")
    with left:
        look_up()
        add_numbers()
    with right:
        registries()
        stopped_states()
    recent_entries()


main()
