"""The calendars kept here: working hours as a business writes them, days that differ, time that staff block."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from ui import looks, parts
from ui.client import EngineTrouble
from ui.records import Json
from ui.resources import connections
from ui.resources.connections import Calendar
from ui.texts import t

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STEPS = (15, 20, 30, 45, 60, 90, 120)
USUAL = "09:00-17:00"


def calendar_list(may_change: bool) -> None:
    """Raises `EngineTrouble`."""
    st.caption(t("calendars.intro"))
    engine = parts.engine()
    found = connections.calendars(engine)
    names = [each.name for each in found]
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    name = left.selectbox(t("calendars.name"), names, key="calendar-name") if names else None
    if may_change:
        with right.popover(t("calendars.add"), icon=":material/add:"):
            _add(found[0].zone if found else "America/New_York")
    if name:
        calendar = connections.calendar(engine, name)
        hours, blocked = st.columns([3, 2], gap="large")
        with hours:
            _hours(calendar, may_change)
        with blocked:
            _blocked(calendar, may_change)
            _booked(calendar)


def spans(text: str) -> list[str]:
    """'09:00-12:00, 13:00 - 17:00' as the engine takes it. What is no span stays, for the engine to name it."""
    parts_of_it = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    return [re.sub(r"\s*(?:-|–|to)\s*", "-", part) for part in parts_of_it]


def _hours(calendar: Calendar, may_change: bool) -> None:
    st.subheader(t("calendars.hours"), anchor=False)
    st.caption(t("calendars.hours.help"))
    with st.form(f"hours-{calendar.name}", border=False):
        zones = sorted(zone for zone in available_timezones() if "/" in zone)
        zone = st.selectbox(
            t("calendars.zone"), zones, index=zones.index(calendar.zone) if calendar.zone in zones else None
        )
        weekly: dict[str, Json] = {}
        for day in DAYS:
            label, field = st.columns([1, 3], vertical_alignment="center")
            label.write(t(f"day.{day}"))
            text = field.text_input(
                t(f"day.{day}"), value=", ".join(calendar.weekly.get(day, ())), label_visibility="collapsed",
                key=f"{calendar.name}-{day}",
            )  # fmt: skip
            if found := spans(text):
                weekly[day] = list(found)
        st.caption(f"**{t('calendars.special')}** – {t('calendars.special.help')}")
        special = _special(calendar)
        left, right = st.columns(2)
        steps = sorted({*STEPS, calendar.step_min})
        step = left.selectbox(
            t("calendars.step"), steps, index=steps.index(calendar.step_min),
            format_func=lambda minutes: t("calendars.step.minutes", minutes=minutes),
        )  # fmt: skip
        cap = right.number_input(
            t("calendars.cap"),
            min_value=0,
            max_value=500,
            value=calendar.max_per_day or 0,
            help=t("calendars.cap.help"),
        )
        if not st.form_submit_button(t("calendars.save"), type="primary", disabled=not may_change):
            return
        setup: dict[str, Json] = {
            "zone": zone, "weekly": weekly, "special": special, "step_min": step, "max_per_day": int(cap) or None,
        }  # fmt: skip
        try:
            connections.save_calendar(parts.engine(), calendar.name, setup)
        except EngineTrouble as trouble:
            st.error(trouble.sentence)
            return
    st.toast(t("calendars.saved", name=calendar.name))


def _special(calendar: Calendar) -> dict[str, Json]:
    rows = [
        {"day": date.fromisoformat(day), "hours": ", ".join(hours)} for day, hours in sorted(calendar.special.items())
    ]
    edited = st.data_editor(
        rows or [{"day": None, "hours": ""}], num_rows="dynamic", hide_index=True, width="stretch",
        key=f"special-{calendar.name}",
        column_config={
            "day": st.column_config.DateColumn(t("calendars.special.day")),
            "hours": st.column_config.TextColumn(t("calendars.special.hours")),
        },
    )  # fmt: skip
    return {str(row["day"]): list(spans(row["hours"] or "")) for row in edited if row.get("day")}


def _add(zone: str) -> None:
    name = st.text_input(t("calendars.name"), max_chars=64, key="new-calendar", help=t("connections.name.help"))
    if st.button(t("calendars.add"), type="primary", disabled=not name.strip(), key="add-calendar"):
        setup: dict[str, Json] = {"zone": zone, "weekly": {day: [USUAL] for day in DAYS[:5]}}
        try:
            connections.save_calendar(parts.engine(), name.strip(), setup)
        except EngineTrouble as trouble:
            st.error(trouble.sentence)
            return
        st.toast(t("calendars.saved", name=name.strip()))
        st.rerun()


def _blocked(calendar: Calendar, may_change: bool) -> None:
    st.subheader(t("calendars.blocked"), anchor=False)
    zone = ZoneInfo(calendar.zone)
    if not calendar.blocks:
        st.caption(t("calendars.blocked.none"))
    for each in calendar.blocks:
        what, action = st.columns([4, 2], vertical_alignment="center")
        what.html(looks.page(f"{looks.esc(each.reason or '–')}<br>{looks.dim(_span(each.start, each.end, zone))}"))
        if may_change and action.button(t("calendars.unblock"), key=f"free-{each.id}"):
            connections.unblock(parts.engine(), calendar.name, each.id)
            st.rerun()
    if not may_change:
        return
    with st.popover(t("calendars.block"), icon=":material/block:"):
        day = st.date_input(t("calendars.block.day"), value=parts.now().astimezone(zone).date() + timedelta(days=1))
        left, right = st.columns(2)
        start = left.time_input(t("calendars.block.from"), value=time(9))
        end = right.time_input(t("calendars.block.to"), value=time(12))
        reason = st.text_input(
            t("calendars.block.reason"), max_chars=200, placeholder=t("calendars.block.reason.example")
        )
        if st.button(t("calendars.block.do"), type="primary"):
            begins, ends = (datetime.combine(day, each, zone) for each in (start, end))
            try:
                connections.block(parts.engine(), calendar.name, begins, ends, reason)
            except EngineTrouble as trouble:
                st.error(trouble.sentence)
                return
            st.rerun()


def _booked(calendar: Calendar) -> None:
    st.subheader(t("calendars.booked"), anchor=False)
    if not calendar.appointments:
        st.caption(t("calendars.booked.none"))
    zone = ZoneInfo(calendar.zone)
    lines = [looks.fact(each.name or each.title, _span(each.start, each.end, zone)) for each in calendar.appointments]
    if lines:
        st.html(looks.page(looks.facts(lines)))


def _span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    begins, ends = start.astimezone(zone), end.astimezone(zone)
    return t(
        "calendars.span", day=f"{begins:%a} {begins.day} {begins:%b}", start=f"{begins:%H:%M}", end=f"{ends:%H:%M}"
    )
