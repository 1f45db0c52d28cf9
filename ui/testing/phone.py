"""A call to a real phone with the draft."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui import parts, people
from ui.client import EngineTrouble
from ui.flow_session import FlowSession
from ui.resources import test_bench
from ui.texts import t

EFFECTS: Final = ("calendar", "transfer", "requests", "after_call")


def phone_panel(session: FlowSession) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.write(t("phone.intro"))
        _order(session)
    with right:
        st.markdown(f"**{t('phone.earlier')}**")
        _earlier(session.flow_id)


def _order(session: FlowSession) -> None:
    key = session.flow_id
    number = st.text_input(
        t("phone.number"), max_chars=40, key=f"phone-number-{key}", help=t("phone.number.help"),
        placeholder="+1 415 555 0123",
    )  # fmt: skip
    name = st.text_input(t("phone.first_name"), "Dana", max_chars=100, key=f"phone-name-{key}")
    with st.expander(t("phone.effects")):
        effects = [
            effect for effect in EFFECTS if st.checkbox(t(f"phone.effects.{effect}"), key=f"phone-{effect}-{key}")
        ]
    agreed = st.checkbox(t("phone.agreed"), key=f"phone-agreed-{key}")
    st.caption(t("phone.agreed.opt_out"))
    blocked = any(issue.is_error for issue in session.issues)
    if blocked:
        st.warning(t("phone.blocked"), icon=":material/block:")
    pressed = st.button(
        t("phone.call"), type="primary", icon=":material/call:", key=f"phone-call-{key}",
        disabled=blocked or not (agreed and number.strip()),
    )  # fmt: skip
    if pressed:
        _call(session, number, name, effects)
    elif placed := st.session_state.get(f"phone-placed-{key}"):
        _placed(placed)


def _call(session: FlowSession, number: str, name: str, effects: list[str]) -> None:
    try:
        placed = test_bench.call_phone(
            parts.engine(), session.flow_id, number=number, first_name=name, agreed=True, effects=effects,
            by=people.current_person(),
        )  # fmt: skip
    except EngineTrouble as trouble:
        st.error(trouble.sentence, icon=":material/error:")
        return
    st.session_state[f"phone-placed-{session.flow_id}"] = placed.call_id
    _placed(placed.call_id)


def _placed(call_id: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/ring_volume: {t('phone.placed')}")
        st.page_link(
            "app_pages/call.py", label=t("phone.follow"), icon=":material/open_in_new:", query_params={"call": call_id}
        )


def _earlier(flow_id: str) -> None:
    try:
        page = parts.engine().calls(10, flow_id=flow_id, test=True)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    if not page.calls:
        st.caption(t("phone.earlier.none"))
        return
    st.html(parts.call_rows(page.calls, narrow=True))
