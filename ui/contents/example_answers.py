"""A set of answers to play with: one widget for each thing that the criteria look at. Draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from ui.contents.reading import Document, choices, name_of, text, thing, things
from ui.records import Json, Scalar
from ui.texts import t

NUMBERS = frozenset({"number", "money", "duration"})


def asked_by(document: Document) -> list[dict[str, Json]]:
    """The things to find out that criteria look at, in the order in which they do. Pure."""
    named: dict[str, None] = {}
    for criterion in things(document, "criteria"):
        _slots(criterion.get("test"), named)
    return [slot for id in named if (slot := thing(document, "slots", id)) is not None]


def _slots(rule: Json, named: dict[str, None]) -> None:
    if isinstance(rule, dict):
        slot = rule.get("slot")
        if isinstance(slot, str):
            named.setdefault(slot)
        for inner in rule.values():
            _slots(inner, named)
    elif isinstance(rule, list):
        for inner in rule:
            _slots(inner, named)


def example_answers(flow_id: str, document: Document, slots: Sequence[Mapping[str, Json]]) -> dict[str, Scalar]:
    """What somebody entered; a thing that was left open is not in it."""
    found: dict[str, Scalar] = {}
    for slot in slots:
        value = _one(f"example/{flow_id}/{text(slot, 'id')}", slot)
        if value is not None:
            found[text(slot, "id")] = value
    return found


def _one(key: str, slot: Mapping[str, Json]) -> Scalar | None:
    type_, label = text(slot, "type"), name_of(slot)
    if type_ == "choice":
        labels = choices(slot)
        picked = st.selectbox(
            label, list(labels), index=None, key=key, placeholder=t("judge.open"), format_func=labels.__getitem__
        )
        return picked if isinstance(picked, str) else None
    if type_ == "yes_no":
        said = st.segmented_control(label, ["yes", "no"], key=key, format_func=lambda each: t(each))
        return None if said is None else said == "yes"
    if type_ in NUMBERS:
        words = t(f"judge.unit.{type_}", label=label)
        number = st.number_input(words, value=None, key=key, step=1, placeholder=t("judge.open"))
        return number if isinstance(number, int | float) else None
    if type_ == "date":
        day = st.date_input(label, value=None, key=key)
        return day.isoformat() if day is not None and hasattr(day, "isoformat") else None
    typed = st.text_input(label, key=key, placeholder=t("judge.open"))
    return typed.strip() or None if typed else None
