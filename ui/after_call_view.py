"""What was done after one call, card by card, and doing again what failed."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from ui import looks, moments, parts, people
from ui.call_records import AfterCall, AfterStep, CallFull, ReplayNote
from ui.client import EngineTrouble
from ui.flow_view import Flow
from ui.resources import after_call
from ui.resources.after_call import Preview, WhichLane
from ui.sentences import capital
from ui.texts import t

STEP_TONES: Final[dict[str, looks.Tone]] = {
    "done": "good", "failed": "bad", "blocked": "warm", "started": "info", "waiting": "info", "skipped": "calm",
}  # fmt: skip
STATE_TONES: Final[dict[str, looks.Tone]] = {
    "done": "good", "failed": "bad", "dead": "bad", "dispatched": "info", "pending": "info",
}  # fmt: skip


def of_call(call: CallFull, flow: Flow) -> None:
    after = call.after_call
    if after is None:
        st.caption(t("call.after.none"))
        return
    st.html(head(after, parts.zone()))
    seen = _preview(call.id, after)
    may = people.may("publisher")
    lane: WhichLane = _which_lane(call.id, seen) if seen is not None and may else "then"
    for step in after.steps:
        _step(call.id, step, flow, lane, may=may and seen is not None)
    if seen is not None:
        _whole(call.id, seen, lane, may)
    if after.replays:
        st.html(replays(after, flow))
    if after.run_url:
        st.link_button(t("call.after.run"), after.run_url, icon=":material/open_in_new:")


def head(after: AfterCall, zone: ZoneInfo) -> str:
    """How all of it stands."""
    state = t(f"call.after.state.{after.state}", otherwise=after.state)
    lines = [looks.paragraph(after.problem)] if after.problem else []
    if after.next_at is not None:
        when = moments.long_day_and_time(after.next_at, zone)
        if any(step.until is not None for step in after.steps):
            state = capital(t("call.after.until", when=when))
        elif after.problem:
            lines.append(looks.paragraph(t("call.after.next", when=when), dimmed=True))
    mark = looks.badge(state, STATE_TONES.get(after.state, "calm"))
    return looks.page(f"<p>{mark}</p>", *lines)


def step_card(step: AfterStep, flow: Flow, zone: ZoneInfo) -> str:
    state = t(f"call.after.step.{step.state}", otherwise=step.state)
    if step.until is not None:
        state = t("call.after.until", when=moments.long_day_and_time(step.until, zone))
    tries = looks.dim(t("call.after.tries", attempt=step.attempt)) if step.attempt > 1 else ""
    mark = looks.badge(state, STEP_TONES.get(step.state, "calm"))
    return looks.page(looks.card(flow.card_name(step.id), looks.paragraph(step.note), beside=f"{tries} {mark}"))


def replays(after: AfterCall, flow: Flow) -> str:
    """Who had it done again."""
    return looks.page(looks.section(t("call.after.again")), looks.listing(_told(each, flow) for each in after.replays))


def _told(replay: ReplayNote, flow: Flow) -> str:
    what = flow.card_name(replay.step) if replay.step else t("call.after.again.all")
    who = replay.by or t("call.after.again.somebody")
    told = t("call.after.again.line", when=moments.day_and_time(replay.at, parts.zone()), who=who, what=what)
    return f"{told} {replay.differs}".strip()


def _preview(call_id: str, after: AfterCall) -> Preview | None:
    """What may be done again; None while nothing has failed."""
    tried = any(step.state in ("failed", "started") for step in after.steps)
    if after.state not in ("failed", "dead") and not (after.state == "pending" and tried):
        return None
    try:
        return after_call.preview(parts.engine(), call_id)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return None


def _which_lane(call_id: str, seen: Preview) -> WhichLane:
    """Asked only if the lane is another one by now."""
    if not seen.now_other:
        return "then"
    lanes: tuple[WhichLane, ...] = ("then", "now")
    chosen: WhichLane = st.radio(
        t("call.after.lane"), lanes, format_func=lambda each: t(f"call.after.lane.{each}"), key=f"lane-{call_id}",
        horizontal=True,
    )  # fmt: skip
    st.caption(looks.plain(seen.now))
    return chosen


def _step(call_id: str, step: AfterStep, flow: Flow, lane: WhichLane, *, may: bool) -> None:
    if not may:
        st.html(step_card(step, flow, parts.zone()))
        return
    shown, beside = st.columns([5, 1], vertical_alignment="center", gap="small")
    shown.html(step_card(step, flow, parts.zone()))
    if step.state not in ("failed", "started"):
        return
    beside.button(
        t("call.after.try"), key=f"try-{step.id}", icon=":material/replay:", width="stretch",
        help=t("call.after.try.help", card=looks.plain(flow.card_name(step.id))), on_click=_replay,
        args=(call_id, step.id, lane),
    )  # fmt: skip


def _whole(call_id: str, seen: Preview, lane: WhichLane, may: bool) -> None:
    if seen.refused and not (seen.now_possible and seen.now_other):
        st.caption(looks.plain(seen.refused))
        return
    if not may:
        st.caption(t("call.after.role"))
        return
    st.button(
        t("call.after.try_all"), type="primary", icon=":material/replay:", key="try-all",
        help=t("call.after.try_all.help"), on_click=_replay, args=(call_id, "", lane),
    )  # fmt: skip


def _replay(call_id: str, step: str, lane: WhichLane) -> None:
    try:
        done = after_call.replay(parts.engine(), call_id, step=step, lane=lane, by=people.current_person())
    except EngineTrouble as trouble:
        st.toast(looks.plain(trouble.sentence), icon=":material/block:")
        return
    st.toast(t("call.after.trying", cards=looks.plain(", ".join(done.cards))), icon=":material/replay:")
