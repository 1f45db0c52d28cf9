"""Do-not-call lists of the country and of states with their age, and states in which calling is stopped by hand."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from ui import looks, moments, parts, people
from ui.client import EngineTrouble
from ui.resources import do_not_call
from ui.resources.do_not_call import Lists, RegistryList, Stopped
from ui.texts import t

TONES: dict[str, looks.Tone] = {"fresh": "good", "due": "warm", "old": "bad"}
STATES = (
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA",
    "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR",
    "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY",
)  # fmt: skip
WATCH_S = 2.0


def registries() -> None:
    with st.container(border=True):
        st.subheader(t("dnc.lists"), anchor=False, help=t("dnc.lists.help"))
        with parts.troubles():
            found = do_not_call.lists(parts.engine())
        if any(each.status == "loading" for each in found.before):
            st.fragment(_while_loading, run_every=WATCH_S)()
        else:
            _cards(found)
        if people.may("publisher"):
            _upload()


def _while_loading() -> None:
    try:
        found = do_not_call.lists(parts.engine())
    except EngineTrouble as trouble:
        st.caption(trouble.sentence)
        return
    _cards(found)
    if not any(each.status == "loading" for each in found.before):
        st.rerun()


def _cards(found: Lists) -> None:
    cards: list[str] = []
    if found.national_missing:
        cards.append(looks.card(t("dnc.lists.none"), looks.paragraph(t("dnc.lists.none.help"))))
    newest = found.before[0] if found.before else None
    if newest is not None and newest.status == "loading":
        busy = t("dnc.lists.loading", count=f"{newest.numbers:,}")
        cards.append(looks.card(newest.name, looks.dot("info", pulse=True) + looks.esc(busy)))
    elif newest is not None and newest.status == "failed":
        title = t("dnc.lists.failed", name=newest.name)
        cards.append(looks.card(title, looks.paragraph(newest.problem), kind="alarm"))
    st.html(looks.page(*cards, *(_card(each) for each in found.in_force)))
    if found.in_force and people.may("publisher"):
        _remove(found)


def _card(each: RegistryList) -> str:
    mark = looks.badge(t(f"dnc.age.{each.age}"), TONES[each.age])
    count = t("dnc.lists.count", count=f"{each.numbers:,}", areas=each.areas)
    dates = t("dnc.lists.dates", day=moments.day(each.listed_at), until=moments.day(each.good_until), by=each.loaded_by)
    bad = [looks.paragraph(t("dnc.lists.unreadable", count=f"{each.unreadable:,}"), True)] if each.unreadable else []
    return looks.card(each.name, looks.paragraph(count), looks.paragraph(dates, dimmed=True), *bad, beside=mark)


def _remove(found: Lists) -> None:
    with st.popover(t("dnc.lists.remove"), icon=":material/delete:"):
        st.caption(t("dnc.lists.remove.help"))
        chosen = st.selectbox(t("dnc.lists.which"), found.in_force, format_func=lambda each: each.name)
        if st.button(t("dnc.lists.remove.do"), key="dnc-remove"):
            try:
                do_not_call.remove_list(parts.engine(), chosen.id)
            except EngineTrouble as trouble:
                st.error(trouble.sentence)
                return
            st.toast(t("dnc.lists.removed", name=chosen.name))
            st.rerun()


def _upload() -> None:
    with st.expander(t("dnc.lists.upload"), icon=":material/upload_file:"):
        st.caption(t("dnc.lists.upload.help"))
        left, right = st.columns(2)
        state = left.selectbox(t("dnc.lists.of"), ("", *STATES), format_func=lambda code: code or t("dnc.lists.nation"))
        today = parts.now().date()
        day = right.date_input(
            t("dnc.lists.day"), value=None, min_value=today - timedelta(days=31), max_value=today,
            help=t("dnc.lists.day.help"), format="YYYY-MM-DD",
        )  # fmt: skip
        file = st.file_uploader(t("dnc.lists.file"), type=["txt", "csv", "zip"], key="dnc-list")
        shorter = st.checkbox(t("dnc.lists.shorter"), help=t("dnc.lists.shorter.help"))
        if st.button(t("dnc.lists.do"), type="primary", disabled=file is None or day is None) and file and day:
            with st.spinner(t("dnc.file.busy")):
                try:
                    do_not_call.upload_list(parts.engine(), state, day, file.getvalue(), shorter)
                except EngineTrouble as trouble:
                    st.error(trouble.sentence)
                    return
            st.rerun()


def stopped_states() -> None:
    with st.container(border=True):
        st.subheader(t("dnc.states"), anchor=False, help=t("dnc.states.help"))
        with parts.troubles():
            found = do_not_call.stopped(parts.engine())
        if not found:
            st.caption(t("dnc.states.none"))
        for each in found:
            _stopped(each)
        if people.may("publisher"):
            _stop()


def _stopped(each: Stopped) -> None:
    until = moments.day_and_time(each.until, parts.zone())
    why = t("dnc.states.by", why=each.why, who=each.by)
    lines = looks.paragraph(t("dnc.states.until", until=until)), looks.paragraph(why, dimmed=True)
    st.html(looks.page(looks.card(each.state, *lines)))
    if people.may("publisher") and st.button(t("dnc.states.resume", state=each.state), key=f"resume-{each.state}"):
        try:
            do_not_call.resume(parts.engine(), each.state)
        except EngineTrouble as trouble:
            st.error(trouble.sentence)
            return
        st.rerun()


def _stop() -> None:
    with (
        st.expander(t("dnc.states.stop"), icon=":material/block:"),
        st.form("dnc-stop", border=False, clear_on_submit=True),
    ):
        left, middle, right = st.columns([2, 3, 2])
        state = left.selectbox(t("dnc.states.which"), STATES, index=None, placeholder=t("dnc.states.choose"))
        day = middle.date_input(t("dnc.states.day"), value=None, min_value=parts.now().date(), format="YYYY-MM-DD")
        hour = right.time_input(t("dnc.states.hour"), value=time(8), step=timedelta(minutes=30))
        why = st.text_input(t("dnc.states.why"), placeholder=t("dnc.states.why.example"), max_chars=300)
        if not st.form_submit_button(t("dnc.states.do")):
            return
        if not state or day is None or len(why.strip()) < 3:
            st.error(t("dnc.states.incomplete"))
            return
        try:
            do_not_call.stop(parts.engine(), state, datetime.combine(day, hour, parts.zone()), why.strip())
        except EngineTrouble as trouble:
            st.error(trouble.sentence)
            return
    st.rerun()
