"""Leads with what became of them, one of them with its whole story, and the form that has somebody called."""

from __future__ import annotations

import streamlit as st

from ui import looks
from ui.lead_figures_view import lead_figures
from ui.lead_list_view import lead_list
from ui.lead_view import one_lead
from ui.texts import t
from ui.try_lead import try_it


def main() -> None:
    if chosen := st.query_params.get("lead"):
        one_lead(chosen)
        return
    st.html(looks.head(t("leads.title"), lead=t("leads.intro")))
    figures = st.container()
    left, right = st.columns([8, 5], gap="large")
    with right:  # before the list, so that a lead just sent stands in it
        try_it()
    with left:
        lead_list()
    with figures:
        lead_figures()


main()
