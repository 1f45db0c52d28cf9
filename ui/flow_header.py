"""The head of all pages of one flow: its name and state, whether everything is saved, who else is at work, the tabs."""

from __future__ import annotations

import streamlit as st

from ui import clash_view, login, looks, parts, saving
from ui.client import EngineTrouble
from ui.desk import Desk
from ui.flow_pages import FLOW_PAGES
from ui.sentences import counted
from ui.texts import t

POLL_S = 2.0


def draw(desk: Desk, *, quiet: bool = False) -> None:
    """`quiet`: something else on the page tells whether all is saved, and undoes (the canvas)."""
    assert desk.draft is not None
    st.html(looks.stylesheet("flow"))
    desk.told = desk.attention
    with st.container(key="flow-head", gap="xsmall"):
        _top(desk, quiet)
        with st.container(horizontal=True, key="flow-tabs", gap="small"):
            for page in FLOW_PAGES:
                st.page_link(page.file, label=page.title, icon=page.icon, query_params={"flow": desk.flow_id})
    if desk.draft.read_only:
        st.warning(t("session.read_only"), icon=":material/lock:")
    if desk.refusal:
        st.error(t("session.refused", why=desk.refusal), icon=":material/block:")
    clash_view.draw(desk)


def _draw_top(desk: Desk, quiet: bool) -> None:
    """Alone, every two seconds: sends what waits and hears of others. The rest of the page is left in peace, so that
    nobody's typing is disturbed."""
    if "head" not in desk.fresh:
        desk.listen(parts.engine())
        if desk.attention != desk.told:
            st.rerun()
    desk.fresh.discard("head")
    title, side = st.columns([3, 2], vertical_alignment="center")
    with title:
        st.html(looks.head(str(desk.document.get("name") or desk.flow_id), *_badges(desk)))
    with side, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"):
        _state(desk, quiet)
        if not quiet:
            _undo_and_redo(desk)
    if desk.trouble is not None:
        _trouble(desk.trouble)


_top = st.fragment(run_every=POLL_S)(_draw_top)


def _trouble(trouble: EngineTrouble) -> None:
    """With the way on: what waits is kept while somebody logs in again, because the window stays the same."""
    over = trouble.kind == "login"
    if over:
        login.ended()
    with st.container(horizontal=True, vertical_alignment="center", key="flow-trouble"):
        icon = ":material/lock:" if over else ":material/cloud_off:"
        st.warning(f"{trouble.sentence} {t('session.nothing_lost')}", icon=icon)
        words, icon = (t("login.title"), ":material/login:") if over else (t("trouble.retry"), ":material/refresh:")
        if st.button(words, icon=icon, key="retry-now"):
            st.rerun()


def _badges(desk: Desk) -> list[str]:
    assert desk.draft is not None
    latest = live_version(desk.flow_id, desk.draft.revision)
    marks = []
    if latest is not None:
        live = looks.badge(t("flows.live", version=latest), "good")
        marks.append(live if latest else looks.badge(t("flows.draft"), "warm"))
    errors = sum(issue.is_error for issue in desk.draft.issues)
    hints = len(desk.draft.issues) - errors
    if errors:
        marks.append(looks.badge(t("flows.problems", count=errors), "bad"))
    if hints:
        marks.append(looks.badge(counted("hint", hints), "warm"))
    return marks or [looks.badge(t("flows.fine"))]


def _latest(address: str, flow_id: str, revision: int) -> int | None:
    found = [line for line in parts.engine().flows() if line.id == flow_id]
    return found[0].latest if found else None


_remembered = st.cache_data(ttl=20, show_spinner=False)(_latest)


def went_live() -> None:
    """A version was published a moment ago: what was remembered is no longer so."""
    _remembered.clear()


def live_version(flow_id: str, revision: int) -> int | None:
    """The number of the published version that calls run on, 0 for none; None if the engine does not say."""
    try:
        found: int | None = _remembered(parts.engine().address, flow_id, revision)
    except EngineTrouble:
        return None
    return found


def _state(desk: Desk, quiet: bool) -> None:
    """Who else is at work, what they did, and whether everything is saved."""
    others = desk.others(parts.now())
    if others:
        badge = looks.badge(t("session.others", names=saving.names(others, desk.by)), "info")
        st.html(looks.page(badge), width="content")
    if desk.news:
        words = t("session.show_news" if len(desk.news) == 1 else "session.show_news.many", count=len(desk.news))
        st.button(words, icon=":material/sync:", type="tertiary", key="show-news", on_click=desk.show_news)
    said = saving.status(desk, parts.zone())
    if not quiet or said.tone != "good":
        words = f'<span role="status">{looks.dot(said.tone)}{looks.dim(said.words)}</span>'
        st.html(looks.page(words), width="content")


def _undo_and_redo(desk: Desk) -> None:
    """By callbacks: what a press brings along is lost when the next run comes in before its button is drawn."""
    undo, redo = desk.past.undoable, desk.past.redoable
    what = t("session.undo", what=undo.label) if undo else t("session.undo.none")
    again = t("session.redo", what=redo.label) if redo else t("session.redo.none")
    st.button(
        t("session.undo.short"), icon=":material/undo:", key="undo", type="tertiary", disabled=undo is None, help=what,
        on_click=lambda: desk.undo(parts.engine(), parts.now()),
    )  # fmt: skip
    st.button(
        t("session.redo.short"), icon=":material/redo:", key="redo", type="tertiary", disabled=redo is None, help=again,
        on_click=lambda: desk.redo(parts.engine(), parts.now()),
    )  # fmt: skip
