"""The calendars that appointments are booked in: how they are set up, what is blocked, and what is booked."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from ui import looks, parts
from ui.calendars import diaries
from ui.calendars.fields import DAYS, Spots, save
from ui.calendars.hours import hours_form
from ui.calendars.kept_at import kept_at_form
from ui.calendars.staff import staff_list
from ui.client import EngineTrouble
from ui.records import Json
from ui.resources import calendars, connections
from ui.resources.calendars import Booked, Calendar
from ui.texts import t

USUAL = "09:00-17:00"
SERVICES = (*diaries.LINKED, "calcom")
"""Kinds of connections that a calendar can be kept at."""


def calendar_list(may_change: bool) -> None:
    """Raises `EngineTrouble`."""
    st.caption(t("calendars.intro"))
    engine = parts.engine()
    found = calendars.everything(engine)
    names = [each.name for each in found]
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    name = left.selectbox(t("calendars.name"), names, key="calendar-name") if names else None
    if may_change:
        with right.popover(t("calendars.add"), icon=":material/add:"):
            _add(found[0].zone if found else "America/New_York")
    if not name:
        return
    calendar = calendars.one(engine, name)
    kinds = {each.name: each.kind for each in connections.everything(engine) if each.kind in SERVICES}
    setup, use = st.columns([3, 2], gap="large")
    with setup:
        hours, staff, kept_at = st.tabs(
            [t("calendars.tab.hours"), t("calendars.tab.staff"), t("calendars.tab.kept")], key=f"setup-{name}"
        )
        with hours:
            hours_form(calendar, may_change)
        with staff:
            staff_list(calendar, kinds.get(calendar.connection, ""), may_change)
        with kept_at:
            kept_at_form(calendar, kinds, may_change)
    with use:
        _blocked(calendar, may_change)
        _booked(calendar)


def _add(zone: str) -> None:
    name = st.text_input(t("calendars.name"), max_chars=64, key="new-calendar", help=t("connections.name.help"))
    if st.button(t("calendars.add"), type="primary", disabled=not name.strip(), key="add-calendar"):
        setup: dict[str, Json] = {"zone": zone, "weekly": {day: [USUAL] for day in DAYS[:5]}}
        if save(name.strip(), setup, Spots()):
            st.rerun()


def _blocked(calendar: Calendar, may_change: bool) -> None:
    st.subheader(t("calendars.blocked"), anchor=False)
    zone = ZoneInfo(calendar.zone)
    if not calendar.blocks:
        st.caption(t("calendars.blocked.none"))
    for each in calendar.blocks:
        what, action = st.columns([4, 2], vertical_alignment="center")
        who = looks.badge(each.staff) if each.staff else ""
        when = looks.dim(_span(each.start, each.end, zone))
        what.html(looks.page(f"{looks.esc(each.reason or '–')} {who}<br>{when}"))
        if may_change and action.button(t("calendars.unblock"), key=f"free-{each.id}"):
            calendars.unblock(parts.engine(), calendar.name, each.id)
            st.rerun()
    if may_change:
        with st.popover(t("calendars.block"), icon=":material/block:"):
            _block(calendar, zone)


def _block(calendar: Calendar, zone: ZoneInfo) -> None:
    day = st.date_input(t("calendars.block.day"), value=parts.now().astimezone(zone).date() + timedelta(days=1))
    left, right = st.columns(2)
    start = left.time_input(t("calendars.block.from"), value=time(9))
    end = right.time_input(t("calendars.block.to"), value=time(12))
    who = ""
    if calendar.staff:
        who = st.selectbox(
            t("calendars.block.staff"), ["", *(each.name for each in calendar.staff)],
            format_func=lambda name: name or t("calendars.everybody"),
        )  # fmt: skip
    reason = st.text_input(t("calendars.block.reason"), max_chars=200, placeholder=t("calendars.block.reason.example"))
    if st.button(t("calendars.block.do"), type="primary"):
        begins, ends = (datetime.combine(day, each, zone) for each in (start, end))
        try:
            calendars.block(parts.engine(), calendar.name, begins, ends, reason, who)
        except EngineTrouble as trouble:
            st.error(trouble.sentence)
            return
        st.rerun()


def _booked(calendar: Calendar) -> None:
    st.subheader(t("calendars.booked"), anchor=False)
    if not calendar.appointments:
        st.caption(t("calendars.booked.none"))
    zone = ZoneInfo(calendar.zone)
    lines = [
        looks.fact(
            each.name or each.title,
            _span(each.start, each.end, zone),
            t("calendars.in_area", place=each.place) if each.place else "",
            _badges(each),
        )
        for each in calendar.appointments
    ]
    if lines:
        st.html(looks.page(looks.facts(lines)))


def _badges(booked: Booked) -> str:
    found = looks.badge(booked.staff) if booked.staff else ""
    if booked.status == "requested":
        found += looks.badge(t("calendars.requested"), "warm")
    if not booked.settled:
        found += looks.badge(t("calendars.unsettled"), "info")
    return found


def _span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    begins, ends = start.astimezone(zone), end.astimezone(zone)
    return t(
        "calendars.span", day=f"{begins:%a} {begins.day} {begins:%b}", start=f"{begins:%H:%M}", end=f"{ends:%H:%M}"
    )
