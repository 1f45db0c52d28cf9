"""The cards of the Flows page: one's own flows with what can be done with them, and the templates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

import streamlit as st

from ui import looks, moments, parts
from ui.client import EngineTrouble
from ui.flow_dialogs import EDITOR, Window, ask
from ui.records import FlowLine
from ui.resources import flows
from ui.resources.flows import Template
from ui.sentences import counted
from ui.shelf import states
from ui.texts import t

ACROSS: Final = 3
CHIPS: Final = 6
ENDINGS: Final = 4
_TRADES: Final = {
    "home_services": ":material/roofing:",
    "solar": ":material/solar_power:",
    "dental": ":material/dentistry:",
}


def badges(line: FlowLine) -> str:
    """How it stands, most important first."""
    found = states(line)
    marks = []
    if "archived" in found:
        marks.append(looks.badge(t("flows.archived")))
    elif line.latest:
        marks.append(looks.badge(t("flows.live", version=line.latest), "good"))
    else:
        marks.append(looks.badge(t("flows.draft"), "warm"))
    if "changed" in found:
        marks.append(looks.badge(t("flows.unpublished"), "info"))
    if line.errors:
        marks.append(looks.badge(counted("problem", line.errors), "bad"))
    return " ".join(marks)


def facts(line: FlowLine) -> str:
    """Calls of the week, and who changed it last."""
    calls = counted("call", line.calls_week)
    when = moments.ago(line.edited_at, parts.now(), parts.zone())
    by = t("flows.by", name=line.edited_by) if line.edited_by else ""
    return looks.paragraph(calls) + looks.paragraph(t("flows.edited", when=when, by=by), dimmed=True)


def shelf(lines: list[FlowLine]) -> None:
    """Cards in rows of three, of equal height."""
    for first in range(0, len(lines), ACROSS):
        for column, line in zip(st.columns(ACROSS), lines[first : first + ACROSS], strict=False):
            with column:
                flow_card(line)


def flow_card(line: FlowLine) -> None:
    with st.container(border=True, height="stretch", key=f"shelf-{line.id}", gap="small"):
        st.page_link(EDITOR, label=f"**{looks.plain(line.name)}**", query_params={"flow": line.id}, width="stretch")
        about = looks.paragraph(line.seller, dimmed=True) if line.seller else ""
        st.html(looks.tight(f"<p>{badges(line)}</p>", about, facts(line)), width="stretch")
        st.space("stretch")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if line.archived_at is not None:
                _bring_back(line)
            elif st.button(t("flows.open"), icon=":material/edit:", key=f"open-{line.id}"):
                st.switch_page(EDITOR, query_params={"flow": line.id})
            _more(line)


def strip(lines: Iterable[FlowLine]) -> None:
    """One row of cards to open from, without anything that changes a flow."""
    chosen = list(lines)[:ACROSS]
    for column, line in zip(st.columns(ACROSS), chosen, strict=False):
        with column, st.container(border=True, height="stretch", key=f"shelf-{line.id}", gap="small"):
            st.page_link(EDITOR, label=f"**{looks.plain(line.name)}**", query_params={"flow": line.id}, width="stretch")
            st.html(looks.tight(f"<p>{badges(line)}</p>", facts(line)), width="stretch")


def _more(line: FlowLine) -> None:
    with (
        st.popover(t("flows.more"), icon=":material/more_horiz:", type="tertiary", key=f"more-{line.id}"),
        st.container(gap=None),
    ):
        _asks("rename", line, ":material/edit_note:")
        _asks("copy", line, ":material/content_copy:")
        if st.button(t("flows.versions"), icon=":material/history:", type="tertiary", key=f"versions-{line.id}"):
            st.switch_page("app_pages/publish.py", query_params={"flow": line.id})
        st.download_button(
            t("flows.export"), partial(flows.exported, parts.engine(), line.id), file_name=f"{line.id}.json",
            mime="application/json", icon=":material/download:", type="tertiary", on_click="ignore",
            key=f"export-{line.id}", help=t("flows.export.help"),
        )  # fmt: skip
        if line.archived_at is None:
            st.button(
                t("flows.archive"), icon=":material/archive:", type="tertiary", key=f"archive-{line.id}",
                help=t("flows.archive.help"), on_click=_put_away, args=(line,),
            )  # fmt: skip


def _asks(window: Window, line: FlowLine, icon: str) -> None:
    label, key = t(f"flows.{window}"), f"{window}-{line.id}"
    st.button(label, icon=icon, type="tertiary", key=key, on_click=ask, args=(window, line.id))


def _bring_back(line: FlowLine) -> None:
    st.button(
        t("flows.bring_back"), icon=":material/unarchive:", key=f"back-{line.id}", on_click=_back, args=(line,)
    )  # fmt: skip


def _put_away(line: FlowLine) -> None:
    _do(partial(flows.put_away, parts.engine(), line.id), t("flows.archived.done", name=looks.plain(line.name)))


def _back(line: FlowLine) -> None:
    _do(partial(flows.bring_back, parts.engine(), line.id), t("flows.back.done", name=looks.plain(line.name)))


def _do(deed: partial[None], said: str) -> None:
    try:
        deed()
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
    else:
        st.toast(said, icon=":material/check:")


def templates(found: Iterable[Template]) -> None:
    """What one can begin from, with what each finds out and does; those of the trades that we know first."""
    known = list(_TRADES)
    order = sorted(found, key=lambda each: known.index(each.name) if each.name in known else len(known))
    for first in range(0, len(order), ACROSS):
        for column, template in zip(st.columns(ACROSS), order[first : first + ACROSS], strict=False):
            with column:
                _template(template)


def _template(template: Template) -> None:
    with st.container(border=True, height="stretch", key=f"template-{template.name}", gap="small"):
        st.markdown(f"{_TRADES.get(template.name, ':material/call:')} **{template.title}**")
        st.html(looks.tight(looks.paragraph(for_whom(template)), *_promises(template)), width="stretch")
        st.space("stretch")
        st.button(
            t("template.use"), type="primary", icon=":material/add:", key=f"use-{template.name}", width="stretch",
            on_click=ask, args=("template", template.name),
        )  # fmt: skip


def for_whom(template: Template) -> str:
    """Who it is for, in our words where we have them, else as the template describes itself."""
    return t(f"template.for.{template.name}", otherwise=template.description)


def _promises(template: Template) -> list[str]:
    more = len(template.finds_out) - CHIPS
    chips = [looks.badge(label) for label in template.finds_out[:CHIPS]]
    if more > 0:
        chips.append(looks.dim(t("template.more", count=more)))
    endings = sorted(template.endings, key=lambda code: looks.ORDER.index(looks.tone_of(code)))[:ENDINGS]
    return [
        f'<p class="ll-label">{looks.esc(t("template.finds_out"))}</p>',
        f'<p class="ll-chips">{" ".join(chips)}</p>',
        f'<p class="ll-label">{looks.esc(t("template.ends"))}</p>',
        f'<p class="ll-chips">{" ".join(looks.outcome_badge(code) for code in endings)}</p>',
        looks.paragraph(t("template.after_call", cards=", ".join(template.after_call)), dimmed=True),
        looks.paragraph(t("template.cards", count=template.cards), dimmed=True),
    ]
