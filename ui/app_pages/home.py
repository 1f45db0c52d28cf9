"""The first page: can leads be called, what happened today, who is on the phone now."""

from __future__ import annotations

from datetime import timedelta

import altair as alt
import streamlit as st

from ui import figures, flow_dialogs, flow_shelf, looks, moments, parts
from ui.client import EngineTrouble
from ui.flow_dialogs import BLANK
from ui.records import Call, FlowLine
from ui.resources import flows
from ui.sentences import outcome_word, reason_word
from ui.shelf import chosen
from ui.texts import t

LATEST = 6


def main() -> None:
    here, present = parts.zone(), parts.now()
    with parts.troubles():
        ready = parts.engine().ready()
        found = flows.shelf(parts.engine())
        week = parts.engine().calls_since(moments.midnight(present, here) - timedelta(days=6))
    title, action = st.columns([5, 1], vertical_alignment="center")
    own = chosen(found, "", None, "calls")
    published = any(line.latest for line in own)
    with title:
        parts_of_it = (ready.database, ready.models, ready.calls, ready.dialling)
        if wrong := " ".join(each for each in parts_of_it if each != "ok"):
            st.html(looks.head(t("home.title"), looks.badge(t("home.unwell"), "bad"), lead=wrong))
        elif not published:
            st.html(looks.head(t("home.title"), lead=t("home.no_flow")))
        else:
            st.html(looks.head(t("home.title"), looks.badge(t("home.well"), "good")))
    with action:
        if st.button(t("home.call_lead"), type="primary", icon=":material/call:", width="stretch"):
            st.switch_page("app_pages/leads.py")
    _figures(figures.today(week, moments.midnight(present, here)))
    st.fragment(_live, run_every="2s")()
    _flows(own)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _week(week)
    with right:
        st.subheader(t("home.latest"), anchor=False)
        finished = [call for call in week if not call.under_way][:LATEST]
        if finished:
            st.html(parts.call_rows(finished, narrow=True))
            st.page_link("app_pages/calls.py", label=t("home.all_calls"), icon=":material/arrow_forward:")
        else:
            st.caption(t("home.latest.empty"))


def _flows(own: list[FlowLine]) -> None:
    """The flows that call most; for whoever has none yet, the templates."""
    title, more = st.columns([4, 1], vertical_alignment="bottom")
    title.subheader(t("home.flows" if own else "template.title.first"), anchor=False)
    with more, st.container(horizontal=True, horizontal_alignment="right"):
        st.page_link("app_pages/flows.py", label=t("home.all_flows"), icon=":material/arrow_forward:")
    if own:
        flow_shelf.strip(own)
        return
    with parts.troubles():
        begin = flows.templates(parts.engine())
    flow_shelf.templates(each for each in begin if each.name != BLANK)
    if flow_dialogs.asked():
        st.switch_page("app_pages/flows.py")


def _figures(day: figures.Day) -> None:
    columns = st.columns(4)
    columns[0].metric(t("home.calls"), day.calls, border=True)
    columns[1].metric(t("home.talked"), day.talked, border=True, help=t("home.talked.help"))
    columns[2].metric(t("home.booked"), day.booked, border=True)
    quick = moments.quickness(day.form_to_ring_ms)
    columns[3].metric(t("home.speed"), quick, border=True, help=t("home.speed.help"))


def _live() -> None:
    try:
        running = [call for call in parts.engine().calls(50).calls if call.under_way]
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    st.subheader(t("live.title"), anchor=False)
    if running:
        st.html(parts.call_rows(running))
    else:
        st.caption(t("live.none"))


def _week(week: list[Call]) -> None:
    st.subheader(t("home.week"), anchor=False)
    bars = figures.by_day(week, parts.zone())
    if not bars:
        st.caption(t("home.week.empty"))
        return
    first = parts.now().astimezone(parts.zone()).date() - timedelta(days=6)
    shown = [first + timedelta(days=n) for n in range(7)]
    other = t("outcome.other")
    rows = [
        {"day": f"{bar.day:%a} {bar.day.day}", "outcome": outcome_word(bar.disposition) or other, "calls": bar.count}
        for bar in bars
    ]
    outcomes = sorted(
        {bar.disposition for bar in bars}, key=lambda code: (not code, looks.ORDER.index(looks.tone_of(code)), code)
    )
    names = [outcome_word(code) or other for code in outcomes]
    scale = alt.Scale(domain=names, range=looks.chart_colours(outcomes))
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadius=3)
        .encode(
            x=alt.X("day:N", sort=None, title=None, axis=alt.Axis(labelAngle=0),
                    scale=alt.Scale(domain=[f"{day:%a} {day.day}" for day in shown])),
            y=alt.Y("calls:Q", title=None, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("outcome:N", title=None, sort=names, scale=scale,
                            legend=alt.Legend(orient="bottom", columns=3)),
            tooltip=[alt.Tooltip("outcome:N", title=t("calls.filter")), alt.Tooltip("calls:Q", title=t("nav.calls"))],
        )
        .properties(height=300)
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")
    if why := figures.reasons(week):
        lines = [looks.fact(reason_word(reason), str(count)) for reason, count in why[:4]]
        st.html(looks.page(f'<div class="ll-h3">{looks.esc(t("home.reasons"))}</div>', looks.facts(lines)))


main()
