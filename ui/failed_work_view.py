"""Calls whose after-call work failed, with a way to have all of it done again."""

from __future__ import annotations

from datetime import date
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import looks, moments, parts, people
from ui.client import EngineTrouble
from ui.resources import after_call
from ui.resources.after_call import Line, Page
from ui.texts import t

PAGE: Final = 40
_ASKED: Final = "failed-work-asked"


def failed_work(by_day: DeltaGenerator, flow_id: str, flow_name: str) -> None:
    """`by_day`: where the day is asked for."""
    day: date | None = by_day.date_input(
        t("work.day"), value=None, key="day", bind="query-params", help=t("work.day.help"), format="YYYY-MM-DD"
    )
    with parts.troubles():
        page = after_call.failed(parts.engine(), day, flow_id, PAGE, st.query_params.get("before"))
    if not page.calls:
        st.caption(t("work.none.day") if day else t("work.none"))
        return
    st.caption(t("work.about"))
    st.html(rows(page))
    with st.container(horizontal=True, vertical_alignment="center"):
        allowed = people.may("publisher")
        st.button(
            t("work.try_all"), type="primary", icon=":material/replay:", key="try-all-again", disabled=not allowed,
            on_click=_ask, help=None if allowed else t("work.role"),
        )  # fmt: skip
        if page.next:
            asked = {"before": page.next, "show": "work", "flow": flow_name, "day": day.isoformat() if day else ""}
            older = {name: value for name, value in asked.items() if value}
            st.page_link("app_pages/calls.py", label=t("calls.more"), icon=":material/history:", query_params=older)
    if st.session_state.get(_ASKED):
        title = t("work.sure", calls=_calls(page.count))
        st.dialog(title, icon=":material/replay:", on_dismiss=_close)(_sure)(day, flow_id)


def rows(page: Page) -> str:
    here, present = parts.zone(), parts.now()

    def row(line: Line) -> str:
        where = looks.address("call", call=line.call_id)
        name = looks.esc(line.person or t("nameless"))
        state = looks.badge(t("work.state.dead") if line.state == "dead" else t("work.state.failed"), "bad")
        when = looks.dim(moments.ago(line.at, present, here))
        return looks.link_row(
            where, f"{name}<br>{looks.dim(line.flow_name)}", f"{state} {looks.dim(line.problem)}",
            looks.outcome_badge(line.disposition), when,
        )  # fmt: skip

    return looks.rows(row(line) for line in page.calls)


def _sure(day: date | None, flow_id: str) -> None:
    st.write(t("work.sure.about"))
    if not st.button(t("work.sure.do"), type="primary", key="try-all-sure"):
        return
    try:
        done = after_call.replay_all(parts.engine(), day, flow_id, by=people.current_person())
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    _close()
    st.toast(t("work.trying", calls=_calls(len(done.replayed))), icon=":material/replay:")
    for each in done.refused[:3]:
        st.toast(looks.plain(each.why), icon=":material/block:")
    st.rerun()


def _calls(number: int) -> str:
    return t("work.one_call") if number == 1 else t("work.calls", count=number)


def _ask() -> None:
    st.session_state[_ASKED] = True


def _close() -> None:
    st.session_state.pop(_ASKED, None)
