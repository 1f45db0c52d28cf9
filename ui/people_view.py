"""The people who may use the builder, entered and changed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui import login, looks, parts
from ui.client import EngineTrouble
from ui.resources import people
from ui.resources.people import ROLES, Person
from ui.texts import t

SHORTEST = 10


def people_list() -> None:
    """Raises nothing: trouble stands where the list would."""
    try:
        found = people.everybody(parts.engine())
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)  # the page has a way to try again below
        return
    st.caption(t("people.intro") if found else t("people.nobody"))
    for person in found:
        _row(person)
    _add(first=not found)


def _row(person: Person) -> None:
    with st.container(border=True):
        name, role, more = st.columns([3, 2, 1], vertical_alignment="center")
        name.html(looks.page(f"<strong>{looks.esc(person.shown)}</strong><br>{looks.dim(looks.esc(person.name))}"))
        role.selectbox(
            t("people.role"), ROLES, index=ROLES.index(person.role), key=f"role-{person.name}-{person.role}",
            format_func=_role, label_visibility="collapsed", on_change=_set_role, args=(person,),
        )  # fmt: skip
        with more.popover(t("people.more"), icon=":material/more_horiz:"):
            password = st.text_input(
                t("people.new_password"), type="password", key=f"password-{person.name}", help=t("you.password.help"),
                autocomplete="new-password",
            )  # fmt: skip
            if st.button(t("people.new_password.do"), key=f"set-{person.name}", disabled=len(password) < SHORTEST):
                _do(t("people.new_password.done", name=person.shown), people.change, person.name, password=password)
            st.divider()
            st.caption(t("people.remove.sure", name=person.shown))
            if st.button(t("people.remove"), key=f"remove-{person.name}", icon=":material/delete:"):
                _do(t("people.removed", name=person.shown), people.remove, person.name)


def _set_role(person: Person) -> None:
    chosen = st.session_state[f"role-{person.name}-{person.role}"]
    if chosen == person.role:
        return
    try:
        people.change(parts.engine(), person.name, role=chosen)
    except EngineTrouble as trouble:
        st.toast(trouble.sentence, icon=":material/block:")
        return
    st.toast(t("people.role.done", name=person.shown, role=_role(chosen)))


def _add(first: bool) -> None:
    with (
        st.expander(t("people.add"), icon=":material/person_add:", expanded=first),
        st.form("add-person", border=False),
    ):
        left, right = st.columns(2)
        name = left.text_input(t("people.name"), placeholder=t("people.name.example"), max_chars=64, autocomplete="off")
        shown = right.text_input(t("people.shown"), placeholder=t("people.shown.example"), max_chars=60)
        roles = ("admin",) if first else ROLES
        role = left.selectbox(t("people.role"), roles, index=0 if first else 1, format_func=_role)
        password = right.text_input(
            t("people.password"), type="password", help=t("you.password.help"), autocomplete="new-password"
        )
        if not st.form_submit_button(t("people.add.do"), type="primary"):
            return
        try:
            entered = people.add(parts.engine(), name, shown, role, password)
        except EngineTrouble as trouble:
            st.error(trouble.sentence)
            return
    st.toast(t("people.first") if first else t("people.added", name=entered.shown))
    if first:
        login.asks_from_now_on()
    st.rerun()


def _do(done: str, what: Callable[..., object], *arguments: str, **changes: str) -> None:
    try:
        what(parts.engine(), *arguments, **changes)
    except EngineTrouble as trouble:
        st.error(trouble.sentence)
        return
    st.toast(done)
    st.rerun()


def _role(role: str) -> str:
    return f"{t(f'role.{role}')} – {t(f'role.{role}.help')}"
