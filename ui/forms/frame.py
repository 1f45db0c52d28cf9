"""What stands around a field's widget: help below it, what is wrong with it, and the way back to its standard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import streamlit as st

from ui import looks
from ui.forms.binding import MISSING, Missing, issues_at, same
from ui.forms.pickers import add_connection
from ui.forms.shapes import Field, Lines, Pick, Text
from ui.forms.spot import Spot
from ui.records import Issue, Json
from ui.texts import t

GAP: Final = "xxsmall"
_RESETTABLE: Final = (Text, Lines)
_LONG: Final = 160


def framed(spot: Spot, field: Field, draw: Callable[[], None], *, nested: bool = False) -> None:
    """`nested`: the fields inside show their own issues."""
    with st.container(gap=GAP):
        draw()
        under(field.help, field.example if spot.value is MISSING else "")
        if isinstance(field.shape, Pick) and field.shape.what == "connection":
            add_connection(spot.context, field.shape)
        problems(each.issue for each in issues_at(spot.draft.issues, spot.path) if not (nested and each.inside))
        _standard(spot, field)


def under(help: str, example: str = "") -> None:
    """Small words under a widget."""
    words = [help] if help else []
    if example:
        words.append(t("form.example", example=example))
    if words:
        st.caption(plain(" ".join(words)))


def problems(issues: Iterable[Issue]) -> None:
    """What is wrong, in the validator's words, and what to do."""
    told = dict.fromkeys((each.is_error, each.sentence, each.fix) for each in issues)
    if told:
        st.html(looks.page(*(looks.field_problem(sentence, fix, error) for error, sentence, fix in told)))


def problem(sentence: str, fix: str = "") -> None:
    st.html(looks.page(looks.field_problem(sentence, fix)))


def plain(text: str) -> str:
    """A text in a widget that reads Markdown, without its signs meaning anything."""
    for sign in "\\`*_{}[]<>$~#|:":
        text = text.replace(sign, f"\\{sign}")
    return text


def _standard(spot: Spot, field: Field) -> None:
    """A way back for what somebody has set to something else than the type's own value."""
    value, default = spot.value, field.default
    if spot.locked or isinstance(value, Missing) or isinstance(default, Missing) or default in (None, "", [], {}):
        return
    if not isinstance(field.shape, _RESETTABLE) or same(value, default):
        return
    standard = _words(default)
    st.button(
        t("form.standard"),
        help=plain(standard) or None,
        key=spot.key(None, "standard"),
        icon=":material/undo:",
        type="tertiary",
        on_click=spot.put,
        args=(MISSING,),
    )


def _words(default: Json) -> str:
    if isinstance(default, str):
        return default if len(default) <= _LONG else f"{default[:_LONG].rstrip()}…"
    return ""
