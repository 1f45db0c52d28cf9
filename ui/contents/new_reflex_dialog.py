"""The dialog that adds a reflex: one of the behaviours that the engine notices, or one by its own examples. Draws."""

from __future__ import annotations

import streamlit as st

from ui.contents import panel
from ui.contents.reading import ids, new_id, text, things
from ui.flow_session import FlowSession
from ui.forms.binding import insert
from ui.records import Json
from ui.resources.vocabulary import Behaviour, Vocabulary
from ui.texts import t

CUSTOM = "custom"
BORROWED = 3
"""Examples of the engine that a new reflex begins with."""


def _draw(session: FlowSession, known: Vocabulary) -> None:
    there = {text(each, "trigger") for each in things(session.document, "reflexes")}
    free = [each.trigger for each in known.behaviours if each.trigger not in there]
    trigger = st.selectbox(
        t("reflexes.new.when"), [*free, CUSTOM], key="new-reflex-trigger",
        format_func=lambda each: t(f"trigger.{each}", otherwise=each.replace("_", " ")),
    )  # fmt: skip
    st.caption(t(f"trigger.{trigger}.about", otherwise=""))
    examples: list[str] = []
    if trigger == CUSTOM:
        label = st.text_input(t("field.reflex_label"), key="new-reflex-label") or ""
        typed = st.text_area(t("reflexes.new.examples"), key="new-reflex-examples") or ""
        examples = [line.strip() for line in typed.splitlines() if line.strip()]
    else:
        label = t(f"trigger.{trigger}", otherwise=trigger)
    # Never disabled: a click out of a box that was just filled in counts.
    if st.button(t("reflexes.new.do"), type="primary", key="new-reflex-do"):
        if not label.strip() or (trigger == CUSTOM and not examples):
            st.warning(t("reflexes.new.missing"))
            return
        new = new_reflex(ids(session.document, "reflexes"), label.strip(), known.behaviour(trigger), examples)
        session.edit(t("reflexes.added", label=label.strip()), insert(("reflexes",), new))
        panel.show(text(new, "id"))
        st.rerun()


new_reflex_dialog = st.dialog(t("reflexes.new.title"))(_draw)


def new_reflex(taken: list[str], label: str, behaviour: Behaviour, examples: list[str]) -> dict[str, Json]:
    """It says nothing yet and goes back to the talk. Pure."""
    return {
        "id": new_id(label, taken, "reflex"),
        "label": label,
        "trigger": behaviour.trigger,
        "examples": [*(examples or behaviour.examples[:BORROWED])],
        "not_examples": [*behaviour.not_examples[:BORROWED]],
        "do": {"say": [], "then": "return"},
    }
