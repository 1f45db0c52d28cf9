"""What a test of a rule is compared with: the widgets for one value, for several, and for one that is typed."""

from __future__ import annotations

from datetime import date
from typing import Final

import streamlit as st

from ui.flow_view import Slot
from ui.forms.binding import MISSING, Missing
from ui.forms.names import distinct
from ui.forms.pickers import code_of, options_for
from ui.forms.rules import STANDINGS, Condition
from ui.forms.shapes import Option, Pick
from ui.forms.spot import Read, Spot, Write
from ui.records import Json, Scalar
from ui.sentences import capital, outcome_word
from ui.texts import t

_NUMBERS: Final = frozenset({"number", "money", "duration"})


def choices(spot: Spot, condition: Condition, slot: Slot | None, takes: str) -> tuple[Option, ...] | None:
    """What a test can compare with, when that is a choice."""
    context = spot.context
    if condition.about == "qualification":
        return tuple(Option(each, t(f"form.rule.standing.{each}")) for each in STANDINGS)
    if takes == "list":
        return tuple(Option(id, name) for id, name in (options_for(context, Pick("list")) or {}).items())
    if condition.about == "call" and condition.name == "disposition":
        return tuple(Option(id, name) for id, name in (options_for(context, Pick("outcome")) or {}).items())
    if condition.about == "call" and condition.name == "flag":
        flags = dict.fromkeys(each.do.flag for each in context.flow.reflexes if each.do.flag)
        return tuple(Option(flag, capital(flag.replace("_", " "))) for flag in flags)
    if slot is None:
        return None
    if slot.type == "yes_no":
        return (Option(True, t("yes")), Option(False, t("no")))
    if slot.type == "choice":
        more = (Option("other", t("form.rule.other")),) if slot.allow_other else ()
        return (*(Option(each.value, each.label or each.value) for each in slot.choices), *more)
    return None


def one(spot: Spot, label: str, options: tuple[Option, ...], now: Json | Missing, write: Write, *, typed: bool) -> None:
    """A box of which one value is picked; `typed`: another one may be typed."""
    known: dict[str, Scalar] = {_token(each.value): each.value for each in options}
    words = {_token(each.value): each.label for each in options}
    shown: str | None = None
    if isinstance(now, str | int | float):
        shown = _token(now)
        known.setdefault(shown, now)
        words.setdefault(shown, outcome_word(str(now)))
    words = distinct(words)

    def read(picked: object) -> Json | Missing:
        if not isinstance(picked, str) or not picked:
            return now
        return known[picked] if picked in known else code_of(picked)

    key = spot.key(now, label)
    st.selectbox(
        t("form.rule.value"), list(words), index=list(words).index(shown) if shown is not None else None, key=key,
        format_func=lambda each: words.get(each, each), placeholder=t("form.pick"), label_visibility="collapsed",
        accept_new_options=typed, disabled=spot.locked, on_change=spot.on_change, args=(key, read, write, label),
    )  # fmt: skip


def several(
    spot: Spot, label: str, options: tuple[Option, ...] | None, condition: Condition, slot: Slot | None, write: Write
) -> None:
    """A box of which several values are picked."""
    given = list(condition.values)
    words = {_token(each.value): each.label for each in options or ()}
    known: dict[str, Scalar] = {_token(each.value): each.value for each in options or ()}
    for each in given:
        known.setdefault(_token(each), each)
        words.setdefault(_token(each), str(each))
    words = distinct(words)
    numeric = slot is not None and slot.type in _NUMBERS

    def read(picked: object) -> Json | Missing:
        found: list[Json] = []
        for each in picked if isinstance(picked, list) else []:
            value: Json = known.get(each, each) if isinstance(each, str) else None
            if numeric and isinstance(value, str):
                value = _number(value)
            if value is not None and value not in found:
                found.append(value)
        return found

    key = spot.key(given, label)
    st.multiselect(
        t("form.rule.values"), list(words), default=[_token(each) for each in given], key=key,
        format_func=lambda each: words.get(each, each), placeholder=t("form.rule.any_of"),
        accept_new_options=options is None, wrap=True, label_visibility="collapsed", disabled=spot.locked,
        on_change=spot.on_change, args=(key, read, write, label),
    )  # fmt: skip


def typed(spot: Spot, label: str, kind: str, now: Json | Missing, write: Write) -> None:
    """A number, a day or words, as `kind` of thing to find out wants it."""
    key = spot.key(now, label)
    name = t("form.rule.value")
    common = {"label_visibility": "collapsed", "disabled": spot.locked, "key": key, "on_change": spot.on_change}
    if kind in _NUMBERS:
        number = now if isinstance(now, int | float) and not isinstance(now, bool) else None

        def as_number(given: object) -> Json | Missing:
            if isinstance(given, bool) or not isinstance(given, int | float):
                return MISSING
            return int(given) if float(given).is_integer() else given

        whole = number is None or float(number).is_integer()
        st.number_input(
            name, value=None if number is None else int(number) if whole else float(number),
            step=1 if whole else 0.5, placeholder=t(f"form.rule.unit.{kind}"), args=(key, as_number, write, label),
            **common,
        )  # fmt: skip
    elif kind in ("date", "appointment"):
        st.date_input(name, value=_date(now), args=(key, _as_date(now), write, label), **common)
    else:
        st.text_input(
            name, now if isinstance(now, str) else "", placeholder=t("form.rule.words"),
            args=(key, lambda given: given if isinstance(given, str) and given else MISSING, write, label), **common,
        )  # fmt: skip


def _token(value: Scalar) -> str:
    """A value as the option of a box: yes and "true" are two."""
    return value if isinstance(value, str) else f"\N{ZERO WIDTH SPACE}{value!r}"


def _number(typed: str) -> Json:
    try:
        found = float(typed.replace(",", "").replace("$", "").strip())
    except ValueError:
        return None
    return int(found) if found.is_integer() else found


def _date(value: Json | Missing) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _as_date(now: Json | Missing) -> Read:
    def read(given: object) -> Json | Missing:
        if isinstance(given, date):
            return now if isinstance(now, str) and now[:10] == given.isoformat() else given.isoformat()
        return MISSING

    return read
