"""A named list of the flow, such as the service area: looked at, added to by pasting, thinned out. Draws."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui import looks
from ui.contents import panel
from ui.contents.areas import lines_area
from ui.contents.reading import lists, new_id
from ui.contents.shared import list_marks
from ui.contents.uses import steps_without, uses_of_list
from ui.contents.values import holds_zips, pasted
from ui.flow_session import FlowSession
from ui.forms.binding import write
from ui.forms.frame import plain
from ui.forms.spot import Context
from ui.records import Json, Scalar
from ui.texts import t

MANY = 400
"""More values than this are shown in a folded box."""


def list_editor(session: FlowSession, name: str, given: Context) -> None:
    values = lists(session.document)[name]
    called = list_name(name)
    zips = holds_zips(values) or "zip" in name or (not values and "area" in name)
    uses = uses_of_list(session.document, name, list_marks(given))
    with st.container(border=True):
        head, buttons = st.columns([4, 2], vertical_alignment="center")
        with head:
            count = t("business.list.count", count=len(values)) if len(values) != 1 else t("business.list.one")
            st.html(looks.page(f'<div class="ll-split"><b>{looks.esc(called)}</b>{looks.dim(count)}</div>'))
        with buttons, st.container(horizontal=True, horizontal_alignment="right"):
            words = t("business.list.removed", name=called)
            panel.remove_button(
                session, ("lists", name), uses,
                lambda: session.edit(words, *steps_without(session.document, ("lists", name), uses)),
            )  # fmt: skip
        if uses:
            st.caption(plain(" · ".join(use.sentence for use in uses)))
        _add(session, name, values, zips)
        with st.expander(t("business.list.all"), expanded=len(values) <= MANY, key=f"list/{session.flow_id}/{name}"):
            lines_area(
                f"values/{session.flow_id}/{name}", called, [str(each) for each in values],
                lambda new: _put(session, name, values, new), help=t("business.list.all.help"),
                disabled=session.read_only, height=220,
            )  # fmt: skip


def list_name(name: str) -> str:
    """`service_area` is Service area."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _add(session: FlowSession, name: str, values: Sequence[Scalar], zips: bool) -> None:
    if session.read_only:
        return
    told_key = f"told/{session.flow_id}/{name}"
    key = f"paste/{session.flow_id}/{name}/{len(values)}"

    def add() -> None:
        found = pasted(str(st.session_state.get(key) or ""), values, zips)
        st.session_state[told_key] = found
        if found.values:
            words = t("business.list.added", count=len(found.values), name=list_name(name))
            session.edit(words, write(session.document, ("lists", name), [*values, *found.values]))

    st.text_area(
        t("business.list.add.zips") if zips else t("business.list.add"), key=key, on_change=add, height=68,
        placeholder=t("business.list.add.zips.example") if zips else t("business.list.add.example"),
    )  # fmt: skip
    found = st.session_state.pop(told_key, None)
    if found is None:
        return
    told = [t("business.list.told", count=len(found.values))]
    if found.known:
        told.append(t("business.list.known", count=found.known))
    st.caption(" ".join(told))
    if found.refused:
        st.warning(plain(t("business.list.refused", values=", ".join(found.refused[:12]))))


def _put(session: FlowSession, name: str, values: Sequence[Scalar], lines: Sequence[str]) -> None:
    """A value that is not a text in the document (a number) stays what it is."""
    there = {str(each): each for each in values}
    new: list[Json] = [there.get(line, line) for line in dict.fromkeys(lines)]
    words = t("edit.changed", what=t("business.list.named", name=list_name(name)))
    session.edit(words, write(session.document, ("lists", name), new))


def new_list(session: FlowSession) -> None:
    key = f"new-list/{session.flow_id}/{len(lists(session.document))}"

    def add() -> None:
        label = str(st.session_state.get(key) or "").strip()
        if label:
            id = new_id(label, list(lists(session.document)), "list")
            session.edit(t("business.list.new.done", name=label), write(session.document, ("lists", id), []))

    st.text_input(
        t("business.list.new"), key=key, on_change=add, placeholder=t("business.list.new.example"),
        icon=":material/add:", disabled=session.read_only,
    )  # fmt: skip
