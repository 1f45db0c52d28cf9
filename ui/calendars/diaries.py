"""The calendars of a connected account, to choose from. The service is asked once a session, and when told to."""

from __future__ import annotations

import streamlit as st

from ui import parts
from ui.client import EngineTrouble
from ui.resources import connections
from ui.resources.connections import CalendarThere
from ui.texts import t

LINKED = ("google_calendar", "caldav")
"""Kinds of connections that have calendars to choose from."""
_KEPT = "calendar-diaries"


def look_up(connection: str) -> None:
    """A button that asks the service; what it has said stays."""
    if st.button(t("calendars.diaries"), key=f"diaries-{connection}", icon=":material/refresh:"):
        with st.spinner(t("connections.testing")):
            try:
                st.session_state.setdefault(_KEPT, {})[connection] = connections.calendars_of(
                    parts.engine(), connection
                )
            except EngineTrouble as trouble:
                st.caption(t("calendars.diaries.failed", problem=trouble.sentence))


def chooser(connection: str, label: str, value: str, key: str, help: str) -> str:
    """A calendar of the account by its id, chosen or typed."""
    known: dict[str, CalendarThere] = {
        each.id: each for each in st.session_state.get(_KEPT, {}).get(connection, ()) if each.writable is not False
    }
    options = list(dict.fromkeys(["", *([value] if value else []), *known]))
    chosen = st.selectbox(
        label, options, index=options.index(value), key=key, help=help, accept_new_options=True,
        format_func=lambda there: known[there].name if there in known else there or t("connections.choice.usual"),
    )  # fmt: skip
    return str(chosen or "")
