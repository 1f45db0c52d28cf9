"""Who saw or changed what, for administrators."""

from __future__ import annotations

import streamlit as st

from ui import looks, moments, parts
from ui.resources import audit
from ui.resources.audit import Entry
from ui.texts import t

_BEFORE = "audit-before"
KINDS = {"lead": "leads", "call": "call", "flow": "flow", "campaign": "campaigns"}
"""Which page shows the thing that an entry is about."""


def audit_log() -> None:
    by_who, by_subject, check = st.columns([3, 4, 2], vertical_alignment="bottom")
    who = by_who.text_input(t("audit.by_who"), key="audit-who", on_change=_first_page).strip()
    subject = by_subject.text_input(
        t("audit.by_subject"), key="audit-subject", placeholder="lead:lead_31", on_change=_first_page
    ).strip()
    if check.button(t("audit.check"), icon=":material/verified:", width="stretch"):
        with parts.troubles():
            found = audit.state(parts.engine())
        if found.broken_at is None:
            st.success(t("audit.intact", count=found.entries))
        else:
            st.error(t("audit.broken", number=found.broken_at))
    before = st.session_state.get(_BEFORE)
    with parts.troubles():
        page = audit.entries(parts.engine(), who, subject, before)
    if not page.entries:
        st.caption(t("audit.none"))
        return
    st.html(looks.rows((_row(each) for each in page.entries), "three"))
    newest, older = st.columns(2)
    if before and newest.button(t("audit.newest"), icon=":material/first_page:"):
        _first_page()
        st.rerun()
    if page.next and older.button(t("audit.older"), icon=":material/history:"):
        st.session_state[_BEFORE] = page.next
        st.rerun()


def _first_page() -> None:
    st.session_state.pop(_BEFORE, None)


def _row(entry: Entry) -> str:
    what = looks.esc(t(f"audit.{entry.what}", otherwise=entry.what.replace("_", " ")))
    detail = ", ".join(f"{name}: {value}" for name, value in entry.detail.items())
    when = moments.day_and_time(entry.at, parts.zone())
    cells = (f"{what}<br>{looks.dim(entry.who)}", f"{looks.esc(entry.subject)} {looks.dim(detail)}", looks.dim(when))
    kind, _, subject = entry.subject.partition(":")
    if (page := KINDS.get(kind)) is None or not subject:
        who, middle, end = cells
        inside = f'<span class="who">{who}</span><span>{middle}</span><span class="end">{end}</span>'
        return f'<div class="ll-row">{inside}</div>'
    name = {"leads": "lead", "campaigns": "campaign"}.get(page, page)
    return looks.link_row(looks.address(page, **{name: subject}), *cells)
