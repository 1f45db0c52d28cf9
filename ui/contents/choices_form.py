"""The answers of a choice: what they are called, the words that mean them, and those that only sound so. Draws."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.contents import schemas
from ui.contents.reading import new_id, text, texts
from ui.contents.uses import told, uses_of_choice
from ui.flow_session import FlowSession
from ui.forms.binding import insert, issues_at
from ui.forms.fields import fields_of
from ui.forms.form import draw_fields
from ui.forms.frame import plain, problems
from ui.forms.order import row_menu
from ui.forms.spot import Context, Spot
from ui.records import Json
from ui.texts import t


def choices_form(session: FlowSession, slot: Mapping[str, Json], given: Context) -> None:
    id = text(slot, "id")
    spot = Spot(session, ("slots", id, "choices"), t("find.answers"), given)
    found = slot.get("choices")
    answers: list[Json] = found if isinstance(found, list) else []
    st.markdown(f"**{t('find.answers')}**")
    st.caption(t("find.answers.help"))
    problems(each.issue for each in issues_at(session.issues, spot.path))
    fields = fields_of(schemas.choice())
    for place, answer in enumerate(answers):
        if not isinstance(answer, dict):
            continue
        label = text(answer, "label") or text(answer, "value")
        words = texts(answer, "synonyms")
        title = f"{plain(label)} :gray[· {t('find.answers.words', count=len(words))}]" if words else plain(label)
        with st.expander(title, key=f"answer/{session.flow_id}/{id}/{text(answer, 'value')}"):
            draw_fields(spot.inside(place, title=label), fields)
            uses = told(uses_of_choice(session.document, id, text(answer, "value")))
            if uses:
                st.caption(plain(t("find.answers.used", uses="; ".join(uses))))
            with st.container(horizontal=True, horizontal_alignment="right"):
                row_menu(spot, answers, place, label)
    if not session.read_only:
        _add(session, spot, answers)


def _add(session: FlowSession, spot: Spot, answers: list[Json]) -> None:
    key = f"new-answer/{'/'.join(map(str, spot.path))}/{len(answers)}"

    def add() -> None:
        label = str(st.session_state.get(key) or "").strip()
        if not label:
            return
        taken = [text(each, "value") for each in answers if isinstance(each, dict)]
        answer: dict[str, Json] = {"value": new_id(label, taken, "answer"), "label": label, "synonyms": []}
        session.edit(t("find.answers.added", label=label), insert(spot.path, answer))

    st.text_input(
        t("find.answers.add"), key=key, on_change=add, placeholder=t("find.answers.add"),
        label_visibility="collapsed", icon=":material/add:",
    )  # fmt: skip
