"""The dialog that adds a thing to find out: what kind, what it is called, how it is asked, and by which card. Draws."""

from __future__ import annotations

import streamlit as st

from ui.contents import panel
from ui.contents.reading import text
from ui.contents.slot_kinds import KINDS, icon_of, new_slot, stages, steps_to_add, type_words
from ui.flow_session import FlowSession
from ui.part_names import name_of
from ui.texts import t


def _draw(session: FlowSession) -> None:
    kind = st.pills(
        t("find.new.kind"), [each.type for each in KINDS], default="choice", required=True, key="new-slot-kind",
        format_func=lambda each: f"{icon_of(each)} {type_words(each)}",
    )  # fmt: skip
    type_ = kind if isinstance(kind, str) else "choice"
    st.caption(t(f"kind.{type_}.about"))
    label = st.text_input(t("field.slot_label"), key="new-slot-label", placeholder=t("field.slot_label.example"))
    ask = st.text_input(t("find.new.question"), key="new-slot-ask", placeholder=t("find.new.question.example"))
    answers: list[str] = []
    if type_ == "choice":
        typed = st.text_area(t("find.new.answers"), key="new-slot-answers", placeholder=t("find.new.answers.example"))
        answers = (typed or "").splitlines()
    names = {text(card, "id"): name_of(card) for card in stages(session.document)}
    stage = st.selectbox(
        t("find.new.stage"), [*names, ""], key="new-slot-stage", help=t("find.new.stage.help"),
        format_func=lambda each: names.get(each, t("find.new.stage.none")),
    )  # fmt: skip
    # Never disabled: a click out of a box that was just filled in counts.
    if st.button(t("find.new.do"), type="primary", key="new-slot-do"):
        if missing := _missing(type_, label or "", answers):
            st.warning(missing)
            return
        slot = new_slot(session.document, type_, label or "", ask or "", answers)
        if not stage:
            slot["need"] = "if_offered"
        session.edit(t("find.added", label=text(slot, "label")), *steps_to_add(session.document, slot, stage or ""))
        panel.show(text(slot, "id"))
        st.rerun()


new_slot_dialog = st.dialog(t("find.new.title"), width="large")(_draw)


def _missing(type_: str, label: str, answers: list[str]) -> str:
    if not label.strip():
        return t("find.new.no_label")
    if type_ == "choice" and len({each.strip() for each in answers if each.strip()}) < 2:
        return t("find.new.no_answers")
    return ""
