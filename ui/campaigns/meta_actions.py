"""What only a source at Meta has: leads that wait to be fetched, pages that must tell us, leads that were missed."""

from __future__ import annotations

import streamlit as st

from ui import looks, parts, people
from ui.client import EngineTrouble
from ui.resources import meta_sources
from ui.resources.lead_sources import Source
from ui.texts import t

_SAID = "meta-said"


def waiting(source: Source) -> None:
    """What keeps leads at Meta, and a way to go on once it is mended. Nothing if nothing waits."""
    try:
        found = meta_sources.fetches(parts.engine(), source.id)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    if found.waiting:
        st.caption(t("meta.waiting", count=found.waiting))
    for each in found.problems:
        st.html(looks.page(looks.field_problem(each.sentence, t("meta.parked", count=each.leads), False)))
    if said := st.session_state.pop(_SAID, ""):
        st.info(said)
    if found.parked:
        # By a callback: what waits may be gone when the page is drawn anew.
        st.button(
            t("meta.again"), icon=":material/refresh:", key=f"meta-again-{source.id}", on_click=_again, args=(source,),
            disabled=not people.may("publisher"),
        )  # fmt: skip


def _again(source: Source) -> None:
    try:
        count = meta_sources.fetch_again(parts.engine(), source.id)
    except EngineTrouble as trouble:
        st.session_state[_SAID] = trouble.sentence
    else:
        st.session_state[_SAID] = t("meta.again.done", count=count)


def actions(source: Source) -> None:
    """Ask Meta, have it tell us, fetch what was missed."""
    if not people.may("publisher"):
        return
    ask, tell, days, fetch = st.columns([3, 3, 2, 3], vertical_alignment="bottom")
    asked = ask.button(t("meta.ask"), icon=":material/help:", key=f"meta-ask-{source.id}", width="stretch")
    told = tell.button(t("meta.tell"), icon=":material/notifications:", key=f"meta-tell-{source.id}", width="stretch")
    if asked or told:
        _pages(source, subscribe=told)
    over = days.number_input(t("meta.days"), 1, 90, 7, key=f"meta-days-{source.id}")
    if fetch.button(t("meta.fetch"), icon=":material/history:", key=f"meta-fetch-{source.id}", width="stretch"):
        _missed(source, int(over))


def _pages(source: Source, *, subscribe: bool) -> None:
    try:
        found = meta_sources.pages(parts.engine(), source.id, subscribe=subscribe)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    for page in found:
        if page.problem:
            st.error(t("meta.page.problem", page=page.page_id or page.connection, problem=page.problem))
        elif page.subscribed:
            st.success(t("meta.page.yes", page=page.page_id))
        else:
            st.warning(t("meta.page.no", page=page.page_id))


def _missed(source: Source, days: int) -> None:
    try:
        found = meta_sources.missed(parts.engine(), source.id, days)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    st.success(t("meta.fetched", found=found.found, new=found.new))
