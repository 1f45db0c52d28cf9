"""Logging in: a form instead of the page while the engine wants to know who is there.

The proof is kept in this session and, so that a reload or a second window need not ask again, in a cookie of this
browser. The engine decides who may what; hiding a page is not what protects it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from ui import looks
from ui.client import Engine, EngineTrouble, address_and_token
from ui.resources import people
from ui.resources.people import Person
from ui.texts import t

COOKIE: Final = "leadline_login"
_KEPT: Final = "login"
_ENDED: Final = "login-ended"
_NEEDED_S: Final = 10


@dataclass(frozen=True, slots=True)
class _Kept:
    """`token` empty: the browser's cookie was looked at and is worth nothing. `person` None with a token: it ended."""

    token: str = ""
    person: Person | None = None


def person() -> Person | None:
    """Who has logged in; None where nobody needs to."""
    return _kept().person


def token() -> str:
    """The proof of whoever has logged in, else the screens' own."""
    return _kept().token or address_and_token()[1]


def gate() -> bool:
    """Whether the page may be drawn. Otherwise the form stands here."""
    if person() is not None:
        return True
    if not _needed():
        if st.session_state.pop(_ENDED, False):
            st.session_state[_KEPT] = _Kept()
        return True
    _form()
    return False


def ended() -> None:
    """The engine does not know this log-in any more: what is on the screen stays, and the form asks again. Until then
    the page goes on with the proof that is worth nothing, so that nothing is done in the name of the screens."""
    st.session_state[_KEPT] = _Kept(_kept().token)
    st.session_state[_ENDED] = True


def asks_from_now_on() -> None:
    """The first person has been entered: whether a log-in is needed is asked anew."""
    _remembered.clear()


def log_out() -> None:
    with_token = _kept().token
    if with_token:
        with suppress(EngineTrouble):  # it ends by itself; here it is forgotten either way
            people.log_out(Engine(address_and_token()[0], with_token))
    st.session_state[_KEPT] = _Kept()
    _write_cookie("", 0)


def _ask_needed(address: str) -> bool:
    return people.login_needed(Engine(address, ""))


_remembered = st.cache_data(ttl=_NEEDED_S, show_spinner=False)(_ask_needed)


def _needed() -> bool:
    try:
        return bool(_remembered(address_and_token()[0]))
    except EngineTrouble:
        return False  # the page itself says what is wrong with the engine


def _kept() -> _Kept:
    kept = st.session_state.get(_KEPT)
    if isinstance(kept, _Kept):
        return kept
    cookie = st.context.cookies.get(COOKIE, "")
    found = _Kept()
    if cookie:
        try:
            found = _Kept(cookie, people.who_am_i(Engine(address_and_token()[0], cookie)))
        except EngineTrouble as trouble:
            if trouble.kind != "login":
                return found  # the engine did not answer: ask again at the next run
    st.session_state[_KEPT] = found
    return found


def _form() -> None:
    _, middle, _ = st.columns([2, 3, 2])
    with middle:
        st.space("medium")
        st.html(looks.head(t("login.title"), lead=t("login.intro")))
        if st.session_state.get(_ENDED):
            st.info(t("login.ended"), icon=":material/schedule:")
        with st.form("log-in", border=True):
            name = st.text_input(t("login.name"), max_chars=64, autocomplete="username")
            password = st.text_input(
                t("login.password"), type="password", max_chars=1024, autocomplete="current-password"
            )
            wanted = st.form_submit_button(t("login.do"), type="primary", width="stretch")
        if not wanted:
            st.caption(t("login.help"))
            return
        try:
            login = people.log_in(Engine(address_and_token()[0]), name, password)
        except EngineTrouble as trouble:
            st.error(trouble.sentence, icon=":material/lock:")
            return
    st.session_state[_KEPT] = _Kept(login.token, login.person)
    st.session_state.pop(_ENDED, None)
    _write_cookie(login.token, int((login.ends_at - datetime.now(UTC)).total_seconds()))
    st.rerun()


def _write_cookie(value: str, seconds: int) -> None:
    """For this browser and these pages only: not sent along when another site leads here."""
    st.session_state["login-cookie"] = (value, seconds)


def settle_cookie() -> None:
    """Carries out what `_write_cookie` wants, on a page that stays: the form's own page is gone at once."""
    wanted = st.session_state.pop("login-cookie", None)
    if wanted is None:
        return
    value, seconds = wanted
    text = json.dumps(f"{COOKIE}={value}; path=/; max-age={max(seconds, 0)}; SameSite=Strict")
    secure = 'location.protocol === "https:" ? "; Secure" : ""'
    st.html(f"<script>document.cookie = {text} + ({secure});</script>", unsafe_allow_javascript=True)
