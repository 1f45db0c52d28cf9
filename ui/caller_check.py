"""What came of a draft's simulated callers: the last result, or run now. Shown beside publishing, never barring it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui import looks, moments, parts, people
from ui.client import EngineTrouble
from ui.resources import test_bench
from ui.resources.test_bench import CallerRow, Run
from ui.sentences import outcome_word
from ui.texts import t

POLL_S: Final = 1.5
SHOWN: Final = 8


def draw(flow_id: str) -> None:
    st.subheader(t("publish.callers.title"), anchor=False)
    st.caption(t("publish.callers.intro"))
    try:
        run = _latest(flow_id)
    except EngineTrouble as trouble:
        st.caption(trouble.sentence)
        return
    if run is not None and run.state == "running":
        st.fragment(_running, run_every=f"{POLL_S}s")(flow_id)
        return
    if run is None:
        st.html(looks.page(looks.dot("calm") + looks.esc(t("publish.callers.never"))))
    else:
        _result(run)
    fresh = run is not None and run.current and run.state == "finished"
    if st.button(
        t("publish.callers.again" if fresh else "publish.callers.run"), icon=":material/group:", key="callers-run",
        type="tertiary" if fresh else "secondary",
    ):  # fmt: skip
        _start(flow_id)


def _latest(flow_id: str) -> Run | None:
    """None if they have never called this flow. Raises `EngineTrouble`."""
    try:
        return test_bench.latest_run(parts.engine(), flow_id)
    except EngineTrouble as trouble:
        if trouble.kind == "missing":
            return None
        raise


def _running(flow_id: str) -> None:
    try:
        run = _latest(flow_id)
    except EngineTrouble as trouble:
        st.caption(trouble.sentence)
        return
    if run is None or run.state != "running":
        st.rerun()
        return
    share = run.done / run.wanted if run.wanted else 0.0
    st.progress(min(share, 1.0), text=t("publish.callers.running", done=run.done, wanted=run.wanted or "…"))


def _start(flow_id: str) -> None:
    try:
        test_bench.run_callers(parts.engine(), flow_id, people.current_person())
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    st.rerun()


def _result(run: Run) -> None:
    if run.state != "finished":
        st.html(looks.page(looks.dot("warm") + looks.esc(run.problem or t("publish.callers.broken"))))
        return
    called = run.passed + run.failed
    if not called:
        said, tone = t("publish.callers.none"), looks.dot("calm")
    elif run.failed:
        said, tone = t("publish.callers.failed", passed=run.passed, count=called), looks.dot("bad")
    else:
        said, tone = t("publish.callers.passed", count=called), looks.dot("good")
    when = moments.ago(run.started_at, parts.now(), parts.zone())
    about = t("publish.callers.when", when=when) if run.current else t("publish.callers.outdated", when=when)
    st.html(looks.tight(f"<p>{tone}<b>{looks.esc(said)}</b></p>", looks.paragraph(about, dimmed=True)))
    failed = [row for row in run.rows if row.state == "failed"]
    if failed:
        st.html(looks.page(looks.listing(_sentence(row) for row in failed[:SHOWN])))


def _sentence(row: CallerRow) -> str:
    expected, outcome = outcome_word(row.expected), outcome_word(row.outcome)
    if expected and outcome and expected != outcome:
        return t("publish.callers.row.outcome", title=row.title, expected=expected, outcome=outcome)
    why = row.failures[0].text if row.failures else row.why
    return t("publish.callers.row.why", title=row.title, why=why) if why else row.title
