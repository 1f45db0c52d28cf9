"""Leads as they came in, one of them in full, and the form that has somebody called."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from ui import looks, moments, parts
from ui.client import EngineTrouble
from ui.records import Call, Consent, Lead
from ui.sentences import reason_word
from ui.texts import t

PAGE = 25
CALLS = 500
TONES: dict[str, looks.Tone] = {"waiting": "info", "unusable": "bad", "closed": "calm"}


def main() -> None:
    left, right = st.columns([8, 5], gap="large")
    with right:  # before the list, so that a lead just sent stands in it
        _try_it()
    with left:
        chosen = st.query_params.get("lead")
        with parts.troubles():
            if chosen:
                _one(parts.engine().lead(chosen))
            else:
                _all()


def _all() -> None:
    st.html(looks.head(t("leads.title"), lead=t("leads.intro")))
    given = st.query_params.get("before")
    try:
        before = datetime.fromisoformat(given) if given else None
    except ValueError:
        before = None
    page = parts.engine().leads(PAGE, before)
    if not page.leads:
        st.caption(t("leads.empty"))
    else:
        last: dict[str, Call] = {}
        for call in parts.engine().calls(CALLS).calls:
            if call.lead_id is not None:
                last.setdefault(call.lead_id, call)
        st.html(looks.rows((_row(lead, last.get(lead.id)) for lead in page.leads), "three"))
    with st.container(horizontal=True):
        if before is not None:
            st.page_link("app_pages/leads.py", label=t("leads.newest"), icon=":material/first_page:")
        if page.next is not None:
            older = {"before": page.next.isoformat()}
            st.page_link("app_pages/leads.py", label=t("leads.more"), icon=":material/history:", query_params=older)


def _row(lead: Lead, last: Call | None) -> str:
    """`last`: the newest call with the lead, which says more than the lead's own state."""
    name = looks.esc(lead.name or t("nameless"))
    number = looks.dim(moments.phone(lead.phone) or lead.phone_typed)
    return looks.link_row(
        looks.address("leads", lead=lead.id),
        f"{name}<br>{number}",
        f"{_badge(lead, last)} {looks.dim(_why(lead) or reason_word(last.reason if last else None))}",
        looks.dim(moments.ago(lead.received_at, parts.now(), parts.zone())),
    )


def _badge(lead: Lead, last: Call | None) -> str:
    if last is not None and last.under_way:
        return looks.badge(t(f"live.state.{last.state}"), "info")
    if last is not None and lead.state != "unusable" and lead.next_call_at is None:
        return looks.outcome_badge(last.disposition)
    return looks.badge(t(f"leads.state.{lead.state}", otherwise=lead.state), TONES.get(lead.state, "calm"))


def _why(lead: Lead) -> str:
    if lead.reason:
        return lead.reason
    if lead.next_call_at is not None:
        return t("leads.next_call", when=moments.day_and_time(lead.next_call_at, parts.zone()))
    return ""


def _one(lead: Lead) -> None:
    st.page_link("app_pages/leads.py", label=t("leads.all"), icon=":material/arrow_back:")
    calls = parts.engine().calls(lead_id=lead.id).calls
    badge = _badge(lead, calls[0] if calls else None)
    st.html(looks.head(lead.name or t("nameless"), badge, lead=_why(lead) or t("leads.no_next")))
    number = moments.phone(lead.phone) or t("leads.phone_typed", phone=lead.phone_typed)
    contact = [looks.paragraph(number), looks.paragraph(lead.email or "")]
    came = moments.day_and_time(lead.received_at, parts.zone())
    asked = [looks.fact(name, value) for name, value in lead.form.items()]
    form = [f'<div class="ll-h3">{looks.esc(t("leads.form"))}</div>', looks.facts(asked)] if asked else []
    st.html(looks.page(looks.card(came, *contact), *form))
    st.html(looks.page(*(_consent(each) for each in lead.consents)))
    st.subheader(t("leads.calls"), anchor=False)
    if calls:
        st.html(parts.call_rows(calls))
    else:
        st.caption(t("leads.calls.none"))


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


def _try_it() -> None:
    with st.container(border=True):
        st.subheader(t("try.title"), anchor=False)
        st.caption(t("try.intro"))
        try:
            names = {flow.id: flow.name for flow in parts.engine().flows() if flow.latest}
        except EngineTrouble:
            names = {}
        with st.form("try-it", border=False):
            first, last = st.columns(2)
            given = first.text_input(t("try.first"), max_chars=80)
            family = last.text_input(t("try.last"), max_chars=80)
            phone = st.text_input(t("try.phone"), max_chars=40, help=t("try.phone.help"), placeholder="(415) 555-0123")
            email = st.text_input(t("try.email"), max_chars=200)
            flow = st.selectbox(
                t("try.flow"), ["", *names], format_func=lambda one: names.get(one, t("try.flow.default"))
            )
            with st.expander(t("try.more")):
                more = st.text_area(t("try.more"), label_visibility="collapsed", placeholder=t("try.more.help"))
                key = st.text_input(t("try.form_key"), type="password", help=t("try.form_key.help"))
            agreed = st.checkbox(t("try.consent"))
            sent = st.form_submit_button(t("try.send"), type="primary", icon=":material/call:", width="stretch")
        if sent:
            form: dict[str, str] = {"first_name": given, "last_name": family, "phone": phone, "email": email}
            form |= _fields(more)
            form |= {"consent": "yes", "consent_text": t("try.consent.text")} if agreed else {"consent": "no"}
            _send({name: value for name, value in form.items() if value}, flow or "", key)


def _fields(text: str) -> dict[str, str]:
    """Lines such as `service: leaking roof`; others are passed over."""
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs if name.strip()}


def _send(form: dict[str, str], flow: str, key: str) -> None:
    try:
        taken = parts.engine().send_lead(form, flow, key)
    except EngineTrouble as trouble:
        if trouble.kind != "refused" or not trouble.problems:
            parts.show_trouble(trouble, retry=False)
            return
        lines = "\n".join(f"- {each.problem} {each.fix}" for each in trouble.problems)
        st.error(f"**{t('try.refused')}**\n\n{lines}")
        return
    if not taken.new:
        st.warning(t("try.repeated"))
    else:
        st.success(t("try.sent"))
    for each in taken.problems:
        st.info(f"{each.problem} {each.fix}")
    st.page_link("app_pages/calls.py", label=t("try.see_calls"), icon=":material/hearing:")


main()
