"""The page of one lead: its story at the left; who it is, what was typed, consent and personal data at the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from ui import looks, moments, parts, people
from ui.client import EngineTrouble
from ui.lead_story_view import held_back, story_html
from ui.records import Consent, Lead
from ui.resources import leads
from ui.sentences import reason_word
from ui.texts import t

TONES: dict[str, looks.Tone] = {"arriving": "info", "waiting": "info", "unusable": "bad", "closed": "calm"}
_EXPORT = "export-of-lead"


def one_lead(lead_id: str) -> None:
    with parts.troubles():
        lead = parts.engine().lead(lead_id)
        story = leads.story(parts.engine(), lead_id)
    st.page_link("app_pages/leads.py", label=t("leads.all"), icon=":material/arrow_back:")
    last = story.attempts[-1] if story.attempts else None
    badge = looks.outcome_badge(last.disposition) if last and lead.next_call_at is None else _state(lead)
    st.html(looks.head(lead.name or t("nameless"), badge, lead=_why(lead, last.reason if last else None)))
    left, right = st.columns([8, 5], gap="large")
    with left:
        st.subheader(t("story.title"), anchor=False)
        if story.held_up:
            st.info(t("story.held_up", why=story.held_up), icon=":material/pause_circle:")
        st.html(story_html(story, parts.zone()))
        if lead.state == "closed" and held_back(story) and people.may("editor"):
            st.caption(t("story.ask_again.about"))
            if st.button(t("story.ask_again"), icon=":material/call:"):
                _done(partial(leads.ask_again, parts.engine(), lead_id))
    with right:
        _who(lead, story)
        st.html(looks.page(*(_consent(each) for each in lead.consents)))
        _rights(lead_id)


def _state(lead: Lead) -> str:
    return looks.badge(t(f"leads.state.{lead.state}", otherwise=lead.state), TONES.get(lead.state, "calm"))


def _why(lead: Lead, reason: str | None) -> str:
    if lead.reason:
        return lead.reason
    if lead.next_call_at is not None:
        return t("leads.next_call", when=moments.day_and_time(lead.next_call_at, parts.zone()))
    return reason_word(reason) or t("leads.no_next")


def _who(lead: Lead, story: leads.Story) -> None:
    number = moments.phone(lead.phone) or t("leads.phone_typed", phone=lead.phone_typed)
    door = story.source_name or t(f"leads.source.{lead.source}", otherwise=lead.source)
    came = t("leads.came", when=moments.day_and_time(lead.received_at, parts.zone()), source=door)
    asked = [looks.fact(name, value) for name, value in lead.form.items()]
    form = [looks.card(t("leads.form"), looks.facts(asked))] if asked else []
    contact = [looks.paragraph(number), looks.paragraph(lead.email or ""), looks.paragraph(came, dimmed=True)]
    st.html(looks.page(looks.card(t("leads.who"), *contact), *form))


def _consent(consent: Consent) -> str:
    level = t(f"leads.consent.{consent.level}", otherwise=consent.level)
    mark = looks.badge(level, "bad" if consent.revoked_at or consent.level == "none" else "good")
    lines = [looks.paragraph(f"“{consent.text}”")] if consent.text else []
    given = consent.given_at or consent.received_at
    if given is not None:
        lines.append(looks.paragraph(moments.day_and_time(given, parts.zone()), dimmed=True))
    if consent.revoked_at is not None:
        when = moments.day_and_time(consent.revoked_at, parts.zone())
        lines.append(looks.paragraph(t("leads.consent.revoked", when=when)))
    return looks.card(t("leads.consents"), *lines, beside=mark)


# What the person may ask for.


def _rights(lead_id: str) -> None:
    with st.expander(t("rights.title"), icon=":material/shield_person:"):
        with parts.troubles():
            holds = leads.holds(parts.engine(), lead_id)
        standing = [each for each in holds if each.released_at is None]
        for each in standing:
            when = moments.day_and_time(each.at, parts.zone())
            st.warning(t("rights.held", why=each.why, who=each.by, when=when), icon=":material/gavel:")
        if people.may("publisher"):
            _export(lead_id)
            if st.button(t("rights.hold"), icon=":material/gavel:", width="stretch"):
                st.dialog(t("rights.hold"))(_hold)(lead_id)
        if people.may("admin"):
            for each in standing:
                if st.button(t("rights.release", why=each.why), key=f"release-{each.id}", width="stretch"):
                    _done(partial(leads.release, parts.engine(), lead_id, each.id))
            if st.button(t("rights.erase"), icon=":material/delete_forever:", width="stretch", disabled=bool(standing)):
                st.dialog(t("rights.erase"))(_erase)(lead_id)
        else:
            st.caption(t("rights.who_may"))


def _export(lead_id: str) -> None:
    """Made only when it is asked for: each export is written to the audit log."""
    made: tuple[str, bytes] | None = st.session_state.get(_EXPORT)
    if made is not None and made[0] == lead_id:
        st.download_button(
            t("rights.download"), made[1], f"{lead_id}.zip", "application/zip", icon=":material/download:",
            width="stretch", type="primary",
        )  # fmt: skip
    elif st.button(t("rights.export"), icon=":material/folder_zip:", width="stretch"):
        with parts.troubles():
            st.session_state[_EXPORT] = (lead_id, leads.export(parts.engine(), lead_id))
        st.rerun()


def _hold(lead_id: str) -> None:
    st.write(t("rights.hold.about"))
    why = st.text_input(t("rights.hold.why"), max_chars=500)
    if st.button(t("rights.hold.place"), type="primary", disabled=len(why.strip()) < 3):
        _done(partial(leads.hold, parts.engine(), lead_id, why.strip()))


def _erase(lead_id: str) -> None:
    st.write(t("rights.erase.about"))
    why = st.text_input(t("rights.erase.why"), max_chars=500, help=t("rights.erase.why.help"))
    sure = st.checkbox(t("rights.erase.sure"))
    if not st.button(t("rights.erase.do"), type="primary", disabled=len(why.strip()) < 3 or not sure):
        return
    try:
        done = leads.erase(parts.engine(), lead_id, why.strip())
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    st.success(t("rights.erased", leads=done.leads, calls=done.calls, recordings=done.recordings))
    if done.copies:
        st.warning(t("rights.copies"))
        st.html(looks.page(looks.listing(f"{each.card}: {each.external_id}" for each in done.copies)))
    st.page_link("app_pages/leads.py", label=t("leads.all"), icon=":material/arrow_back:")


def _done(change: Callable[[], object]) -> None:
    try:
        change()
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
    else:
        st.rerun()
