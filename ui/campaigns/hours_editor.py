"""Picks the hours of one kind of day: as the law allows, own hours in spans, or never."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

import streamlit as st

from ui.campaigns.hours_text import MODES, Minutes, after, mode_of, of_mode, spans_of, text_of
from ui.forms.binding import MISSING, Missing, issues_at
from ui.forms.frame import problems
from ui.forms.hours import clock, minute
from ui.forms.hours_editor import clock_input
from ui.forms.order import ICON_ONLY
from ui.forms.spot import Spot
from ui.forms.widgets import wired
from ui.records import Json
from ui.texts import t


def day_hours(spot: Spot) -> None:
    """`spot`: of the day's text; its title is the label."""
    value = spot.value
    text = value if isinstance(value, str) else ""
    mode = mode_of(text)

    def read(given: object) -> Json | Missing:
        chosen = next((each for each in MODES if each == given), mode)
        return of_mode(chosen, text)

    key = spot.key(text, "mode")
    with st.container(gap="xsmall"):
        st.segmented_control(
            spot.title, MODES, default=mode, required=True, format_func=lambda each: t(f"campaign.hours.{each}"),
            **wired(spot, key, read, "mode"),
        )  # fmt: skip
        if mode == "own":
            spans = spans_of(text)
            if spans is None:
                _raw(spot, text)
            else:
                _spans(spot, spans)
        problems(each.issue for each in issues_at(spot.draft.issues, spot.path))


def _spans(spot: Spot, spans: Sequence[Minutes]) -> None:
    for place, (start, end) in enumerate(spans):
        _span(spot, spans, place, start, end)
    if not spot.locked:
        st.button(
            t("campaign.hours.add"), key=spot.key(None, "add"), icon=":material/add:", type="tertiary",
            on_click=spot.put, args=(text_of([*spans, after(spans)]),),
        )  # fmt: skip


def _span(spot: Spot, spans: Sequence[Minutes], place: int, start: int, end: int) -> None:
    def with_(new: Minutes | None) -> Json:
        return text_of([*spans[:place], *((new,) if new else ()), *spans[place + 1 :]])

    now = with_((start, end))

    def begins(picked: time | None) -> Json | Missing:
        return now if picked is None else with_((minute(picked), end))

    def ends(picked: time | None) -> Json | Missing:
        return now if picked is None else with_((start, minute(picked)))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        clock_input(spot, t("form.hours.from"), clock(start), begins, f"{place}.from")
        clock_input(spot, t("form.hours.to"), clock(end), ends, f"{place}.to")
        if len(spans) > 1 and not spot.locked:
            st.button(
                t("form.row.remove"), key=spot.key(now, f"{ICON_ONLY}.{place}"), icon=":material/delete:",
                type="tertiary", on_click=spot.put, args=(with_(None),),
            )  # fmt: skip


def _raw(spot: Spot, text: str) -> None:
    """Hours that were written by a program and cannot be read: nothing is bent, the validator says what is wrong."""

    def read(given: object) -> Json | Missing:
        return given if isinstance(given, str) and given.strip() else MISSING

    key = spot.key(text, "raw")
    st.text_input(
        t("campaign.hours.written"), text, label_visibility="collapsed", **wired(spot, key, read, "raw")
    )  # fmt: skip
