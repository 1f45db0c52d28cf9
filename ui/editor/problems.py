"""The problems of a flow in the validator's sentences; each leads to where it is."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from ui import looks
from ui.editor.chosen import Chosen, Kind, choose
from ui.flow_session import FlowSession
from ui.forms.binding import path_of
from ui.mending import EDITOR, flow_page, page_of, spot
from ui.part_names import name_at
from ui.records import BrokenPackage, Issue
from ui.sentences import capital
from ui.texts import t

_HERE: Final[dict[str, Kind]] = {"node": "card", "edge": "edge"}


def draw(session: FlowSession, broken: tuple[BrokenPackage, ...]) -> None:
    for package in broken:
        st.error(t("problems.package", name=package.name, problem=package.problem), icon=":material/extension_off:")
    if not session.issues:
        st.success(t("problems.none"), icon=":material/check_circle:")
    for number, issue in enumerate(sorted(session.issues, key=lambda each: not each.is_error)):
        with st.container(border=True, key=f"problem-{number}", gap="xsmall"):
            _one(session, issue, number)


def _one(session: FlowSession, issue: Issue, number: int) -> None:
    where = capital(name_at(session.document, path_of(issue)))
    mark = looks.badge(t("problems.error" if issue.is_error else "problems.hint"), "bad" if issue.is_error else "warm")
    head = f'<div class="ll-split"><h3 class="ll-h3">{looks.esc(where)}</h3><span>{mark}</span></div>'
    st.html(looks.page(head, looks.paragraph(issue.sentence), looks.paragraph(issue.fix, dimmed=True)))
    kind = _HERE.get(issue.place)
    page = flow_page(page_of(issue))
    if kind is not None:
        st.button(
            t(f"problems.show.{kind}"), key=f"problem-show-{number}", icon=":material/arrow_forward:", type="tertiary",
            on_click=partial(choose, session, Chosen(kind, issue.id), field=issue.field),
        )  # fmt: skip
    elif page.name != EDITOR:
        query = {"flow": session.flow_id} | spot(issue)
        words = t("problems.show.page", page=page.title)
        st.page_link(page.file, label=words, icon=":material/arrow_forward:", query_params=query)
