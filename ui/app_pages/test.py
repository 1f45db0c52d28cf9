"""Trying a draft out: in text, by the browser, with made-up callers, on a real phone."""

from __future__ import annotations

import streamlit as st

from ui.flow_session import open_flow
from ui.testing.call_panel import call_panel
from ui.testing.callers import callers_panel
from ui.testing.chat_panel import chat_panel
from ui.testing.phone import phone_panel
from ui.texts import t


def main() -> None:
    session = open_flow()
    wrong = sum(issue.is_error for issue in session.issues)
    if wrong:
        words = t("test.problem") if wrong == 1 else t("test.problems", count=wrong)
        st.warning(words, icon=":material/warning:")
    # Above the tabs, and before anything slow: a call lasts as long as its panel stands on the page.
    call_panel(session)
    chat, callers, phone = st.tabs([t("test.chat"), t("test.callers"), t("test.phone")])
    with chat:
        chat_panel(session, wide=True)
    with callers:
        callers_panel(session)
    with phone:
        phone_panel(session)


main()
