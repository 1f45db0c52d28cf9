"""The callers of a flow: let them call the draft, see how each was served, read what was said."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui import moments, parts, people
from ui.client import EngineTrouble
from ui.flow_session import FlowSession
from ui.flow_view import Flow, NotAFlow, read_flow
from ui.resources import test_bench
from ui.resources.test_bench import CallerRow, Run
from ui.sentences import outcome_word
from ui.testing import caller_view
from ui.texts import t

FOLLOW_S: Final = 0.7
MARKS: Final = {"passed": "✓", "failed": "✗", "left_out": "–"}
_RUNS: Final = "leadline-runs"


def callers_panel(session: FlowSession) -> None:
    st.caption(t("callers.intro"))
    try:
        run = _known(session.flow_id)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble)
        return
    if run is not None and run.running:
        _following(session, run.id)
    else:
        _results(session, run)


def _known(flow_id: str) -> Run | None:
    """The run that was begun here, else the newest that is kept."""
    runs: dict[str, str] = st.session_state.setdefault(_RUNS, {})
    try:
        if flow_id in runs:
            return test_bench.read_run(parts.engine(), runs[flow_id])
        return test_bench.latest_run(parts.engine(), flow_id)
    except EngineTrouble as trouble:
        if trouble.kind != "missing":
            raise
        runs.pop(flow_id, None)
        return None


def _begin(flow_id: str, only: list[str] | None = None) -> None:
    try:
        run = test_bench.run_callers(parts.engine(), flow_id, people.current_person(), only)
    except EngineTrouble as trouble:
        st.session_state["callers-trouble"] = trouble.sentence
        return
    st.session_state.setdefault(_RUNS, {})[flow_id] = run.id


def _follow(session: FlowSession, run_id: str) -> None:
    """Alone, several times a second, until the run is over."""
    try:
        run = test_bench.read_run(parts.engine(), run_id)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble)
        return
    if not run.running:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        words = t("callers.running", done=run.done, wanted=run.wanted) if run.wanted else t("callers.starting")
        st.progress(run.done / run.wanted if run.wanted else 0.0, words)
        st.button(
            t("callers.stop"), icon=":material/stop:", key=f"callers-stop-{session.flow_id}",
            on_click=lambda: test_bench.stop_run(parts.engine(), run_id),
        )  # fmt: skip
    _table(session.flow_id, run, choose=False)


_following = st.fragment(run_every=FOLLOW_S)(_follow)


def _results(session: FlowSession, run: Run | None) -> None:
    flow_id = session.flow_id
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("callers.run" if run is None else "callers.run_again"), type="primary", icon=":material/groups:",
            key=f"callers-run-{flow_id}", on_click=_begin, args=(flow_id,),
        )  # fmt: skip
        if run is None:
            st.caption(t("callers.none"))
        else:
            when = moments.ago(run.started_at, parts.now(), parts.zone())
            by = run.started_by
            st.caption(t("callers.when_by", when=when, name=by) if by else t("callers.when", when=when))
    if refused := st.session_state.pop("callers-trouble", ""):
        st.error(refused)
    if run is None:
        return
    if run.problem:
        st.error(run.problem)
    if not run.current:
        st.warning(t("callers.outdated"), icon=":material/update:")
    st.html(caller_view.summary(run) or "<span></span>")
    if not run.rows:
        return
    table, call = st.columns([3, 2], gap="large")
    with table:
        chosen = _table(flow_id, run, choose=True)
    with call:
        if chosen is None:
            st.caption(t("callers.choose"))
        else:
            _one(session, chosen)


def _table(flow_id: str, run: Run, *, choose: bool) -> CallerRow | None:
    """The callers as rows. Gives the chosen one."""
    rows = caller_view.sorted_rows(run.rows)
    if not rows:
        return None
    columns = {
        t("callers.column.state"): [f"{MARKS.get(row.state, '')} {t(f'callers.state.{row.state}')}" for row in rows],
        t("callers.column.caller"): [row.title for row in rows],
        t("callers.column.outcome"): [outcome_word(row.outcome) for row in rows],
    }
    config = {t("callers.column.caller"): st.column_config.TextColumn(width="medium")}
    shown = st.dataframe(
        columns, hide_index=True, column_config=config, height=min(38 + 35 * len(rows), 620), alt=t("callers.table"),
        key=f"callers-table-{flow_id}-{run.id}-{choose}", on_select="rerun" if choose else "ignore",
        selection_mode="single-row", selection_default={"selection": {"rows": [0]}} if choose else None,
    )  # fmt: skip
    if not choose:
        return None
    places = shown["selection"]["rows"] if shown else []
    return rows[places[0]] if places and places[0] < len(rows) else None


def _one(session: FlowSession, row: CallerRow) -> None:
    flow = _flow(session)
    st.html(caller_view.head(row))
    if row.why:
        st.info(row.why, icon=":material/do_not_disturb_on:")
    if html := caller_view.faults(row, flow):
        st.html(html)
    st.button(
        t("callers.run_one"), icon=":material/person:", key=f"callers-one-{session.flow_id}", on_click=_begin,
        args=(session.flow_id, [row.scenario]),
    )  # fmt: skip
    if row.state != "left_out":
        st.markdown(f"**{t('callers.transcript')}**")
        st.html(caller_view.transcript(row) or f"<p>{t('callers.transcript.none')}</p>")


def _flow(session: FlowSession) -> Flow:
    try:
        return read_flow(session.document)
    except NotAFlow:
        return Flow(id=session.flow_id, name=session.name)
