"""The editor of last resort: a value as its JSON text. Only what can be read is written."""

from __future__ import annotations

import json
from typing import Final

import streamlit as st

from ui.forms.binding import MISSING, Missing
from ui.forms.frame import problem
from ui.forms.shapes import Field
from ui.forms.spot import Spot
from ui.records import Json
from ui.texts import t

_WRONG: Final = "forms.unreadable"
MAX_CHARS: Final = 100_000


class Unreadable(ValueError):
    """The message says where the text goes wrong."""


def read_json(typed: str) -> Json | Missing:
    """An empty text is nothing. Raises `Unreadable`."""
    if not typed.strip():
        return MISSING
    try:
        found: Json = json.loads(typed, parse_constant=_no_constant)
    except RecursionError:
        raise Unreadable(t("form.raw.deep")) from None
    except json.JSONDecodeError as error:
        raise Unreadable(t("form.raw.line", line=error.lineno, column=error.colno)) from None
    return found


def _no_constant(name: str) -> Json:
    raise Unreadable(t("form.raw.constant", name=name))


def as_text(value: Json | Missing) -> str:
    return "" if isinstance(value, Missing) else json.dumps(value, ensure_ascii=False, indent=2)


def raw(spot: Spot, field: Field) -> None:
    value = spot.value
    key = spot.key(value, "raw")
    wrong: dict[str, str] = st.session_state.setdefault(_WRONG, {})
    seen = value

    def take() -> None:
        if spot.locked or key not in st.session_state:
            return
        try:
            new = read_json(str(st.session_state[key] or ""))
        except Unreadable as problem_:
            wrong[key] = str(problem_)
            return
        wrong.pop(key, None)
        spot.put(new, seen)

    st.text_area(
        field.title, as_text(value), key=key, on_change=take, disabled=spot.locked, height=160, max_chars=MAX_CHARS
    )
    if key in wrong:
        problem(wrong[key], t("form.raw.kept"))
