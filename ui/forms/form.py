"""A form for a JSON Schema, bound to a path of the draft: needed fields first, the rest folded under their headings."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.forms.answer import answer
from ui.forms.binding import Draft, Missing, Path, issues_at
from ui.forms.fields import Schema, fields_of
from ui.forms.frame import framed, problem, problems
from ui.forms.hours_editor import opening_hours, window
from ui.forms.lists import entries, lines, rows
from ui.forms.pickers import looks_label, pick
from ui.forms.raw import raw
from ui.forms.rule_editor import rule_editor
from ui.forms.shapes import (
    AnswerOf,
    Anything,
    Choice,
    Entries,
    Field,
    Group,
    Hours,
    Lines,
    Number,
    Pick,
    Raw,
    Rows,
    RuleTree,
    Text,
    Window,
    YesNo,
    fits,
    folded,
)
from ui.forms.spot import Context, Spot
from ui.forms.widgets import anything, choice, number, text, yes_no
from ui.texts import t


def schema_form(draft: Draft, path: Path, schema: Schema, context: Context) -> None:
    """Draws and binds every field of `schema`. What stands at `path` and is no field of it is kept, and said so."""
    spot = Spot(draft, path, "", context)
    fields = fields_of(schema)
    names = {field.name for field in fields}
    strangers = [
        each.issue for each in issues_at(draft.issues, path) if not each.inside or str(each.inside[0]) not in names
    ]
    problems(strangers)
    if not fields:
        st.caption(t("form.nothing"))
    draw_fields(spot, fields)
    _kept(spot, names)


def draw_fields(spot: Spot, fields: Sequence[Field]) -> None:
    seen, folds = folded(fields)
    for field in seen:
        draw_field(spot, field)
    for name, inside in folds:
        wrong = sum(len(issues_at(spot.draft.issues, (*spot.path, field.name))) for field in inside)
        title = name or t("form.advanced")
        label = t("form.fold.wrong", title=title, count=wrong) if wrong else title
        with st.expander(label, key=spot.key(None, f"fold.{name}")):
            for field in inside:
                draw_field(spot, field)


def draw_field(around: Spot, field: Field) -> None:
    """One field with everything around it. `around`: the spot of the thing that has the field."""
    spot = around.inside(field.name, title=field.title)
    framed(spot, field, lambda: _widget(around, spot, field), nested=isinstance(field.shape, Rows | Group))


def _widget(around: Spot, spot: Spot, field: Field) -> None:
    value = spot.value
    if not fits(field.shape, value):
        problem(t("form.unfit", field=field.title), t("form.unfit.fix"))
        raw(spot, field)
        return
    match field.shape:
        case Text():
            text(spot, field, field.shape)
        case Number():
            number(spot, field, field.shape)
        case YesNo():
            yes_no(spot, field)
        case Choice():
            choice(spot, field, field.shape)
        case Pick():
            pick(spot, field, field.shape)
        case RuleTree():
            rule_editor(spot, field)
        case AnswerOf():
            answer(around, spot, field, field.shape)
        case Anything():
            anything(spot, field, field.shape)
        case Hours() | Window():
            drawn = opening_hours(spot, field) if isinstance(field.shape, Hours) else window(spot, field)
            if not drawn:
                problem(t("form.hours.unreadable"))
                raw(spot, field)
        case Lines():
            lines(spot, field, field.shape)
        case Rows():
            rows(spot, field, field.shape, draw_fields)
        case Group():
            looks_label(field.title)
            with st.container(border=True):
                draw_fields(spot, field.shape.fields)
        case Entries():
            entries(spot, field, field.shape)
        case Raw():
            raw(spot, field)


def _kept(spot: Spot, names: set[str]) -> None:
    value = spot.value
    if isinstance(value, Missing) or not isinstance(value, dict):
        return
    more = [name for name in value if name not in names]
    if more:
        st.caption(t("form.kept", names=", ".join(more), count=len(more)))
