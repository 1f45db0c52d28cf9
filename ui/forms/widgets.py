"""Widgets of single values: text, number, yes or no, one of a few. Each writes what a person did, and nothing else."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

from ui.forms import fills
from ui.forms.binding import MISSING, Missing
from ui.forms.names import distinct
from ui.forms.shapes import Anything, Choice, Field, Number, Option, Text
from ui.forms.spot import Read, Spot
from ui.records import Json, Scalar
from ui.sentences import shown as words_of
from ui.texts import t

FEW: Final = 4
"""So many short options stand side by side; more of them are a list to open."""
NUMBER_WIDTH: Final = 220
SHORT: Final = 44
"""Letters of all options that fit side by side."""


def shown_value(spot: Spot, field: Field) -> Json | Missing:
    """What the widget shows: what is set, or else what holds without."""
    value = spot.value
    return field.default if isinstance(value, Missing) else value


def wired(spot: Spot, key: str, read: Read, part: str = "") -> dict[str, object]:
    """The arguments that every bound widget has."""
    seen = spot.value

    def write(new: Json | Missing) -> None:
        spot.put(new, seen)

    return {
        "key": key,
        "on_change": spot.on_change,
        "args": (key, read, write, part),
        "disabled": spot.locked,
    }


def text(spot: Spot, field: Field, shape: Text, *, label: str = "", hidden: bool = False) -> None:
    value = shown_value(spot, field)
    showing = value if isinstance(value, str) else ""
    leave_out = not field.required and (field.nullable or field.default in ("", None, MISSING))

    def read(given: object) -> Json | Missing:
        typed = given if isinstance(given, str) else ""
        return MISSING if not typed and leave_out else typed

    # An empty box and a field that is not set look the same, and must be the same to the callback.
    key = spot.key(read(showing))
    common = wired(spot, key, read) | {"label_visibility": "collapsed" if hidden else "visible"}
    holder = field.example if not hidden else ""
    if shape.long:
        st.text_area(label or field.title, showing, placeholder=holder, height="content", **common)
    else:
        kind = shape.kind if shape.kind in ("phone", "email", "url") else "default"
        st.text_input(label or field.title, showing, placeholder=holder, type=kind, **common)
    if shape.fills is not None:
        fills.offer(spot, showing, shape.fills)


def number(spot: Spot, field: Field, shape: Number, *, label: str = "", hidden: bool = False) -> None:
    value = shown_value(spot, field)
    showing = _number(value, shape.whole)
    low, high = _bounds(shape, showing)
    leave_out = not field.required

    def read(given: object) -> Json | Missing:
        if isinstance(given, bool) or not isinstance(given, int | float):
            return MISSING if leave_out else None
        return int(given) if shape.whole else given

    key = spot.key(read(showing))
    st.number_input(
        label or field.title,
        min_value=low,
        max_value=high,
        value=showing,
        step=1 if shape.whole else _step(shape),
        placeholder=field.example or None,
        width="stretch" if hidden else NUMBER_WIDTH,
        label_visibility="collapsed" if hidden else "visible",
        **wired(spot, key, read),
    )


def yes_no(spot: Spot, field: Field) -> None:
    value = shown_value(spot, field)
    showing = value is True
    key = spot.key(showing)
    st.toggle(field.title, showing, **wired(spot, key, lambda given: given is True))


def choice(spot: Spot, field: Field, shape: Choice) -> None:
    if shape.many:
        several(spot, field, shape)
        return
    value = shown_value(spot, field)
    options = with_stranger(shape.options, value)
    labels = distinct({each.value: each.label for each in options})
    values = list(labels)
    chosen = None if isinstance(value, Missing) or value is None else value
    clearable = not field.required and (field.nullable or field.default is MISSING)

    def read(given: object) -> Json | Missing:
        if isinstance(given, str | int | float):
            return given if given in labels else chosen  # words of yesterday, when an option was renamed meanwhile
        return MISSING if clearable else chosen

    key = spot.key(read(chosen))
    short = len(values) <= FEW and sum(len(label) for label in labels.values()) <= SHORT
    if short:
        st.segmented_control(
            field.title, values, default=chosen, required=chosen is not None and not clearable,
            format_func=labels.__getitem__, **wired(spot, key, read),
        )  # fmt: skip
        return
    offered: list[Scalar | None] = [None, *values] if clearable else [*values]
    st.selectbox(
        field.title, offered, index=offered.index(chosen) if chosen in offered else None,
        format_func=lambda each: t("form.pick.none") if each is None else labels.get(each, str(each)),
        placeholder=t("form.pick"), **wired(spot, key, read),
    )  # fmt: skip


def several(spot: Spot, field: Field, shape: Choice) -> None:
    value = shown_value(spot, field)
    given = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    options = shape.options
    for each in given:
        options = with_stranger(options, each)
    labels = distinct({each.value: each.label for each in options})
    order = list(labels)

    def read(picked: object) -> Json | Missing:
        chosen = [each for each in picked if each in order] if isinstance(picked, list) else []
        if sorted(chosen, key=order.index) == sorted(given, key=order.index):
            return list(given)  # the same, in whatever order it stands in the document
        return [*sorted(chosen, key=order.index)]

    key = spot.key(given)
    st.pills(
        field.title, order, selection_mode="multi", default=given, format_func=labels.__getitem__,
        **wired(spot, key, read),
    )  # fmt: skip


def anything(spot: Spot, field: Field, shape: Anything) -> None:
    """Text, number, or yes or no: by what is typed, unless it is yes or no already."""
    value = shown_value(spot, field)
    if isinstance(value, bool):
        yes_no(spot, field)
        return
    showing = (
        ""
        if isinstance(value, Missing) or value is None
        else words_of(value)
        if isinstance(value, str)
        else f"{value:g}"
    )

    def read(given: object) -> Json | Missing:
        typed = given if isinstance(given, str) else ""
        if typed == showing:
            return value
        return scalar(typed)

    key = spot.key(value)
    st.text_input(field.title, showing, placeholder=field.example, **wired(spot, key, read))


def scalar(typed: str) -> Json:
    """What somebody typed where any value may stand: 12 is a number, 00123 and +1415 are texts, yes is yes."""
    text_ = typed.strip()
    if text_.casefold() in (t("yes").casefold(), t("no").casefold()):
        return text_.casefold() == t("yes").casefold()
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})", text_):
        return int(text_)
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})\.\d{1,9}", text_):
        return float(text_)
    return typed


def with_stranger(options: tuple[Option, ...], value: Json | Missing) -> tuple[Option, ...]:
    """A value that is not among the options is shown as it is, so that looking changes nothing."""
    if not isinstance(value, str | int | float) or any(each.value == value for each in options):
        return options
    return (*options, Option(value, t("form.pick.stranger", value=value)))


def _number(value: Json | Missing, whole: bool) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if whole else float(value)


def _bounds(shape: Number, value: float | None) -> tuple[float | int | None, float | int | None]:
    """A value outside the bounds is still shown, with the validator's sentence: then there are none."""
    low, high = shape.low, shape.high
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        return None, None
    if not shape.whole:
        return low, high
    return None if low is None else int(low), None if high is None else int(high)


def _step(shape: Number) -> float:
    span = None if shape.low is None or shape.high is None else shape.high - shape.low
    return 0.1 if span is not None and span <= 10 else 0.5 if span is not None and span <= 60 else 1.0
