"""The form that has somebody called, as a website's form would."""

from __future__ import annotations

import streamlit as st

from ui import parts
from ui.client import EngineTrouble
from ui.texts import t


def try_it() -> None:
    with st.container(border=True):
        st.subheader(t("try.title"), anchor=False)
        st.caption(t("try.intro"))
        try:
            names = {flow.id: flow.name for flow in parts.engine().flows() if flow.latest}
        except EngineTrouble:
            names = {}
        with st.form("try-it", border=False):
            first, last = st.columns(2)
            given = first.text_input(t("try.first"), max_chars=80, key="try-first")
            family = last.text_input(t("try.last"), max_chars=80, key="try-last")
            phone = st.text_input(
                t("try.phone"), max_chars=40, help=t("try.phone.help"), placeholder="(415) 555-0123", key="try-phone"
            )
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
