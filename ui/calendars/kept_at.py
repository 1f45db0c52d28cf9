"""Where a calendar is kept besides: an account at a calendar service, and what that needs to know."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.calendars import diaries
from ui.calendars.fields import Spots, listed, save
from ui.records import Json
from ui.resources.calendars import Calendar
from ui.texts import t


def kept_at_form(calendar: Calendar, kinds: Mapping[str, str], may_change: bool) -> None:
    """`kinds`: of the connections to calendar services, by name."""
    st.caption(t("calendars.kept.intro"))
    if not kinds and not calendar.connection:
        st.info(t("calendars.kept.none"), icon=":material/link:")
        return
    spots = Spots()
    options = ["", *sorted({*kinds, *([calendar.connection] if calendar.connection else [])})]
    connection = str(
        st.selectbox(
            t("calendars.kept.connection"), options, index=options.index(calendar.connection),
            key=f"kept-{calendar.name}", format_func=lambda name: name or t("calendars.kept.here"),
            disabled=not may_change,
        )
    )  # fmt: skip
    spots.below("connection")
    kind = kinds.get(connection, "")
    kept = calendar.options if connection == calendar.connection else {}
    if kind in diaries.LINKED and may_change:
        diaries.look_up(connection)
    with st.form(f"kept-form-{calendar.name}-{connection}", border=False):
        chosen = _linked(calendar, connection, kept, spots) if kind in diaries.LINKED else {}
        if kind == "calcom":
            st.info(t("calendars.kept.calcom"), icon=":material/info:")
            chosen = _calcom(calendar, kept, spots)
        if not st.form_submit_button(t("calendars.kept.save"), type="primary", disabled=not may_change):
            return
    if save(calendar.name, {**calendar.document(), "connection": connection, "options": chosen}, spots):
        st.rerun()


def _linked(calendar: Calendar, connection: str, kept: Mapping[str, Json], spots: Spots) -> dict[str, Json]:
    label, help = t("calendars.kept.diary"), t("calendars.kept.diary.help")
    diary = diaries.chooser(connection, label, str(kept.get("diary") or ""), f"kept-diary-{calendar.name}", help)
    spots.below("options.diary")
    invite = st.checkbox(
        t("calendars.kept.invite"), value=kept.get("invite") is True, help=t("calendars.kept.invite.help")
    )
    spots.below("options.invite")
    return {**({"diary": diary} if diary else {}), **({"invite": True} if invite else {})}


def _calcom(calendar: Calendar, kept: Mapping[str, Json], spots: Spots) -> dict[str, Json]:
    event_type = st.text_input(
        t("calendars.kept.event_type"),
        value=str(kept.get("event_type") or ""),
        help=t("calendars.kept.event_type.help"),
    )
    st.caption(t("calendars.kept.by_area"))
    by_area = kept.get("by_area")
    rows = [
        {"areas": ", ".join(str(area) for area in areas), "event_type": str(row.get("event_type", ""))}
        for row in (by_area if isinstance(by_area, list) else [])
        if isinstance(row, dict) and isinstance(areas := row.get("areas"), list)
    ]
    edited = st.data_editor(
        rows or [{"areas": "", "event_type": ""}], num_rows="dynamic", hide_index=True, width="stretch",
        key=f"by-area-{calendar.name}",
        column_config={
            "areas": st.column_config.TextColumn(t("calendars.kept.by_area.areas")),
            "event_type": st.column_config.TextColumn(t("calendars.kept.by_area.event_type")),
        },
    )  # fmt: skip
    spots.below("options")
    rules: list[Json] = [
        {"areas": listed(row["areas"]), "event_type": (row["event_type"] or "").strip()}
        for row in edited
        if (row.get("areas") or "").strip()
    ]
    others = {name: value for name, value in kept.items() if name not in ("event_type", "by_area")}
    return {
        **others,
        **({"event_type": event_type.strip()} if event_type.strip() else {}),
        **({"by_area": rules} if rules else {}),
    }
