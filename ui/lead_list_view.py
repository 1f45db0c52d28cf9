"""The list of leads: newest first, found by name, number or state."""

from __future__ import annotations

import streamlit as st

from ui import looks, moments, parts
from ui.lead_view import TONES
from ui.resources import leads
from ui.resources.leads import LeadLine
from ui.sentences import outcome_word, reason_word
from ui.texts import t

STATES = ("", "waiting", "arriving", "unusable", "closed")
OUTCOMES = (
    "", "booked", "callback_scheduled", "qualified_no_booking", "unqualified", "not_interested", "incomplete_hangup",
    "do_not_call", "wrong_number", "third_party_answered", "voicemail_left", "no_answer", "busy", "failed",
)  # fmt: skip


def lead_list() -> None:
    by_words, by_state, by_outcome = st.columns([4, 3, 3], vertical_alignment="bottom")
    words = by_words.text_input(
        t("leads.find"), key="find", placeholder=t("leads.find.example"), icon=":material/search:",
        bind="query-params",
    )  # fmt: skip
    state = by_state.selectbox(
        t("leads.by_state"), STATES, key="state", bind="query-params",
        format_func=lambda code: t(f"leads.state.{code}") if code else t("leads.by_state.all"),
    )  # fmt: skip
    outcome = by_outcome.selectbox(
        t("leads.by_outcome"), OUTCOMES, key="outcome", bind="query-params",
        format_func=lambda code: outcome_word(code) or t("leads.by_outcome.all"),
    )  # fmt: skip
    where = {"words": words.strip(), "state": state, "disposition": outcome}
    before = st.query_params.get("before")
    with parts.troubles():
        page = leads.lines(parts.engine(), where, before)
    if page.leads:
        st.html(looks.rows((_row(lead) for lead in page.leads), "three"))
        total = sum(page.counts.values())
        st.caption(t("leads.count", count=total, waiting=page.counts.get("waiting", 0)))
    else:
        st.caption(t("leads.none_found") if any(where.values()) else t("leads.empty"))
    with st.container(horizontal=True):
        shown = {
            "find": words, "state": t(f"leads.state.{state}") if state else "",
            "outcome": outcome_word(outcome) if outcome else "",
        }  # fmt: skip
        kept = {name: value for name, value in shown.items() if value}
        if before:
            st.page_link("app_pages/leads.py", label=t("leads.newest"), icon=":material/first_page:", query_params=kept)
        if page.next is not None:
            older = kept | {"before": page.next}
            st.page_link("app_pages/leads.py", label=t("leads.more"), icon=":material/history:", query_params=older)


def _row(lead: LeadLine) -> str:
    name = looks.esc(lead.name or t("nameless"))
    number = looks.dim(moments.phone(lead.phone) or lead.phone_typed)
    test = f" {looks.badge(t('leads.test'))}" if lead.test else ""
    ago = moments.ago(lead.received_at, parts.now(), parts.zone())
    speed = t("leads.rang_after", time=moments.quickness(lead.form_to_ring_ms)) if lead.form_to_ring_ms else ""
    return looks.link_row(
        looks.address("leads", lead=lead.id),
        f"{name}{test}<br>{number}",
        f"{_badge(lead)} {looks.dim(_why(lead))}",
        f"{looks.dim(ago)}<br>{looks.dim(speed)}" if speed else looks.dim(ago),
    )


def _badge(lead: LeadLine) -> str:
    if lead.under_way:
        return looks.badge(t(f"live.state.{lead.call_state}"), "info")
    if lead.disposition is not None and lead.state != "unusable" and lead.next_call_at is None:
        return looks.outcome_badge(lead.disposition)
    return looks.badge(t(f"leads.state.{lead.state}", otherwise=lead.state), TONES.get(lead.state, "calm"))


def _why(lead: LeadLine) -> str:
    if lead.reason:
        return lead.reason
    if lead.next_call_at is not None:
        return t("leads.next_call", when=moments.day_and_time(lead.next_call_at, parts.zone()))
    return reason_word(lead.call_reason)
