"""A value as the thing to find out takes it that another setting names: one of its answers, a number, a text."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ui.forms.shapes import AnswerOf, Anything, Choice, Field, Number, Option, Text, fits
from ui.forms.spot import Spot
from ui.forms.widgets import anything, choice, number, text
from ui.texts import t


def answer(around: Spot, spot: Spot, field: Field, shape: AnswerOf) -> None:
    """`around`: the spot of the thing whose setting `shape.setting` names the thing to find out."""
    id = around.inside(shape.setting).value
    slot = spot.context.flow.slot(id) if isinstance(id, str) else None
    if slot is None:
        anything(spot, field, Anything())
        return
    match slot.type:
        case "choice":
            wanted: Choice | Number | Text = Choice(
                tuple(Option(each.value, each.label or each.value) for each in slot.choices)
            )
        case "yes_no":
            wanted = Choice((Option(True, t("yes")), Option(False, t("no"))))
        case "number" | "money":
            wanted = Number()
        case "duration":
            wanted = Number(whole=True, low=0)
        case _:
            wanted = Text()
    bound = replace(field, shape=wanted)
    if isinstance(wanted, Choice):
        choice(spot, bound, wanted)
    elif not fits(wanted, spot.value):
        anything(spot, field, Anything())
    elif isinstance(wanted, Number):
        number(spot, bound, wanted)
    else:
        text(spot, bound, wanted)
    st.caption(t("form.answer.of", slot=slot.label or slot.id))
