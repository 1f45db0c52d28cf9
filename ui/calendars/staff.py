"""Whom appointments are made with: each with hours, areas, a cap and a calendar of their own."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from ui import looks
from ui.calendars import diaries
from ui.calendars.fields import Spots, listed, save, special, week
from ui.records import Json
from ui.resources.calendars import Calendar, Staff
from ui.texts import t

_OPEN = "staff-open"
"""Name of the calendar, and the place in its list whose form is open; behind the last for somebody new."""


def staff_list(calendar: Calendar, kind: str, may_change: bool) -> None:
    """`kind`: of the connection that keeps the calendar too, empty for none."""
    st.caption(t("calendars.staff.intro"))
    if kind == "calcom":
        st.info(t("calendars.kept.calcom"), icon=":material/info:")
        return
    if not calendar.staff:
        st.caption(t("calendars.staff.none"))
    opened = st.session_state.get(_OPEN)
    for place, member in enumerate(calendar.staff):
        with st.container(border=True, key=f"staff-{calendar.name}-{place}"):
            _card(calendar, place, member, may_change)
            if may_change and opened == (calendar.name, place):
                _form(calendar, kind, place, member)
    new = len(calendar.staff)
    if may_change and opened == (calendar.name, new):
        with st.container(border=True, key=f"staff-{calendar.name}-new"):
            st.html(looks.section(t("calendars.staff.new")))
            _form(calendar, kind, new, Staff(""))
    elif may_change and st.button(t("calendars.staff.add"), icon=":material/person_add:", key=f"{calendar.name}-add"):
        st.session_state[_OPEN] = (calendar.name, new)
        st.rerun()


def _card(calendar: Calendar, place: int, member: Staff, may_change: bool) -> None:
    title, actions = st.columns([1, 2], vertical_alignment="center")
    title.html(looks.page(f"<h3 class='ll-h3'>{looks.esc(member.name)}</h3>"))
    areas = " ".join(looks.badge(area) for area in member.areas) or looks.badge(t("calendars.staff.everywhere"))
    st.html(looks.tight(f"<p>{areas}</p>", looks.paragraph(" · ".join(_facts(member)), dimmed=True)))
    if not may_change:
        return
    with actions.container(horizontal=True, horizontal_alignment="right"):
        if place and st.button(
            t("calendars.staff.up"),
            key=f"up-{calendar.name}-{place}",
            icon=":material/arrow_upward:",
            help=t("calendars.staff.up.help"),
        ):
            order = list(range(len(calendar.staff)))
            order[place - 1 : place + 1] = [place, place - 1]
            if _keep(calendar, [_document(calendar.staff[each]) for each in order], Spots()):
                st.rerun()
        if st.button(t("calendars.staff.edit"), key=f"edit-{calendar.name}-{place}", icon=":material/edit:"):
            st.session_state[_OPEN] = (calendar.name, place)
            st.rerun()
        with st.popover(t("calendars.staff.remove"), icon=":material/delete:", key=f"remove-{calendar.name}-{place}"):
            st.write(t("calendars.staff.remove.sure", name=looks.plain(member.name)))
            do = st.button(t("calendars.staff.remove.do"), key=f"gone-{calendar.name}-{place}", type="primary")
            left = [_document(each) for other, each in enumerate(calendar.staff) if other != place]
            if do and _keep(calendar, left, Spots()):
                st.rerun()


def _facts(member: Staff) -> list[str]:
    found = [t("calendars.staff.fact.calendar_hours" if member.weekly is None else "calendars.staff.fact.hours")]
    if member.special:
        count = len(member.special)
        found.append(t("calendars.staff.fact.away" if count > 1 else "calendars.staff.fact.one_away", count=count))
    if member.max_per_day:
        found.append(t("calendars.staff.fact.cap", count=member.max_per_day))
    if member.diary:
        found.append(t("calendars.staff.fact.diary", diary=member.diary))
    return [*found, *([member.email] if member.email else [])]


def _form(calendar: Calendar, kind: str, place: int, member: Staff) -> None:
    key = f"{calendar.name}-{place}"
    spots = Spots(f"staff.{place}.")
    linked = kind in diaries.LINKED
    if linked:
        diaries.look_up(calendar.connection)
    own = st.toggle(t("calendars.staff.own_hours"), value=member.weekly is not None, key=f"own-{key}")
    with st.form(f"staff-form-{key}", border=False):
        left, right = st.columns(2)
        name = left.text_input(t("calendars.staff.name"), value=member.name, max_chars=80, key=f"name-{key}")
        spots.below("name", left)
        email = right.text_input(t("calendars.staff.email"), value=member.email, max_chars=254, key=f"email-{key}")
        spots.below("email", right)
        left, right = st.columns([3, 1])
        areas = left.text_input(
            t("calendars.staff.areas"), value=", ".join(member.areas), key=f"areas-{key}",
            help=t("calendars.staff.areas.help"), placeholder=t("calendars.staff.areas.example"),
        )  # fmt: skip
        spots.below("areas", left)
        cap = right.number_input(
            t("calendars.staff.cap"), min_value=0, max_value=100, value=member.max_per_day or 0, key=f"cap-{key}",
            help=t("calendars.staff.cap.help"),
        )  # fmt: skip
        diary = member.diary
        if linked:
            label = t("calendars.staff.diary", connection=calendar.connection)
            help = t("calendars.staff.diary.help")
            diary = diaries.chooser(calendar.connection, label, member.diary, f"diary-{key}", help)
        weekly: dict[str, Json] | None = None
        if own:
            st.caption(f"**{t('calendars.staff.hours')}** – {t('calendars.hours.help')}")
            weekly = week(calendar.weekly if member.weekly is None else member.weekly, f"staff-{key}", spots)
        st.caption(f"**{t('calendars.staff.special')}** – {t('calendars.staff.special.help')}")
        days = special(member.special, f"staff-{key}", spots)
        with st.container(horizontal=True):
            done = st.form_submit_button(t("calendars.staff.save"), type="primary")
            cancel = st.form_submit_button(t("calendars.staff.cancel"))
    if cancel:
        st.session_state.pop(_OPEN, None)
        st.rerun()
    if done:
        given: dict[str, Json] = {
            "name": name, "email": email, "areas": listed(areas), "max_per_day": int(cap) or None, "diary": diary,
            "weekly": weekly, "special": days, "was": member.name,
        }  # fmt: skip
        others = [_document(each) for each in calendar.staff]
        if _keep(calendar, [*others[:place], given, *others[place + 1 :]], spots):
            st.session_state.pop(_OPEN, None)
            st.rerun()


def _keep(calendar: Calendar, staff: list[dict[str, Json]], spots: Spots) -> bool:
    return save(calendar.name, {**calendar.document(), "staff": list[Json](staff)}, spots)


def _document(member: Staff) -> dict[str, Json]:
    return asdict(member)
