"""Pickers: things of the flow and of this installation by their names, never by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from ui import looks
from ui.forms.binding import MISSING, Missing
from ui.forms.names import distinct
from ui.forms.order import row_menu
from ui.forms.shapes import Field, Pick
from ui.forms.spot import Context, Spot
from ui.forms.widgets import shown_value, wired
from ui.records import Json
from ui.sentences import capital, outcome_word, reason_word
from ui.texts import ENGLISH, t

NONE: Final = ""
"""The option of a picker that stands for nothing."""
CODES: Final = frozenset({"outcome", "reason"})
"""What may also be typed: codes that reports count by."""


def options_for(context: Context, shape: Pick) -> Mapping[str, str] | None:
    """What can be picked, with its name. None: the engine could not be asked."""
    flow = context.flow
    match shape.what:
        case "slot":
            return {each.id: each.label or each.id for each in flow.slots}
        case "knowledge":
            return {each.id: each.question or each.id for each in flow.knowledge}
        case "criterion":
            return {each.id: each.label or each.id for each in flow.criteria}
        case "card":
            return {each.id: each.name or each.id for each in (*flow.call_cards(), *flow.lane_cards())}
        case "list":
            return {name: capital(name.replace("_", " ")) for name in flow.lists}
        case "connection" if context.connections is not None:
            fitting = [each for each in context.connections if not shape.kinds or each.kind in shape.kinds]
            return {each.name: f"{each.name} ({_kind(context, each.kind)})" for each in fitting}
        case "calendar" if context.calendars is not None:
            return {each.name: each.name for each in context.calendars}
        case "outcome":
            return _codes("outcome", (card.text("disposition") for card in flow.nodes))
        case "behaviour":
            return {code: word for code, word in _codes("trigger", ()).items() if code != "custom"}
        case "reason":
            return _codes("reason", (each.reason for each in flow.criteria))
    return None


def pick(spot: Spot, field: Field, shape: Pick, *, label: str = "") -> None:
    if shape.many and shape.ordered:
        in_order(spot, field, shape)
    elif shape.many:
        several(spot, field, shape)
    else:
        single(spot, field, shape, label)


def single(spot: Spot, field: Field, shape: Pick, label: str = "") -> None:
    value = shown_value(spot, field)
    chosen = value if isinstance(value, str) and value else None
    found = options_for(spot.context, shape)
    names = distinct(found or {})
    if chosen is not None and chosen not in names:
        names[chosen] = _word(shape, chosen) or t(_gone(shape, found), name=chosen)
    optional = not field.required and (field.nullable or field.default in ("", None, MISSING))
    nothing = t("form.pick.default") if shape.what == "connection" else t("form.pick.none")
    options = ([NONE] if optional else []) + list(names)
    leave_out = optional

    def read(given: object) -> Json | Missing:
        picked = given.strip() if isinstance(given, str) else ""
        if not picked:
            return MISSING if leave_out else (chosen or "")
        if picked in names:
            return picked
        # Streamlit knows an option by its words, and reports those of yesterday when a thing was renamed meanwhile.
        return code_of(picked) if shape.what in CODES else (chosen or MISSING)

    showing = chosen if chosen is not None else (NONE if optional else None)
    key = spot.key(read(showing))
    st.selectbox(
        label or field.title, options, index=options.index(showing) if showing in options else None,
        format_func=lambda each: nothing if each == NONE else names.get(each, each),
        placeholder=t("form.pick.or_type") if shape.what in CODES else t("form.pick"),
        accept_new_options=shape.what in CODES, **wired(spot, key, read),
    )  # fmt: skip


def several(spot: Spot, field: Field, shape: Pick) -> None:
    given = _ids(shown_value(spot, field))
    names = _with_gone(spot, shape, given)

    def read(picked: object) -> Json | Missing:
        known = isinstance(picked, list) and all(each in names for each in picked)
        return [str(each) for each in picked] if isinstance(picked, list) and known else list(given)

    key = spot.key(list(given))
    st.multiselect(
        field.title, list(names), default=list(given), format_func=lambda each: names.get(each, each),
        placeholder=t("form.pick"), **wired(spot, key, read),
    )  # fmt: skip


def in_order(spot: Spot, field: Field, shape: Pick) -> None:
    """Each on a line of its own with its place, and a box that adds one."""
    given = _ids(shown_value(spot, field))
    names = _with_gone(spot, shape, given)
    looks_label(field.title)
    if given:
        with st.container(border=True, gap="xxsmall"):
            for place, id in enumerate(given):
                with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
                    st.html(looks.numbered(place + 1, names[id]), width="stretch")
                    row_menu(spot, list(given), place, names[id])
    rest = [id for id in names if id not in given]
    key = spot.key(list(given), "add")

    def add() -> None:
        picked = st.session_state.get(key)
        if isinstance(picked, str) and picked in rest:
            spot.put([*given, picked])

    if rest and not spot.locked:
        st.selectbox(
            t("form.add.to", field=field.title), rest, index=None, key=key, on_change=add,
            format_func=names.__getitem__, placeholder=t("form.add.pick"), label_visibility="collapsed",
        )  # fmt: skip


def looks_label(title: str) -> None:
    """The label of a field that is drawn by several widgets."""
    st.html(looks.field_label(title))


def code_of(words: str) -> str:
    """What somebody typed as a code: 'Wants a callback!' is wants_a_callback."""
    kept = "".join(each if each.isalnum() else "_" for each in words.casefold())
    return "_".join(filter(None, kept.split("_")))


def _with_gone(spot: Spot, shape: Pick, given: tuple[str, ...]) -> dict[str, str]:
    found = options_for(spot.context, shape)
    names = distinct(found or {})
    return names | {id: _word(shape, id) or t(_gone(shape, found), name=id) for id in given if id not in names}


def _gone(shape: Pick, found: Mapping[str, str] | None) -> str:
    if found is None:
        return "form.pick.unasked"
    return "form.pick.not_yet" if shape.what in ("connection", "calendar") else "form.pick.gone"


def _word(shape: Pick, code: str) -> str:
    return outcome_word(code) if shape.what == "outcome" else reason_word(code) if shape.what == "reason" else ""


def _codes(kind: str, used: object) -> Mapping[str, str]:
    """Codes that have words, and those that the flow uses already."""
    known = [name.partition(".")[2] for name in ENGLISH if name.startswith(f"{kind}.") and name.count(".") == 1]
    more = [each for each in used if isinstance(each, str) and each] if hasattr(used, "__iter__") else []
    return {
        code: t(f"{kind}.{code}", otherwise=capital(code.replace("_", " "))) for code in dict.fromkeys((*known, *more))
    }


def _kind(context: Context, kind: str) -> str:
    """As the connections page calls it: many are names of products."""
    return next((each.title for each in context.kinds if each.kind == kind and each.title), kind)


def _ids(value: Json | Missing) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in value if isinstance(each, str))) if isinstance(value, list) else ()


def add_connection(context: Context, shape: Pick) -> None:
    """Where one is made. Beside the page, so that the form stays as it is."""
    kinds = " / ".join(_kind(context, kind) for kind in shape.kinds)
    words = (
        t("form.connection.add" if options_for(context, shape) else "form.connection.first", kind=kinds)
        if kinds
        else ""
    )
    st.html(looks.page(looks.small_link("connections", words or t("form.connection.any"))))
