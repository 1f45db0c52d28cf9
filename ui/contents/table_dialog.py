"""The dialog that brings knowledge in from a table: choose or paste, say what the columns are, look. Draws."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui import looks
from ui.contents.knowledge_table import COLUMNS, Column, Plan, Reading, guess, plan, steps
from ui.contents.sheets import Rows, TableRefused, read_table
from ui.flow_session import FlowSession
from ui.forms.frame import plain
from ui.texts import t

PREVIEW = 5
MOST_SHOWN = 30


def _draw(session: FlowSession) -> None:
    rows = _rows()
    if rows is None:
        return
    st.markdown(f"**{t('bring.columns')}**")
    st.caption(t("bring.columns.help"))
    reading = _reading(rows)
    if "question" not in reading.columns or "say" not in reading.columns:
        st.warning(t("bring.needs"))
        return
    found = plan(rows, reading, session.document)
    replace_known = _told(found)
    count = len(found.fresh) + (len(found.known) if replace_known else 0)
    words = t("bring.do", count=count) if count != 1 else t("bring.do_one")
    if st.button(words, type="primary", disabled=not count, key="import-do", icon=":material/check:"):
        session.edit(t("bring.done", count=count), *steps(session.document, found, replace_known=replace_known))
        st.toast(t("bring.done", count=count), icon=":material/check:")
        st.rerun()


table_dialog = st.dialog(t("bring.title"), width="large")(_draw)


def _rows() -> Rows | None:
    from_file, from_paste = st.tabs([t("bring.file"), t("bring.paste")])
    with from_file:
        file = st.file_uploader(
            t("bring.file.help"), type=["csv", "tsv", "txt", "xlsx", "xls"], key="import-file", max_upload_size=5
        )
    with from_paste:
        pasted = st.text_area(
            t("bring.paste.help"), key="import-paste", height=140, placeholder=t("bring.paste.example")
        )
    data = file.getvalue() if file is not None else (pasted or "").encode()
    if not data.strip():
        return None
    try:
        return read_table(data)
    except TableRefused as refused:
        st.error(str(refused))
        return None


def _reading(rows: Rows) -> Reading:
    guessed = guess(rows)
    mark = str(hash(rows))
    heading = st.checkbox(t("bring.heading"), guessed.heading, key=f"import-heading/{mark}")
    shown = rows[1:] if heading else rows
    names = _names(rows, heading)
    chosen: list[Column] = []
    for at, cell in enumerate(st.columns(min(len(names), 6))):
        with cell:
            column = st.selectbox(
                names[at], COLUMNS, COLUMNS.index(guessed.columns[at]), key=f"import-column/{mark}/{at}",
                format_func=lambda each: t(f"bring.column.{each}"),
            )  # fmt: skip
            chosen.append(column)
    chosen += ["ignore"] * (len(names) - len(chosen))
    st.dataframe([dict(zip(names, row, strict=False)) for row in shown[:PREVIEW]], hide_index=True)
    if len(shown) > PREVIEW:
        st.caption(t("bring.more", count=len(shown) - PREVIEW))
    return Reading(tuple(chosen), heading)


def _names(rows: Rows, heading: bool) -> list[str]:
    """One name a column, each once: a table needs them to be."""
    given = list(rows[0]) if heading else [""] * len(rows[0])
    names: list[str] = []
    for at, name in enumerate(given):
        plain_name = name or t("bring.column.number", number=at + 1)
        names.append(plain_name if plain_name not in names else f"{plain_name} ({at + 1})")
    return names


def _told(found: Plan) -> bool:
    """Says what would come of it; whether answers that are there already shall be replaced."""
    marks = [looks.badge(t("bring.fresh", count=len(found.fresh)), "good")]
    if found.known:
        marks.append(looks.badge(t("bring.known", count=len(found.known)), "info"))
    if found.refused:
        marks.append(looks.badge(t("bring.refused", count=len(found.refused)), "warm"))
    st.html(looks.page(f'<div class="ll-head">{" ".join(marks)}</div>'))
    replace_known = False
    if found.known:
        replace_known = st.checkbox(t("bring.replace"), key="import-replace")
        _lines(t("bring.known.list"), [t("bring.row", row=each.row, text=each.question) for each in found.known])
    if found.refused:
        rows = [t("bring.row.why", row=each.row, text=each.shown or "–", why=each.why) for each in found.refused]
        _lines(t("bring.refused.list"), rows)
    return replace_known


def _lines(title: str, lines: Sequence[str]) -> None:
    with st.expander(plain(title)):
        st.html(looks.page(looks.listing(lines[:MOST_SHOWN])))
        if len(lines) > MOST_SHOWN:
            st.caption(t("bring.more", count=len(lines) - MOST_SHOWN))
