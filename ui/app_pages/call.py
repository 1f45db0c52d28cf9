"""One call (`?call=<id>`): while it runs, as it is spoken; afterwards, everything about it and why."""

from __future__ import annotations

import json

import altair as alt
import streamlit as st

from ui import after_call_view, call_view, looks, moments, parts
from ui.call_records import CallFull, Turn
from ui.client import EngineTrouble
from ui.flow_view import Flow, NotAFlow, read_flow
from ui.player import player
from ui.texts import t

PARTS = ("wait", "stt", "mind", "voice", "queue")
COLOURS = ("#94a3b8", "#5b7fd6", "#8b6fc0", "#0d9488", "#cbd5e1")


def main() -> None:
    st.page_link("app_pages/calls.py", label=t("back.calls"), icon=":material/arrow_back:")
    call_id = st.query_params.get("call")
    if not call_id:
        st.info(t("call.none"))
        return
    with parts.troubles():
        call = parts.engine().call(call_id)
        flow = _flow(call_id)
    if call.under_way:
        st.fragment(_live, run_every="1.5s")(call_id, flow)
    else:
        _finished(call, flow)


def _flow(call_id: str) -> Flow:
    """The flow that the call was held with; one without names if it cannot be had, so that the call still shows."""
    try:
        return read_flow(parts.engine().flow_of_call(call_id))
    except NotAFlow:
        return call_view.NO_FLOW
    except EngineTrouble as trouble:
        if trouble.kind not in ("missing", "broken"):
            raise
        return call_view.NO_FLOW


def _title(call: CallFull) -> str:
    return t("call.title", person=call.person or moments.phone(call.to_number) or t("nameless"))


def _live(call_id: str, flow: Flow) -> None:
    try:
        call = parts.engine().call(call_id)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    if not call.under_way:
        st.rerun(scope="app")
    state = looks.badge(t(f"live.state.{call.state}"), "info")
    marks = [looks.dot("info", pulse=True) + state, *([looks.badge(t("call.test"))] if call.test else [])]
    st.html(looks.head(_title(call), *marks, lead=t("live.follow")))
    talk, so_far = st.columns([3, 2], gap="large")
    with talk:
        st.subheader(t("call.conversation"), anchor=False)
        chat = call_view.live_chat(call.journal)
        if chat:
            with st.container(height=560, autoscroll=True):
                st.html(chat)
        else:
            st.caption(t("live.waiting"))
    with so_far:
        st.subheader(t("call.found"), anchor=False)
        found = call_view.live_found(call.turns, flow)
        if found:
            st.html(found)
        else:
            st.caption(t("live.found_none"))


def _finished(call: CallFull, flow: Flow) -> None:
    marks = [looks.outcome_badge(call.disposition)]
    if call.test:
        marks.append(looks.badge(t("call.test"), "info"))
    if call.attempt > 1:
        marks.append(looks.badge(t("call.attempt", attempt=call.attempt)))
    flags = call.result.outcome.flags if call.result is not None else ()
    marks += [looks.badge(t(f"flag.{flag}", otherwise=flag.replace("_", " ")), "warm") for flag in flags]
    st.html(looks.head(_title(call), *marks, lead=call_view.reason_sentence(call)))
    figures = st.columns(4)
    when = moments.day_and_time(call.placed_at, parts.zone())
    figures[0].metric(t("call.when"), when, border=True)
    figures[1].metric(t("call.length"), moments.length(call.duration_s), border=True)
    figures[2].metric(t("call.speed"), moments.quickness(call.form_to_ring_ms), border=True)
    typical = call.result.metrics.get("response_ms_p50") if call.result is not None else None
    figures[3].metric(t("call.response"), moments.quickness(typical), border=True, help=t("call.response.help"))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _conversation(call)
    with right:
        _found(call, flow)
    why, times, after, journal = st.tabs([t("call.why"), t("call.times"), t("call.after"), t("call.journal")])
    with why:
        st.caption(t("call.why.intro"))
        reasons = call_view.why(call.turns, flow)
        st.html(reasons or looks.page(looks.paragraph(t("call.why.none"))))
        if troubles := call_view.troubles(call.journal):
            st.subheader(t("call.trouble"), anchor=False)
            st.caption(t("call.trouble.intro"))
            st.html(troubles)
    with times:
        _times(call.turns)
    with after:
        after_call_view.of_call(call, flow)
    with journal:
        _journal(call)


def _conversation(call: CallFull) -> None:
    st.subheader(t("call.conversation"), anchor=False)
    if call.result is not None and call.result.transcript:
        try:
            player(call)
        except EngineTrouble as trouble:
            parts.show_trouble(trouble)
    else:
        st.caption(t("call.no_words"))


def _found(call: CallFull, flow: Flow) -> None:
    if call.result is None:
        return
    if call.after_call is not None and call.after_call.summary:
        st.subheader(t("call.summary"), anchor=False, help=t("call.summary.help"))
        st.html(looks.page(looks.paragraph(call.after_call.summary)))
    if follows := call_view.consequences(call.result, parts.zone()):
        st.html(follows)
    st.subheader(t("call.found"), anchor=False)
    found = call_view.found(call.result.answers, flow)
    if found:
        st.html(found)
    else:
        st.caption(t("call.found.none"))
    if told := call_view.disclosures(call.result):
        st.subheader(t("call.disclosures"), anchor=False)
        st.html(told)


def _times(turns: tuple[Turn, ...]) -> None:
    measured = [turn for turn in turns if turn.latency_ms]
    if not measured:
        st.caption(t("call.times.none"))
        return
    st.caption(t("call.times.intro"))
    names = [t(f"call.times.{part}") for part in PARTS]
    rows = [
        {"turn": turn.turn, "part": name, "ms": round(turn.latency_ms.get(part, 0.0)), "place": place,
         "total": round(turn.latency_ms.get("total", 0.0)), "said": turn.caller}
        for turn in measured
        for place, (part, name) in enumerate(zip(PARTS, names, strict=True))
    ]  # fmt: skip
    scale = alt.Scale(domain=names, range=list(COLOURS))
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("turn:O", title=t("call.times.turn"), axis=alt.Axis(labelAngle=0)),
            y=alt.Y("ms:Q", title=t("call.times.axis")),
            color=alt.Color("part:N", title=None, sort=names, scale=scale,
                            legend=alt.Legend(orient="bottom", columns=3, labelLimit=320)),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("part:N", title=t("call.times.part")), alt.Tooltip("ms:Q", title="ms"),
                     alt.Tooltip("total:Q", title="Σ ms"), alt.Tooltip("said:N", title=t("call.caller"))],
        )
        .properties(height=320)
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")


def _journal(call: CallFull) -> None:
    if call.journal_intact:
        st.caption(t("call.journal.intact"))
    else:
        st.error(t("call.journal.changed"))
    rows = [
        {
            t("call.journal.time"): moments.position(entry.at_ms),
            t("call.journal.kind"): entry.kind.replace("_", " "),
            t("call.journal.facts"): json.dumps(entry.facts, ensure_ascii=False),
        }
        for entry in call.journal
    ]
    st.dataframe(rows, hide_index=True, height=420)


main()
