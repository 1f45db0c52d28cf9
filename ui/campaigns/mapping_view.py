"""The mapping of a source that sends any JSON: paste an example, take the suggestion, look what it finds, save."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui import looks, moments, parts
from ui.campaigns.mapping_rules import OURS, constant_of, line_of, shown, with_constant, with_line
from ui.campaigns.source_working import SourceWorking
from ui.client import EngineTrouble
from ui.forms.binding import MISSING, Missing, issues_at
from ui.forms.frame import problems
from ui.forms.order import ICON_ONLY
from ui.forms.spot import Context, Spot
from ui.forms.widgets import wired
from ui.records import Json
from ui.resources import lead_sources
from ui.resources.lead_sources import FieldFound, Tried, TriedLead
from ui.texts import t

FIELDS = ("mapping", "answers", "leads_at")
"""Settings that this editor draws."""


def draw(mine: SourceWorking, context: Context) -> None:
    st.html(looks.section(t("mapping.title")))
    st.caption(t("mapping.intro"))
    sample = st.text_area(
        t("mapping.sample"), key=_sample(mine), height=170, placeholder=t("mapping.sample.example"),
        disabled=mine.read_only,
    )  # fmt: skip
    st.button(
        t("mapping.suggest"), icon=":material/auto_fix_high:", key=f"mapping-suggest-{mine.base.id}",
        on_click=_suggest, args=(mine,), disabled=mine.read_only or not (sample or "").strip(),
    )  # fmt: skip
    if sentence := st.session_state.get(_trouble(mine)):
        st.error(sentence, icon=":material/error:")
    for each in st.session_state.get(_unsure(mine), ()):
        st.html(looks.page(looks.field_problem(each, "", error=False)))
    tried = _tried(mine, sample or "")
    first = tried.leads[0] if tried and tried.leads else TriedLead()
    _rules(mine, context, "mapping", shown(_group(mine, "mapping")), first.fields)
    _more_of_ours(mine)
    st.html(looks.section(t("mapping.answers")))
    st.caption(t("mapping.answers.intro"))
    _rules(mine, context, "answers", list(_group(mine, "answers")), first.answers)
    _more_answers(mine)
    if tried is not None:
        _result(tried)


def _rules(mine: SourceWorking, context: Context, part: str, names: list[str], found: Mapping[str, FieldFound]) -> None:
    for name in names:
        label = t(f"mapping.field.{name}", otherwise=name) if part == "mapping" else name
        spot = Spot(mine, (part, name), label, context)
        with st.container(gap="xxsmall", key=f"mapping-{part}-{mine.base.id}-{name}"):
            _rule(spot, label, found.get(name), gone=part == "answers")
            problems(each.issue for each in issues_at(mine.issues, spot.path))


def _rule(spot: Spot, label: str, found: FieldFound | None, *, gone: bool) -> None:
    value = spot.value
    rule: Json = None if isinstance(value, Missing) else value

    def path(given: object) -> Json | Missing:
        return _or_missing(with_line(rule, given if isinstance(given, str) else ""))

    def constant(given: object) -> Json | Missing:
        return _or_missing(with_constant(rule, given if isinstance(given, str) else ""))

    name, where, always, seen = st.columns([2, 4, 2, 3], vertical_alignment="center")
    name.html(looks.page(looks.esc(label)))
    key = spot.key(_or_missing(rule), "path")
    where.text_input(
        t("mapping.path", field=label), line_of(rule), placeholder=t("mapping.path.example"),
        label_visibility="collapsed", **wired(spot, key, path, "path"),
    )  # fmt: skip
    key = spot.key(_or_missing(rule), "constant")
    always.text_input(
        t("mapping.constant", field=label), constant_of(rule), placeholder=t("mapping.constant.example"),
        label_visibility="collapsed", **wired(spot, key, constant, "constant"),
    )  # fmt: skip
    with seen, st.container(horizontal=True, vertical_alignment="center"):
        text = found.text if found else ""
        st.html(looks.page(looks.badge(text[:60], "good") if text else looks.dim(t("mapping.nothing") if rule else "")))
        if gone and not spot.locked:
            st.button(
                t("mapping.remove", field=label), icon=":material/delete:", type="tertiary",
                key=spot.key(None, f"{ICON_ONLY}.gone"), on_click=spot.put, args=(MISSING,),
            )  # fmt: skip


def _more_of_ours(mine: SourceWorking) -> None:
    given = _group(mine, "mapping")
    rest = [each for each in OURS if each not in shown(given)]
    key = f"mapping-more-{mine.base.id}-{len(given)}"

    def add() -> None:
        picked = st.session_state.get(key)
        if isinstance(picked, str):
            _put(mine, "mapping", {**_group(mine, "mapping"), picked: {"from": []}})

    if rest and not mine.read_only:
        st.selectbox(
            t("mapping.more"), rest, index=None, key=key, on_change=add, placeholder=t("mapping.more"),
            format_func=lambda each: t(f"mapping.field.{each}"), label_visibility="collapsed", width=320,
        )  # fmt: skip


def _more_answers(mine: SourceWorking) -> None:
    key = f"mapping-answer-{mine.base.id}-{len(_group(mine, 'answers'))}"

    def add() -> None:
        name = str(st.session_state.get(key) or "").strip()
        if name and name not in _group(mine, "answers"):
            _put(mine, "answers", {**_group(mine, "answers"), name: {"from": []}})

    if not mine.read_only:
        st.text_input(
            t("mapping.answers.add"), key=key, on_change=add, placeholder=t("mapping.answers.add"),
            label_visibility="collapsed", width=320,
        )  # fmt: skip


def _suggest(mine: SourceWorking) -> None:
    sample = str(st.session_state.get(_sample(mine)) or "")
    country = mine.document.get("country")
    st.session_state.pop(_trouble(mine), None)
    try:
        found = lead_sources.suggest(parts.engine(), sample, country if isinstance(country, str) and country else "US")
    except EngineTrouble as trouble:
        st.session_state[_trouble(mine)] = trouble.sentence
        return
    _put(mine, "mapping", found.mapping)
    _put(mine, "answers", found.answers)
    _put(mine, "leads_at", found.leads_at)
    st.session_state[_unsure(mine)] = found.unsure


def _tried(mine: SourceWorking, sample: str) -> Tried | None:
    """What the settings as they are drawn find in the example."""
    if not sample.strip():
        return None
    try:
        return lead_sources.try_mapping(parts.engine(), sample, mine.document)
    except EngineTrouble as trouble:
        return Tried(problem=trouble.sentence)


def _result(tried: Tried) -> None:
    st.html(looks.section(t("mapping.result")))
    if tried.problem:
        st.html(looks.page(looks.field_problem(tried.problem)))
    for lead in tried.leads[:3]:
        name = f"{lead.first_name} {lead.last_name}".strip() or t("nameless")
        contact = " · ".join(filter(None, (moments.phone(lead.phone), lead.email or "")))
        fine = looks.badge(t("mapping.would_be_called"), "good")
        mark = looks.badge(t("mapping.would_not"), "bad") if lead.unusable else fine
        lines = [looks.paragraph(contact, dimmed=True)] if contact else []
        lines += [looks.field_problem(lead.unusable)] if lead.unusable else []
        st.html(looks.page(looks.card(name, *lines, beside=mark)))
    if len(tried.leads) > 3:
        st.caption(t("mapping.result.more", count=len(tried.leads) - 3))


def _group(mine: SourceWorking, part: str) -> dict[str, Json]:
    found = mine.document.get(part)
    return found if isinstance(found, dict) else {}


def _put(mine: SourceWorking, part: str, value: Json) -> None:
    mine.edit("", {"do": "put", "path": [part], "value": value})


def _or_missing(rule: Json) -> Json | Missing:
    return MISSING if rule is None else rule


def _sample(mine: SourceWorking) -> str:
    return f"mapping-sample-{mine.base.id}"


def _trouble(mine: SourceWorking) -> str:
    return f"mapping-trouble-{mine.base.id}"


def _unsure(mine: SourceWorking) -> str:
    return f"mapping-unsure-{mine.base.id}"
