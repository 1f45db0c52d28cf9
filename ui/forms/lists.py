"""Lists and tables of a form: wordings, rows with fields, values by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from ui import looks
from ui.forms.binding import MISSING, Missing, at
from ui.forms.frame import plain
from ui.forms.order import ICON_ONLY, row_menu
from ui.forms.pickers import looks_label
from ui.forms.shapes import Entries, Field, Lines, Number, Rows, Text, YesNo, new_row
from ui.forms.spot import Spot
from ui.forms.widgets import number, shown_value, text, yes_no
from ui.records import Json
from ui.texts import t

MANY_ROWS: Final = 3
"""More rows than this are folded, each behind its first words."""

DrawFields = Callable[[Spot, Sequence[Field]], None]


def lines(spot: Spot, field: Field, shape: Lines) -> None:
    """Each value on a line of its own; the last, empty line adds one. An emptied line goes away."""
    value = shown_value(spot, field)
    given: list[Json] = list(value) if isinstance(value, list) else []
    looks_label(field.title)
    for place, each in enumerate(given):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
            _line(spot, field, shape, given, place, each)
            row_menu(spot, given, place, t("form.line", field=field.title, place=place + 1))
    if not spot.locked:
        _line(spot, field, shape, given, len(given), MISSING)


def _line(spot: Spot, field: Field, shape: Lines, given: list[Json], place: int, each: Json | Missing) -> None:
    new = isinstance(each, Missing)

    def read(typed: object) -> Json | Missing:
        if isinstance(shape.item, Number):
            if isinstance(typed, bool) or not isinstance(typed, int | float):
                return MISSING
            return int(typed) if shape.item.whole else typed
        return typed if isinstance(typed, str) and typed.strip() else MISSING

    seen = spot.value

    def write(value: Json | Missing) -> None:
        now = spot.value
        things = list(now) if isinstance(now, list) else list(given)
        if not new and (place >= len(things) or things[place] != each):
            things = list(given)  # not the list that was drawn: the engine then says that somebody changed it
        if isinstance(value, Missing):
            spot.put([*things[:place], *things[place + 1 :]], seen)
        elif new:
            spot.put([*things, value])
        else:
            spot.put([*things[:place], value, *things[place + 1 :]])

    part = f"new{len(given)}" if new else f"line{place}"
    key = spot.key(each, part)
    label = t("form.line.new", field=field.title) if new else t("form.line", field=field.title, place=place + 1)
    holder = t("form.line.wording" if shape.wordings else "form.line.add") if new else None
    common = {
        "key": key, "on_change": spot.on_change, "args": (key, read, write, part), "disabled": spot.locked,
        "label_visibility": "collapsed", "placeholder": holder,
    }  # fmt: skip
    if isinstance(shape.item, Number):
        whole = shape.item.whole
        given_number = None if new or not isinstance(each, int | float) else int(each) if whole else float(each)
        st.number_input(label, value=given_number, step=1 if whole else 0.5, **common)
    elif shape.item.long:
        st.text_area(label, "" if new else each, height="content", **common)
    else:
        st.text_input(label, "" if new else each, **common)


def rows(spot: Spot, field: Field, shape: Rows, draw: DrawFields) -> None:
    """Things without ids, put with their list as a whole."""
    value = shown_value(spot, field)
    given: list[Json] = list(value) if isinstance(value, list) else []
    looks_label(field.title)
    for place, each in enumerate(given):
        name = row_name(each, t("form.row", field=field.title, place=place + 1))
        with _holder(len(given), name, spot.key(None, f"fold{place}")):
            with st.container(horizontal=True, vertical_alignment="center", wrap=False):
                st.html(looks.row_title(name), width="stretch")
                row_menu(spot, given, place, name)
            draw(spot.inside(place, title=name), shape.fields)
    if not given:
        st.caption(t("form.rows.none"))
    if not spot.locked:
        st.button(
            t("form.rows.add"), key=spot.key(None, "add"), icon=":material/add:", type="tertiary",
            on_click=spot.put, args=([*given, new_row(shape.fields)],),
        )  # fmt: skip


def entries(spot: Spot, field: Field, shape: Entries) -> None:
    """Values by names: each name with its value, and a box that adds a name."""
    value = shown_value(spot, field)
    given = dict(value) if isinstance(value, dict) else {}
    looks_label(field.title)
    for name in given:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
            _name(spot, given, name)
            inner = Field(name, t("form.entry.value", name=name), shape.value, required=True)
            at_name = spot.inside(name, title=f"{field.title}: {name}")
            match shape.value:
                case Text():
                    text(at_name, inner, shape.value, hidden=True)
                case Number():
                    number(at_name, inner, shape.value, hidden=True)
                case YesNo():
                    yes_no(at_name, inner)
            if not spot.locked:
                st.button(
                    t("form.entry.remove", name=name), key=spot.key(None, f"{ICON_ONLY}.{name}"),
                    icon=":material/delete:", type="tertiary", on_click=spot.put, args=(_without(given, name),),
                )  # fmt: skip
    if spot.locked:
        return
    key = spot.key(sorted(given), "add")

    def add() -> None:
        name = str(st.session_state.get(key) or "").strip()
        if name and name not in given:
            start: Json = "" if isinstance(shape.value, Text) else 0 if isinstance(shape.value, Number) else False
            spot.put({**given, name: start})

    st.text_input(
        t("form.entry.add", field=field.title), "", key=key, on_change=add, label_visibility="collapsed",
        placeholder=t("form.entry.new"),
    )  # fmt: skip


def _without(given: Mapping[str, Json], name: str) -> Json:
    return {each: value for each, value in given.items() if each != name}


def _name(spot: Spot, given: Mapping[str, Json], name: str) -> None:
    """Renaming keeps the place and the value."""

    def read(typed: object) -> Json | Missing:
        new = typed.strip() if isinstance(typed, str) else ""
        return name if not new or (new != name and new in given) else new

    def write(new: Json | Missing) -> None:
        spot.put({(str(new) if each == name else each): value for each, value in given.items()})

    part = f"name.{name}"
    key = spot.key(name, part)
    st.text_input(
        t("form.entry.name", name=name), name, key=key, on_change=spot.on_change, args=(key, read, write, part),
        disabled=spot.locked, label_visibility="collapsed",
    )  # fmt: skip


def row_name(row: Json, otherwise: str) -> str:
    """The first words that stand in a row."""
    if isinstance(row, dict):
        for name in ("label", "name", "title", "question"):
            if isinstance(found := at(row, (name,)), str) and found.strip():
                return found
        return next((each for each in row.values() if isinstance(each, str) and each.strip()), otherwise)
    return otherwise


def _holder(count: int, name: str, key: str) -> st.delta_generator.DeltaGenerator:
    if count > MANY_ROWS:
        return st.expander(plain(name), key=key)
    return st.container(border=True, gap="small")
