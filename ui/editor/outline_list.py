"""The outline: the cards of a flow as lists of radio buttons, so that arrow keys walk through them and a screen reader
tells number, name and kind; what is chosen opens in the panel."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ui.editor import structure
from ui.editor.chosen import Chosen, choose
from ui.flow_session import FlowSession
from ui.forms.frame import plain
from ui.outline import GROUPS, GroupName, Outline, Row
from ui.texts import t


def draw(session: FlowSession, outline: Outline, chosen: str, types: structure.Types) -> None:
    """`chosen`: the id of the card whose form is open, empty for none."""
    words = st.text_input(
        t("outline.search"), key=f"outline-search-{session.flow_id}", placeholder=t("outline.search.example"),
        type="search", live=True, label_visibility="collapsed",
    )  # fmt: skip
    if not session.read_only:
        key = f"{session.flow_id}-alone-{len(outline.rows)}"
        with st.expander(t("outline.add"), icon=":material/add:", key=f"fold-{key}"):
            structure.add_card(session, types, key)
    found = outline.found(words or "")
    if words and not found:
        st.info(t("outline.nothing", words=words))
    with st.container(key="outline-list"):
        for group in GROUPS:
            rows = [row for row in found if row.group == group]
            if rows:
                _group(session, outline, group, rows, chosen)


def _group(session: FlowSession, outline: Outline, group: GroupName, rows: list[Row], chosen: str) -> None:
    by_id = {row.id: row for row in rows}
    key = f"outline-{session.flow_id}-{group}"
    now = chosen if chosen in by_id else None
    if st.session_state.get(key) != now:
        st.session_state[key] = now
    # Without an index the browser would show the first card as chosen, and a click on it would do nothing.
    st.radio(
        t(f"outline.group.{group}"), list(by_id), index=None, key=key, format_func=lambda each: _title(by_id[each]),
        captions=[_caption(outline, row) for row in rows], on_change=partial(_picked, session, key, frozenset(by_id)),
    )  # fmt: skip


def _picked(session: FlowSession, key: str, ids: frozenset[str]) -> None:
    """Streamlit knows an option by its words, and reports nonsense when a card was renamed a moment ago."""
    id = st.session_state.get(key)
    if id in ids:
        choose(session, Chosen("card", str(id)))


def _title(row: Row) -> str:
    marks = [row.view.type_title or t("outline.unknown_kind")]
    marks += [t("outline.start")] if row.start else []
    marks += [t("outline.start_inbound")] if row.start_inbound else []
    if row.view.problems:
        marks.append(t("outline.problem") if row.view.problems == 1 else t("outline.problems", count=row.view.problems))
    return t("outline.title", number=row.number, name=plain(row.name), marks=plain(" · ".join(marks)))


def _caption(outline: Outline, row: Row) -> str:
    lines = [plain(row.view.summary)] if row.view.summary else []
    if row.view.chips:
        lines.append(t("outline.wants", slots=plain(", ".join(chip.label for chip in row.view.chips))))
    lines += [plain(_way(outline, row, place)) for place in range(len(row.ways))]
    return "  \n".join(lines)


def _way(outline: Outline, row: Row, place: int) -> str:
    """Such as `On “Booked”, if the ZIP is known: to 4. Address`."""
    way = row.ways[place]
    target = outline.called(way.to) if way.to else t("outline.nowhere")
    several = len({each.exit for each in row.ways}) > 1
    when = [t("outline.on", exit=way.label)] if several else []
    when += [way.sentence] if way.sentence else []
    return t("outline.way", when=", ".join(when), target=target) if when else t("outline.way.always", target=target)
