"""All calls: those under way, kept fresh, the finished ones by outcome, and those whose after-call work failed."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import looks, parts
from ui.client import EngineTrouble
from ui.failed_work_view import failed_work
from ui.resources.first_words import first_words
from ui.sentences import outcome_word
from ui.texts import t

PAGE = 40
SHOWN = ("finished", "work")
_SHOW = "shown-calls"
OUTCOMES = (
    "", "booked", "callback_scheduled", "qualified_no_booking", "unqualified", "not_interested", "incomplete_hangup",
    "do_not_call", "wrong_number", "third_party_answered", "voicemail_left", "no_answer", "busy", "failed",
)  # fmt: skip


def main() -> None:
    st.html(looks.head(t("calls.title"), lead=t("calls.intro")))
    with parts.troubles():
        names = {flow.id: flow.name for flow in parts.engine().flows()}
    _late_words()
    st.fragment(_live, run_every="2s")()
    asked = st.query_params.get("show")
    what, by_more, by_flow = st.columns([3, 2, 2], vertical_alignment="bottom")
    shown = what.segmented_control(
        t("calls.show"), SHOWN, default=asked if asked in SHOWN else SHOWN[0], key=_SHOW, required=True,
        format_func=lambda each: t(f"calls.show.{each}"), label_visibility="collapsed", on_change=_to_address,
    )  # fmt: skip
    flow = str(
        by_flow.selectbox(
            t("calls.flow"), ["", *names], format_func=lambda one: names.get(one, t("calls.flow.all")), key="flow",
            bind="query-params",
        )
    )  # fmt: skip
    flow_name = names.get(flow, "")
    if shown == "work":
        failed_work(by_more, flow, flow_name)
    else:
        _finished(by_more, flow, flow_name)


def _late_words() -> None:
    """The law counts calls as abandoned in which our first word came too late, and bounds their share."""
    try:
        figures = first_words(parts.engine())
    except EngineTrouble:
        return  # the page's own questions tell what is wrong
    for each in figures.alarms:
        st.warning(
            t(
                f"calls.late_words.{each.verdict}", campaign=each.name or t("calls.late_words.none"), late=each.late,
                answered=each.answered, share=f"{100 * each.share:.1f}", allowed=f"{100 * figures.allowed:.0f}",
                days=figures.days,
            ),
            icon=":material/timer:",
        )  # fmt: skip


def _to_address() -> None:
    """What is shown stands in the address; the page of the list that was left does not."""
    st.query_params["show"] = str(st.session_state[_SHOW])
    st.query_params.pop("before", None)


def _finished(by_outcome: DeltaGenerator, flow: str, flow_name: str) -> None:
    outcome = by_outcome.selectbox(
        t("calls.filter"), OUTCOMES, format_func=lambda code: outcome_word(code) or t("calls.filter.all"),
        key="outcome", bind="query-params",
    )  # fmt: skip
    before = st.query_params.get("before")
    with parts.troubles():
        page = parts.engine().calls(PAGE, before=before, flow_id=flow, disposition=outcome)
    finished = [call for call in page.calls if not call.under_way]
    if finished:
        st.html(parts.call_rows(finished))
    else:
        st.caption(t("calls.empty"))
    with st.container(horizontal=True):
        if before:
            st.page_link("app_pages/calls.py", label=t("calls.newest"), icon=":material/first_page:")
        if page.next:
            # A bound list is named in the address by what a person reads in it.
            asked = {"before": page.next, "outcome": outcome_word(outcome) if outcome else "", "flow": flow_name}
            older = {name: value for name, value in asked.items() if value}
            st.page_link("app_pages/calls.py", label=t("calls.more"), icon=":material/history:", query_params=older)


def _live() -> None:
    try:
        running = [call for call in parts.engine().calls(100).calls if call.under_way]
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    if running:
        st.subheader(t("live.title"), anchor=False)
        st.html(parts.call_rows(running))


main()
