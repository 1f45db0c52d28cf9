"""Opening hours by picking: days as buttons, from and to as times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import time
from typing import Final

import streamlit as st

from ui.forms.binding import MISSING, Missing
from ui.forms.hours import DAYS, Span, clock, lines_of, minute, read_lines, read_span, span_text
from ui.forms.order import ICON_ONLY
from ui.forms.pickers import looks_label
from ui.forms.shapes import Field
from ui.forms.spot import Spot
from ui.forms.widgets import shown_value, wired
from ui.records import Json
from ui.texts import t

OFFICE: Final = Span(frozenset(range(5)), 8 * 60, 17 * 60)
"""What is added to begin with: a working week."""
OFFICE_BEGINS: Final = clock(OFFICE.start)
OFFICE_ENDS: Final = clock(OFFICE.end)


def opening_hours(spot: Spot, field: Field) -> bool:
    """False, and nothing drawn, for hours that cannot be read: they are for the editor of last resort."""
    value = shown_value(spot, field)
    lines = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    spans = read_lines(lines)
    if spans is None:
        return False
    looks_label(field.title)
    for place, span in enumerate(spans):
        with st.container(border=True, gap="xsmall"):
            _span(spot, spans, place, span)
    if not spans:
        st.caption(t("form.hours.always"))
    if not spot.locked:
        st.button(
            t("form.hours.add"), key=spot.key(None, "add"), icon=":material/add:", type="tertiary",
            on_click=spot.put, args=(list(lines_of([*spans, _next(spans)])),),
        )  # fmt: skip
    return True


def window(spot: Spot, field: Field) -> bool:
    """One span of a day. False, and nothing drawn, for a text that is no span."""
    value = shown_value(spot, field)
    given = value if isinstance(value, str) else ""
    span = read_span(given) if given else None
    if given and span is None:
        return False
    looks_label(field.title)

    def of(begin: time | None, over: time | None) -> Json | Missing:
        if begin is None or over is None:
            return given or MISSING
        return span_text(minute(begin), minute(over, end=True))

    begins, ends = (None, None) if span is None else (clock(span[0]), clock(span[1]))
    with st.container(horizontal=True):
        clock_input(spot, t("form.hours.from"), begins, lambda picked: of(picked, ends or OFFICE_ENDS), "from")
        clock_input(spot, t("form.hours.to"), ends, lambda picked: of(begins or OFFICE_BEGINS, picked), "to")
    return True


def _span(spot: Spot, spans: Sequence[Span], place: int, span: Span) -> None:
    def lines(new: Span | None) -> Json:
        kept = [*spans[:place], *((new,) if new is not None else ()), *spans[place + 1 :]]
        return list(lines_of(kept))

    now = lines(span)

    def days(picked: object) -> Json | Missing:
        chosen = frozenset(each for each in picked if isinstance(each, int)) if isinstance(picked, list) else span.days
        return lines(Span(chosen, span.start, span.end))

    def begins(picked: time | None) -> Json | Missing:
        return now if picked is None else lines(Span(span.days, minute(picked), span.end))

    def ends(picked: time | None) -> Json | Missing:
        return now if picked is None else lines(Span(span.days, span.start, minute(picked, end=True)))

    part = f"span{place}"
    key = spot.key(now, f"{part}.days")
    st.pills(
        t("form.hours.days"), list(range(7)), selection_mode="multi", default=sorted(span.days),
        format_func=lambda day: t(f"form.day.{DAYS[day].lower()}"), label_visibility="collapsed",
        **wired(spot, key, days, f"{part}.days"),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        clock_input(spot, t("form.hours.from"), clock(span.start), begins, f"{part}.from")
        clock_input(spot, t("form.hours.to"), clock(span.end), ends, f"{part}.to")
        if not spot.locked:
            st.button(
                t("form.row.remove"), key=spot.key(now, f"{ICON_ONLY}.{part}"), icon=":material/delete:",
                type="tertiary", on_click=spot.put, args=(lines(None),),
            )  # fmt: skip


def clock_input(
    spot: Spot, label: str, showing: time | None, read: Callable[[time | None], Json | Missing], part: str
) -> None:
    def new(given: object) -> Json | Missing:
        return read(given if isinstance(given, time) else None)

    key = spot.key(new(showing), part)
    st.time_input(label, showing, width=120, **wired(spot, key, new, part))


def _next(spans: Sequence[Span]) -> Span:
    """The days that have no hours yet, for the morning; a working week to begin with."""
    taken = frozenset(day for span in spans for day in span.days)
    if not taken:
        return OFFICE
    return Span(frozenset(range(7)) - taken or frozenset({5}), 9 * 60, 13 * 60)
