"""Who is at the screen: the name that stands beside edits and versions."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui import login
from ui.texts import t

NAMED: Final = "person"
"""Where the name that somebody gave for this browser session is kept."""


def current_person() -> str:
    """The name of whoever is logged in, else the one given for this browser session, else that of the screens."""
    person = login.person()
    return person.shown if person is not None else str(st.session_state.get(NAMED) or "") or t("staff")


def may(role: str) -> bool:
    """Whether whoever is at the screen may do what takes this role. The engine decides; this spares them a refusal."""
    person = login.person()
    return person is None or person.may(role)


def ask_name(key: str) -> None:
    """A field for the name, where nobody is logged in. `key`: of the place that asks; all of them set the same name."""
    if login.person() is not None:
        return
    st.text_input(
        t("person.name"), value=str(st.session_state.get(NAMED) or ""), max_chars=60, key=f"{NAMED}-{key}",
        placeholder=t("person.name.example"), help=t("person.name.help"), on_change=_keep, args=(f"{NAMED}-{key}",),
    )  # fmt: skip


def _keep(field: str) -> None:
    st.session_state[NAMED] = str(st.session_state[field]).strip()
