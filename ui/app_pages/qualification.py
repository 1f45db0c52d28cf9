"""Qualification (`?flow=<id>&show=<criterion>`): who is worth a visit, and how a set of answers would be judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from ui import looks, parts
from ui.client import EngineTrouble
from ui.contents import panel, schemas
from ui.contents.example_answers import asked_by, example_answers
from ui.contents.reading import ids, new_id, text, thing, things
from ui.contents.shared import context, form
from ui.contents.uses import Use, steps_without, uses_of_criterion
from ui.flow_session import FlowSession, open_flow
from ui.forms.binding import insert
from ui.forms.spot import Context
from ui.records import Json
from ui.resources import rehearsals
from ui.resources.rehearsals import Judged, Verdict
from ui.sentences import capital, reason_word
from ui.texts import t

ICONS: Final = {"hard": ":material/gavel:", "soft": ":material/flag:"}
TONES: Final[dict[str, looks.Tone]] = {
    "met": "good", "failed": "bad", "open": "calm", "qualified": "good", "unqualified": "bad",
}  # fmt: skip


def main() -> None:
    session = open_flow()
    st.caption(t("qualification.intro"))
    panel.problems(session, ("criteria",))
    given = context(session)
    criteria = things(session.document, "criteria")
    items = [_item(each) for each in criteria]
    open_id = panel.shown(items)
    side, middle, right = st.columns([1.1, 2.2, 1.5], gap="large")
    with side:
        st.button(
            t("qualification.add"), icon=":material/add:", type="primary", key="add-criterion",
            disabled=session.read_only, on_click=_add, args=(session,), width="stretch",
        )  # fmt: skip
        panel.side_list(session, "criteria", items, open_id)
    criterion = thing(session.document, "criteria", open_id)
    with middle:
        if criterion is None:
            st.info(t("qualification.none"))
        else:
            _criterion(session, criterion, given)
    with right:
        _judge(session)


def _item(criterion: Mapping[str, Json]) -> panel.Item:
    kind = text(criterion, "kind") or "hard"
    title = text(criterion, "label") or t("qualification.unnamed")
    return panel.Item(text(criterion, "id"), title, ICONS.get(kind, ""), t(f"choice.criterion_{kind}", otherwise=""))


def _add(session: FlowSession) -> None:
    label = t("qualification.unnamed")
    new: dict[str, Json] = {
        "id": new_id(label, ids(session.document, "criteria"), "criterion"),
        "label": label, "test": {}, "kind": "hard", "reason": "",
    }  # fmt: skip
    session.edit(t("qualification.added"), insert(("criteria",), new))
    panel.show(text(new, "id"))


def _criterion(session: FlowSession, criterion: dict[str, Json], given: Context) -> None:
    path = ("criteria", text(criterion, "id"))
    uses = uses_of_criterion(session.document, path[1])
    head, buttons = st.columns([3, 2], vertical_alignment="center")
    with head:
        st.html(looks.page(f'<h2 class="ll-h2">{looks.esc(text(criterion, "label"))}</h2>'))
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="xxsmall"):
        panel.order_buttons(session, path, ids(session.document, "criteria"))
        panel.remove_button(session, path, uses, lambda: _remove(session, path, text(criterion, "label"), uses))
    form(session, path, schemas.criterion(), given)
    panel.used_where(uses)


def _remove(session: FlowSession, path: tuple[str, str], label: str, uses: list[Use]) -> None:
    session.edit(t("qualification.removed", label=label), *steps_without(session.document, path, uses))


def _judge(session: FlowSession) -> None:
    with st.container(border=True):
        st.markdown(f"**{t('judge.title')}**")
        slots = asked_by(session.document)
        if not slots:
            st.caption(t("judge.nothing"))
            return
        st.caption(t("judge.about"))
        answers = example_answers(session.flow_id, session.document, slots)
        try:
            verdict = rehearsals.judge(parts.engine(), session.flow_id, answers)
        except EngineTrouble as trouble:
            said = [each.problem for each in trouble.problems]
            st.error("\n\n".join([trouble.sentence, *said]))
            return
        _told(verdict)


def _told(verdict: Verdict) -> None:
    mark = looks.badge(t(f"judge.state.{verdict.state}"), TONES.get(verdict.state, "calm"))
    lines = [looks.paragraph(verdict.explanation)]
    if verdict.reason:
        lines.append(looks.paragraph(t("judge.reason", reason=reason_word(verdict.reason)), dimmed=True))
    rows = [_row(each) for each in verdict.criteria]
    st.html(looks.page(looks.card(t("judge.result"), *lines, beside=mark), looks.facts(rows)))


def _row(each: Judged) -> str:
    mark = looks.badge(t(f"judge.verdict.{each.verdict}"), TONES.get(each.verdict, "calm"))
    return (
        f'<div class="ll-fact"><div class="ll-split"><span>{looks.esc(each.label)}</span>{mark}</div>'
        f'<div class="proof">{looks.dim(capital(each.rule))}</div></div>'
    )


main()
