"""An import that was started: how far it is while it runs, what came of it when it has ended."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui import looks, moments, parts, people
from ui.importing import rows_view
from ui.importing.acting import act
from ui.importing.choosing import TONES
from ui.resources import lead_imports
from ui.resources.lead_imports import LeadImportFull
from ui.texts import t

EVERY_S: Final = 1.0
AGAIN: Final = ("cancelled", "failed")
COUNTS: Final = ("taken", "repeated", "merged", "refused")


def draw(found: LeadImportFull) -> None:
    badge = looks.badge(t(f"il.state.{found.state}"), TONES.get(found.state, "calm"))
    st.html(looks.head(found.file_name, badge, lead=_about(found)))
    if found.state == "running":
        st.fragment(_running, run_every=EVERY_S)(found.id)
        return
    _standing(found)
    _actions(found)
    _refused(found)


def _about(found: LeadImportFull) -> str:
    if found.started_at is None:
        return ""
    when = moments.day_and_time(found.started_at, parts.zone())
    return t("il.started", when=when, who=found.started_by or t("il.somebody"))


def _running(import_id: str) -> None:
    with parts.troubles():
        found = lead_imports.one(parts.engine(), import_id)
    if found.state != "running":
        st.rerun(scope="app")
    _standing(found)
    if st.button(t("il.cancel"), icon=":material/stop_circle:", key="il-cancel", disabled=not people.may("publisher")):
        act(lambda: lead_imports.cancel(parts.engine(), import_id))


def _standing(found: LeadImportFull) -> None:
    share = found.done / found.rows if found.rows else 1.0
    if found.state == "done":
        tone: looks.Tone = "good" if not found.refused else "warm"
        st.html(rows_view.report(t("il.done", count=f"{found.taken:,}"), tone, t("il.done.about")))
    elif found.state == "failed":
        st.html(rows_view.report(t("il.failed"), "bad", found.why))
    elif found.state == "cancelled":
        st.html(rows_view.report(t("il.cancelled", done=f"{found.done:,}"), "info", t("il.cancelled.about")))
    if found.state != "done":
        st.progress(min(1.0, share), text=t("il.progress", done=f"{found.done:,}", rows=f"{found.rows:,}"))
    for place, name in zip(st.columns(len(COUNTS)), COUNTS, strict=True):
        place.metric(t(f"il.count.{name}"), f"{getattr(found, name):,}", help=t(f"il.count.{name}.help"))


def _actions(found: LeadImportFull) -> None:
    may = people.may("publisher")
    with st.container(horizontal=True, vertical_alignment="center"):
        if found.state in AGAIN and st.button(
            t("il.again"), type="primary", icon=":material/play_arrow:", key="il-again", disabled=not may
        ):
            act(lambda: lead_imports.start(parts.engine(), found.id, people.current_person()))
        if found.refused:
            # The engine is asked only when somebody presses it.
            st.download_button(
                t("il.report"), lambda: lead_imports.report(parts.engine(), found.id), icon=":material/download:",
                file_name=t("il.report.file", name=found.file_name.rsplit(".", 1)[0]), mime="text/csv", key="il-report",
            )  # fmt: skip
        st.page_link("app_pages/leads.py", label=t("il.leads"), icon=":material/person_search:")
        if st.button(t("il.remove.done"), icon=":material/delete:", key="il-remove", disabled=not may):
            act(lambda: lead_imports.remove(parts.engine(), found.id), leave=True)


def _refused(found: LeadImportFull) -> None:
    if not found.refusals:
        return
    st.subheader(t("il.refused"), anchor=False)
    if found.refused > len(found.refusals):
        st.caption(t("il.refused.first", shown=len(found.refusals), count=f"{found.refused:,}"))
    st.html(rows_view.refusals(found.refusals))
