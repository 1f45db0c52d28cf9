"""A file that was uploaded and not started: how it is written, what its columns mean, which consent was given, and what
would come of it. Every change is looked at by the engine at once; nothing is imported before the button."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final
from zoneinfo import available_timezones

import streamlit as st

from ui import looks, moments, parts, people
from ui.client import EngineTrouble
from ui.importing import rows_view
from ui.importing.acting import act
from ui.resources import lead_imports
from ui.resources.lead_imports import LeadImportFull, Plan, Stated
from ui.texts import t

IGNORED: Final = "ignore"
KEPT: Final = ""
"""In the list of meanings: the answer is kept under the column's own name."""
SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS: Final = {
    "utf-8-sig": "unicode", "cp1252": "western", "utf-16": "wide", "utf-16-le": "wide_little", "utf-16-be": "wide_big",
}  # fmt: skip
"""By what the engine calls them: what the texts do."""
DATES: Final = ("mdy", "dmy")


def draw(found: LeadImportFull) -> None:
    st.html(
        looks.head(found.file_name, looks.badge(t("il.rows", count=f"{found.rows:,}"), "info"), lead=t("il.settle"))
    )
    if found.earlier is not None:
        when = moments.day_and_time(found.earlier.started_at, parts.zone())
        who = found.earlier.started_by or t("il.somebody")
        st.warning(t("il.earlier", when=when, who=who), icon=":material/history:")
    left, right = st.columns([6, 5], gap="large")
    with left:
        plan = replace(_columns(found), consent=_consent(found))
        plan = _written(found, plan)
    if plan != found.plan:
        try:
            lead_imports.save_plan(parts.engine(), found.id, plan)
        except EngineTrouble as trouble:
            parts.show_trouble(trouble)
            return
        st.rerun()
    with right:
        _outlook(found)


def _key(found: LeadImportFull, name: str) -> str:
    """Fields of columns begin anew when the file is read in another way."""
    plan = found.plan
    return f"il-{found.id[-8:]}-{plan.encoding}-{SEPARATORS[plan.separator]}-{plan.header}-{name}"


def _columns(found: LeadImportFull) -> Plan:
    st.subheader(t("il.columns"), anchor=False)
    st.caption(t("il.columns.intro"))
    examples = rows_view.examples(found)
    chosen = []
    with st.container(border=True):
        for place, (name, meaning) in enumerate(zip(found.plan.names, found.plan.columns, strict=True)):
            about, field = st.columns([5, 4], vertical_alignment="center")
            about.html(rows_view.column(name or t("il.column", number=place + 1), examples[place]))
            options = [KEPT, *found.meanings] if name else [*found.meanings]
            present = meaning if meaning in found.meanings else KEPT
            picked = field.selectbox(
                t("il.column.field", name=name or place + 1), options, key=_key(found, f"column-{place}"),
                index=options.index(present) if present in options else options.index(IGNORED),
                format_func=_meaning, label_visibility="collapsed",
            )  # fmt: skip
            chosen.append(picked if picked else (meaning if meaning not in found.meanings else name))
    return replace(found.plan, columns=tuple(chosen))


def _meaning(meaning: str) -> str:
    code = meaning or "kept"
    return t(f"il.meaning.{code}", otherwise=meaning)


def _written(found: LeadImportFull, plan: Plan) -> Plan:
    with st.expander(t("il.written"), icon=":material/tune:"):
        one, two = st.columns(2)
        separator = one.selectbox(
            t("il.separator"), [*SEPARATORS], index=[*SEPARATORS].index(found.plan.separator),
            key=f"il-{found.id}-separator", format_func=lambda each: t(f"il.separator.{SEPARATORS[each]}"),
        )  # fmt: skip
        encoding = two.selectbox(
            t("il.encoding"), [*ENCODINGS], index=[*ENCODINGS].index(found.plan.encoding),
            key=f"il-{found.id}-encoding", format_func=lambda each: t(f"il.encoding.{ENCODINGS[each]}"),
        )  # fmt: skip
        dates = one.selectbox(
            t("il.dates"), DATES, index=DATES.index(found.plan.dates), key=_key(found, "dates"),
            format_func=lambda each: t(f"il.dates.{each}"),
        )  # fmt: skip
        zones = sorted(available_timezones())
        zone = two.selectbox(
            t("il.zone"), zones, index=zones.index(found.plan.zone) if found.plan.zone in zones else 0,
            key=_key(found, "zone"), help=t("il.zone.help"),
        )  # fmt: skip
        country = one.text_input(
            t("il.country"), value=found.plan.country, max_chars=2, key=_key(found, "country"), placeholder="US",
            help=t("il.country.help"),
        )  # fmt: skip
        header = two.toggle(t("il.header"), value=found.plan.header, key=f"il-{found.id}-header")
    return replace(
        plan, separator=separator, encoding=encoding, header=header, dates=dates, zone=zone or "UTC",
        country=(country or "").strip().upper(),
    )  # fmt: skip


def _consent(found: LeadImportFull) -> Stated:
    stated = found.plan.consent
    st.subheader(t("il.consent"), anchor=False)
    st.caption(t("il.consent.intro"))
    own, all_of_them = "own", "all"
    filled = stated != Stated()
    way = st.radio(
        t("il.consent.way"), [own, all_of_them], index=int(filled), key=f"il-{found.id}-consent",
        format_func=lambda each: t(f"il.consent.{each}"), label_visibility="collapsed",
    )  # fmt: skip
    if way == own:
        return Stated()
    with st.container(border=True):
        text = st.text_area(
            t("il.consent.text"), value=stated.text, key=f"il-{found.id}-text", help=t("il.consent.text.help"),
            placeholder=t("il.consent.text.example"), height=100,
        )  # fmt: skip
        one, two = st.columns([2, 3])
        given = one.date_input(
            t("il.consent.on"), value=date.fromisoformat(stated.given_on) if stated.given_on else None,
            key=f"il-{found.id}-on", max_value="today", help=t("il.consent.on.help"),
        )  # fmt: skip
        where = two.text_input(
            t("il.consent.where"),
            value=stated.where,
            key=f"il-{found.id}-where",
            placeholder=t("il.consent.where.example"),
        )
        declared = st.checkbox(t("il.consent.declared"), value=stated.declared, key=f"il-{found.id}-declared")
    on = given.isoformat() if isinstance(given, date) else None
    return Stated((text or "").strip(), on, (where or "").strip(), bool(declared))


def _outlook(found: LeadImportFull) -> None:
    seen = found.preview
    st.subheader(t("il.outlook"), anchor=False)
    if seen is not None:
        good = seen.tried - seen.refused
        tone: looks.Tone = "good" if not seen.refused else "warm" if good else "bad"
        whole = seen.tried >= found.rows
        said = t("il.outlook.all" if whole else "il.outlook.first", good=f"{good:,}", tried=f"{seen.tried:,}")
        st.html(
            rows_view.report(said, tone, t("il.outlook.refused", count=f"{seen.refused:,}") if seen.refused else "")
        )
        if seen.refusals:
            st.html(rows_view.refusals(seen.refusals))
        with st.expander(t("il.first_rows"), icon=":material/table_rows:"):
            st.html(rows_view.table(found.plan.names, seen.rows))
    for fault in found.faults:
        st.html(looks.page(looks.field_problem(fault.sentence)))
    people.ask_name("import-leads")
    _start(found)


def _start(found: LeadImportFull) -> None:
    may = people.may("publisher")
    st.caption(t("il.start.about") if may else t("il.start.publisher"))
    with st.container(horizontal=True):
        if st.button(
            t("il.start", count=f"{found.rows:,}"), type="primary", icon=":material/play_arrow:", key="il-start",
            disabled=bool(found.faults) or not may,
        ):  # fmt: skip
            act(lambda: lead_imports.start(parts.engine(), found.id, people.current_person()))
        if st.button(t("il.remove"), icon=":material/delete:", key="il-remove", disabled=not may):
            act(lambda: lead_imports.remove(parts.engine(), found.id), leave=True)
