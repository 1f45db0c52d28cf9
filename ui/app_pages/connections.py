"""Accounts at other services, tested in plain words; and the calendars that appointments are made in."""

from __future__ import annotations

import streamlit as st

from ui import looks, parts, people
from ui.calendars.view import calendar_list
from ui.connection_view import connection_list
from ui.texts import t


def main() -> None:
    st.html(looks.head(t("connections.title"), lead=t("connections.intro")))
    may_change = people.may("publisher")
    if not may_change:
        st.info(t("connections.not_yours"), icon=":material/lock:")
    accounts, calendars = st.tabs([t("connections.tab.accounts"), t("connections.tab.calendars")])
    with accounts, parts.troubles():
        connection_list(may_change)
    with calendars, parts.troubles():
        calendar_list(may_change)


main()
