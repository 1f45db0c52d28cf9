"""Your own do-not-call list: a number looked up, taken off, added, many of them by file; and the latest entries."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui import looks, moments, parts, people
from ui.client import EngineTrouble
from ui.resources import do_not_call
from ui.resources.do_not_call import Entry, NewConsent, NumberStands
from ui.texts import t

PAGE = 20
LINES = 12


def look_up() -> None:
    with st.container(border=True):
        st.subheader(t("dnc.look"), anchor=False)
        with st.form("dnc-look", border=False):
            asked, button = st.columns([5, 2], vertical_alignment="bottom")
            number = asked.text_input(
                t("dnc.number"), placeholder=t("dnc.number.example"), icon=":material/call:", autocomplete="off"
            )
            pressed = button.form_submit_button(t("dnc.look.do"), type="primary", width="stretch")
        if pressed:
            st.session_state["dnc-number"] = number
        if asked_for := st.session_state.get("dnc-number", ""):
            try:
                _found(do_not_call.look_up(parts.engine(), asked_for))
            except EngineTrouble as trouble:
                parts.show_trouble(trouble, retry=False)


def _found(found: NumberStands) -> None:
    number, own = moments.phone(found.number), found.own
    if own is None and not found.lists:
        free = looks.card(t("dnc.free", number=number), looks.paragraph(t("dnc.free.help")), kind="strong")
        st.html(looks.page(free))
        return
    cards: list[str] = []
    if own is not None:
        when = moments.long_day_and_time(own.added_at, parts.zone())
        lines = [looks.paragraph(t("dnc.own.since", when=when, door=_door(own.door))), looks.paragraph(_why(own), True)]
        if own.number is None:
            lines.append(looks.paragraph(t("dnc.hashed"), dimmed=True))
        cards.append(looks.card(t("dnc.own", number=number), *lines, kind="alarm"))
    for listed in found.lists:
        day = moments.day(listed.listed_at)
        cards.append(looks.card(t("dnc.listed", name=listed.name), looks.paragraph(t("dnc.listed.since", day=day))))
    st.html(looks.page(*cards))
    if own is None:
        st.caption(t("dnc.listed.help"))
    elif people.may("admin"):
        _take_off(found)


def _take_off(found: NumberStands) -> None:
    with st.expander(t("dnc.off"), icon=":material/undo:"):
        if not found.new_consents:
            st.caption(t("dnc.off.none"))
            return
        st.caption(t("dnc.off.help"))
        consent = st.selectbox(t("dnc.off.consent"), found.new_consents, format_func=_consent)
        reason = st.text_input(t("dnc.off.reason"), max_chars=500)
        if st.button(t("dnc.off.do"), disabled=len(reason.strip()) < 3):
            number, consent_id = found.number, consent.id
            _do(lambda: do_not_call.take_off(parts.engine(), number, reason.strip(), consent_id), t("dnc.off.done"))


def _consent(consent: NewConsent) -> str:
    when = moments.day_and_time(consent.given_at, parts.zone())
    return t("dnc.off.given", when=when, source=consent.source)


def add_numbers() -> None:
    if not people.may("editor"):
        return
    with st.container(border=True):
        st.subheader(t("dnc.add"), anchor=False)
        one, many = st.tabs([t("dnc.add.one"), t("dnc.add.many")])
        with one, st.form("dnc-add", border=False, clear_on_submit=True):
            number = st.text_input(t("dnc.number"), placeholder=t("dnc.number.example"), autocomplete="off")
            reason = st.text_input(t("dnc.reason"), placeholder=t("dnc.reason.example"), max_chars=200)
            if st.form_submit_button(t("dnc.add.do"), icon=":material/phone_disabled:"):
                _add(number, reason.strip())
        with many:
            _upload()


def _add(number: str, reason: str) -> None:
    try:
        done = do_not_call.add(parts.engine(), number, reason)
    except EngineTrouble as trouble:
        st.error(trouble.sentence)
        return
    st.success(t("dnc.added") if done.new else t("dnc.added.before"))
    if done.leads or done.hung_up or done.called_off:
        st.caption(t("dnc.added.leads", leads=done.leads, calls=done.hung_up + done.called_off))


def _upload() -> None:
    file = st.file_uploader(t("dnc.file"), type=["csv", "txt"], help=t("dnc.file.help"), key="dnc-file")
    if file is not None and st.button(t("dnc.file.do"), type="primary"):
        with st.spinner(t("dnc.file.busy")):
            try:
                report = do_not_call.upload(parts.engine(), file.name, file.getvalue())
            except EngineTrouble as trouble:
                st.error(trouble.sentence)
                return
        st.success(t("dnc.file.done", numbers=f"{report.numbers:,}", added=f"{report.added:,}", leads=report.leads))
        if report.unreadable:
            shown = ", ".join(str(line) for line in report.lines[:LINES])
            more = " …" if report.unreadable > LINES else ""
            st.warning(t("dnc.file.unreadable", count=f"{report.unreadable:,}", lines=shown + more))


def recent_entries() -> None:
    st.subheader(t("dnc.recent"), anchor=False)
    before = st.query_params.get("before")
    with parts.troubles():
        page = do_not_call.entries(parts.engine(), PAGE, before)
    if not page.entries:
        st.caption(t("dnc.recent.none") if not page.total else t("dnc.recent.hashed", count=page.total))
        return
    st.html(looks.rows((_row(entry) for entry in page.entries), "three"))
    st.caption(t("dnc.recent.count", count=f"{page.total:,}"))
    with st.container(horizontal=True):
        here = "app_pages/do_not_call.py"
        if before:
            st.page_link(here, label=t("dnc.recent.newest"), icon=":material/first_page:")
        if page.next is not None:
            older = {"before": page.next}
            st.page_link(here, label=t("dnc.recent.older"), icon=":material/history:", query_params=older)


def _row(entry: Entry) -> str:
    when = moments.ago(entry.added_at, parts.now(), parts.zone())
    mark = looks.badge(_door(entry.door), "calm")
    return looks.plain_row(looks.esc(moments.phone(entry.number)), f"{mark} {looks.dim(_why(entry))}", looks.dim(when))


def _door(door: str) -> str:
    code = door or "unknown"
    return t(f"dnc.door.{code}", otherwise=code)


def _why(entry: Entry) -> str:
    return t("dnc.why", reason=entry.reason, source=entry.source)


def _do(what: Callable[[], object], done: str) -> None:
    try:
        what()
    except EngineTrouble as trouble:
        st.error(trouble.sentence)
        return
    st.toast(done)
    st.rerun()
