"""When appointments may be made: time zone, the week, days that differ, how often openings start, the day's cap."""

from __future__ import annotations

from zoneinfo import available_timezones

import streamlit as st

from ui.calendars.fields import Spots, save, special, week
from ui.resources.calendars import Calendar
from ui.texts import t

STEPS = (15, 20, 30, 45, 60, 90, 120)


def hours_form(calendar: Calendar, may_change: bool) -> None:
    spots = Spots()
    st.caption(t("calendars.hours.help"))
    with st.form(f"hours-{calendar.name}", border=False):
        zones = sorted(zone for zone in available_timezones() if "/" in zone)
        zone = st.selectbox(
            t("calendars.zone"), zones, index=zones.index(calendar.zone) if calendar.zone in zones else None
        )
        spots.below("zone")
        weekly = week(calendar.weekly, calendar.name, spots)
        st.caption(f"**{t('calendars.special')}** – {t('calendars.special.help')}")
        days = special(calendar.special, calendar.name, spots)
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
    changed = {"zone": zone or "", "weekly": weekly, "special": days, "step_min": step, "max_per_day": int(cap) or None}
    save(calendar.name, changed, spots)
