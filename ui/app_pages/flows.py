"""All flows with how each stands, and the templates to begin from."""

from __future__ import annotations

import streamlit as st

from ui import flow_dialogs, flow_shelf, looks, parts
from ui.flow_dialogs import BLANK, ask
from ui.records import FlowLine
from ui.resources import flows
from ui.resources.flows import Template
from ui.shelf import ORDERS, Order, State, chosen, counts
from ui.texts import t

PAGE = 24


def main() -> None:
    with parts.troubles():
        lines = flows.shelf(parts.engine())
        found = flows.templates(parts.engine())
    blank = next((each for each in found if each.name == BLANK), None)
    _head(blank)
    if lines:
        _own(lines)
        st.space("small")
    begun = any(line.archived_at is None for line in lines)
    st.subheader(t("template.title" if begun else "template.title.first"), anchor=False)
    st.caption(t("template.intro"))
    flow_shelf.templates([each for each in found if each is not blank])
    flow_dialogs.draw(lines, found)


def _head(blank: Template | None) -> None:
    title, actions = st.columns([3, 2], vertical_alignment="center")
    with title:
        st.html(looks.head(t("flows.title"), lead=t("flows.intro")))
    with actions, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if st.button(t("flows.import"), icon=":material/upload_file:", key="import"):
            st.switch_page("app_pages/import_flow.py")
        about = t("flows.empty_flow.help")
        if blank:
            st.button(
                t("flows.empty_flow"), icon=":material/draft:", key="empty", help=about, on_click=ask,
                args=("template", BLANK),
            )  # fmt: skip


def _own(lines: tuple[FlowLine, ...]) -> None:
    words, state, order = _asked(lines)
    found = chosen(lines, words, state, order)
    if not found:
        st.info(t("flows.nothing" if words or state else "flows.all_away"), icon=":material/search_off:")
        return
    more = f"{words}-{state}-{order}"
    shown = st.session_state.get("shelf-shown", {}).get(more, PAGE)
    flow_shelf.shelf(found[:shown])
    if len(found) > shown:

        def show_more() -> None:
            st.session_state["shelf-shown"] = {more: shown + PAGE}

        st.button(t("flows.show_more", count=len(found) - shown), key="shelf-more", on_click=show_more)


def _asked(lines: tuple[FlowLine, ...]) -> tuple[str, State | None, Order]:
    """What to look for; drawn only when there is something to choose from."""
    count = counts(lines)
    search, states, sort = st.columns([3, 5, 2], vertical_alignment="center")
    with search:
        words = st.text_input(
            t("flows.search"), key="shelf-words", placeholder=t("flows.search"), label_visibility="collapsed",
            icon=":material/search:",
        )  # fmt: skip
    state = None
    with states:
        if len(count) > 1:
            state = st.pills(
                t("flows.filter"), list(count), key="shelf-state", label_visibility="collapsed",
                format_func=lambda one: t("flows.filter.one", state=t(f"flows.state.{one}"), count=count.get(one, 0)),
            )  # fmt: skip
    with sort:
        order = st.selectbox(
            t("flows.sort"), ORDERS, key="shelf-order", label_visibility="collapsed",
            format_func=lambda each: t(f"flows.sort.{each}"),
        )  # fmt: skip
    return words or "", state, order


main()
