"""The settings of one lead source, by the JSON Schema of its kind."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui import looks, parts, people
from ui.campaigns import both_view, mapping_view
from ui.campaigns.source_working import SourceWorking, source_working
from ui.client import EngineTrouble
from ui.flow_view import Flow
from ui.forms.context import choices_of
from ui.forms.fields import fields_of
from ui.forms.form import draw_fields, schema_form
from ui.forms.frame import problems
from ui.forms.spot import Context, Spot
from ui.records import Json
from ui.resources.lead_sources import Kind, Source
from ui.texts import t


def draw(source: Source, kind: Kind) -> None:
    mine = source_working(source, may_change=people.may("publisher" if source.state == "on" else "editor"))
    try:
        mine.check()
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    who = mine.base.changed_by or t("session.somebody")
    both_view.draw(mine, who, {})
    with st.container(border=True, key=f"source-form-{source.id}"):
        key = f"source-name-{source.id}-{mine.base.revision}"
        st.text_input(
            t("sources.name"), mine.name, max_chars=120, key=key, on_change=_rename, args=(mine, key),
            disabled=mine.read_only,
        )  # fmt: skip
        context = choices_of(Flow(id=mine.flow_id, name=mine.name), parts.engine())
        if kind.kind == "json":
            mapping_view.draw(mine, context)
            st.html(looks.section(t("sources.rest")))
        _fields(mine, kind, context)
        _save_bar(mine)


def _fields(mine: SourceWorking, kind: Kind, context: Context) -> None:
    schema = worded(kind)
    if kind.kind != "json":
        schema_form(mine, (), schema, context)
        return
    problems(each for each in mine.issues if not each.field)
    draw_fields(
        Spot(mine, (), "", context), [each for each in fields_of(schema) if each.name not in mapping_view.FIELDS]
    )


def worded(kind: Kind) -> dict[str, Json]:
    """The schema with titles and help of the table of texts, where it has them."""
    properties = kind.settings.get("properties")
    fields: dict[str, Json] = {
        name: _field(kind.kind, name, schema) if isinstance(schema, dict) else schema
        for name, schema in (properties if isinstance(properties, dict) else {}).items()
    }
    return {**kind.settings, "properties": fields}


def _field(kind: str, name: str, schema: Mapping[str, Json]) -> dict[str, Json]:
    title = t(f"source_field.{kind}_{name}", otherwise="") or t(f"source_field.{name}", otherwise="")
    help_ = t(f"source_help.{kind}_{name}", otherwise="") or t(f"source_help.{name}", otherwise="")
    words = ({"title": title} if title else {}) | ({"description": help_} if help_ else {})
    return {**schema, **words}


def _rename(mine: SourceWorking, key: str) -> None:
    mine.name = str(st.session_state[key]).strip() or mine.name


def _save_bar(mine: SourceWorking) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("sources.save"), type="primary", icon=":material/save:", key=f"source-save-{mine.base.id}",
            on_click=_save, args=(mine,), disabled=mine.read_only or not mine.unsaved or bool(mine.both),
        )  # fmt: skip
        if mine.unsaved:
            st.button(
                t("campaign.discard"), type="tertiary", key=f"source-discard-{mine.base.id}", on_click=mine.discard
            )  # fmt: skip
            st.html(looks.page(looks.dot("warm") + looks.dim(t("sources.unsaved"))), width="content")
    if sentence := st.session_state.get(_not_saved(mine)):
        st.error(sentence, icon=":material/error:")


def _save(mine: SourceWorking) -> None:
    key = _not_saved(mine)
    st.session_state.pop(key, None)
    try:
        if mine.save(mine.base.state):
            st.toast(t("sources.saved", name=mine.name))
        elif not mine.both:
            st.toast(t("campaign.laid_on", who=mine.base.changed_by or t("session.somebody")))
    except EngineTrouble as trouble:
        st.session_state[key] = trouble.sentence


def _not_saved(mine: SourceWorking) -> str:
    return f"source-not-saved-{mine.base.id}"
