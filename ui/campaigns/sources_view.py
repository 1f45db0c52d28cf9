"""The lead sources of a campaign: the address to paste, what came through it, its settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from ui import looks, moments, parts, people
from ui.campaigns import meta_actions, source_form
from ui.client import EngineTrouble
from ui.resources import lead_sources
from ui.resources.campaigns import Campaign
from ui.resources.lead_sources import Figures, Kind, Source
from ui.texts import t

_OPEN = "source-open"
_TROUBLE = "source-trouble"
ICONS = {
    "website": ":material/web:", "google": ":material/ads_click:", "meta": ":material/thumb_up:",
    "json": ":material/data_object:", "csv": ":material/table:",
}  # fmt: skip


def draw(campaign: Campaign) -> None:
    try:
        engine = parts.engine()
        kinds = {each.kind: each for each in lead_sources.kinds(engine)}
        found = lead_sources.of_campaign(engine, campaign.id)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    if sentence := st.session_state.pop(_TROUBLE, ""):
        st.error(sentence, icon=":material/error:")
    if not found:
        st.caption(t("sources.none"))
    for source in found:
        _card(source, kinds.get(source.kind))
    if campaign.state != "archived" and people.may("editor"):
        _add(campaign, kinds)


def _add(campaign: Campaign, kinds: Mapping[str, Kind]) -> None:
    st.html(looks.section(t("sources.add")))
    with st.container(horizontal=True, key="sources-add"):
        for each in kinds.values():
            if each.by_address:
                st.button(
                    each.title, icon=ICONS.get(each.kind), key=f"add-{each.kind}", on_click=_create,
                    args=(campaign, each), help=t("sources.add.help", summary=each.summary),
                )  # fmt: skip


def _create(campaign: Campaign, kind: Kind) -> None:
    try:
        made = lead_sources.create(parts.engine(), kind.kind, kind.title, campaign.id, people.current_person())
    except EngineTrouble as trouble:
        st.session_state[_TROUBLE] = trouble.sentence
        return
    st.session_state[_OPEN] = made.id
    st.toast(t("sources.added", name=kind.title))


def _card(source: Source, kind: Kind | None) -> None:
    with st.container(border=True, key=f"source-{source.id}"):
        name, act = st.columns([3, 2], vertical_alignment="center")
        mark = looks.badge(t(f"sources.state.{source.state}"), "good" if source.state == "on" else "warm")
        title = looks.badge(kind.title if kind else source.kind)
        name.html(looks.page(f'<h3 class="ll-h3">{looks.esc(source.name)} {title} {mark}</h3>'))
        with act, st.container(horizontal=True, horizontal_alignment="right"):
            _switch(source)
            is_open = st.session_state.get(_OPEN) == source.id
            st.button(
                t("sources.close" if is_open else "sources.settings"), key=f"source-settings-{source.id}",
                icon=":material/expand_less:" if is_open else ":material/tune:", on_click=_toggle, args=(source.id,),
            )  # fmt: skip
        if source.address:
            st.caption(t("sources.address"))
            st.code(source.address, language=None, wrap_lines=True)
            for old in source.old_addresses:
                until = moments.day_and_time(old.until, parts.zone())
                st.caption(t("sources.old_address", end=old.address[-6:], until=until))
        st.html(looks.page(_figures(source.figures)))
        _last(source.figures)
        if source.kind == "meta":
            meta_actions.waiting(source)
        if is_open and kind is not None:
            source_form.draw(source, kind)
            if source.kind == "meta":
                meta_actions.actions(source)
            _ends(source)


def _switch(source: Source) -> None:
    if source.state == "on":
        st.button(
            t("sources.off"), icon=":material/pause:", key=f"source-off-{source.id}", on_click=_set,
            args=(source, "off"), disabled=not people.may("editor"),
        )  # fmt: skip
        return
    wrong = [each for each in source.issues if each.level == "error"]
    st.button(
        t("sources.on"), icon=":material/play_arrow:", key=f"source-on-{source.id}", on_click=_set,
        args=(source, "on"), disabled=bool(wrong) or not people.may("publisher"),
        help=wrong[0].sentence if wrong else None,
    )  # fmt: skip


def _set(source: Source, state: str) -> None:
    try:
        lead_sources.save(
            parts.engine(), source, name=source.name, state=state, document=source.document, by=people.current_person()
        )
    except EngineTrouble as trouble:
        st.session_state[_TROUBLE] = trouble.sentence


def _toggle(source_id: str) -> None:
    if st.session_state.get(_OPEN) == source_id:
        st.session_state.pop(_OPEN)
    else:
        st.session_state[_OPEN] = source_id


def _figures(found: Figures) -> str:
    told = {"received": found.received, "unusable": found.unusable, "refused": found.refused}
    if found.test:
        told["test"] = found.test
    each = (
        f"<span><b>{count}</b><small>{looks.esc(t(f'sources.figure.{name}'))}</small></span>"
        for name, count in told.items()
    )
    when = moments.ago(found.last_at, parts.now(), parts.zone()) if found.last_at else t("sources.never")
    last = f"<span><b>{looks.esc(when)}</b><small>{looks.esc(t('sources.figure.last'))}</small></span>"
    return f'<div class="ll-figures">{"".join(each)}{last}</div>'


def _last(found: Figures) -> None:
    """What went wrong last: with leads that were kept, and with what was refused."""
    lines = []
    if found.last_problem and found.last_problem_at:
        when = moments.ago(found.last_problem_at, parts.now(), parts.zone())
        lines.append(looks.field_problem(t("sources.last_problem", when=when, problem=found.last_problem), "", False))
    for each in found.refusals[:3]:
        when = moments.ago(each.last_at, parts.now(), parts.zone())
        sentence = t("sources.refused", times=each.times, sentence=each.sentence, when=when)
        lines.append(looks.field_problem(sentence, "", False))
    if lines:
        st.html(looks.page(*lines))


def _ends(source: Source) -> None:
    """A new address, and removing it."""
    if not people.may("publisher"):
        return
    with st.container(horizontal=True):
        if source.address:
            with st.popover(t("sources.move"), icon=":material/key:", key=f"source-move-{source.id}"):
                st.write(t("sources.move.help"))
                st.button(
                    t("sources.move.week"), key=f"source-move-week-{source.id}", type="primary",
                    on_click=partial(_move, source, at_once=False),
                )  # fmt: skip
                st.button(
                    t("sources.move.now"), key=f"source-move-now-{source.id}",
                    on_click=partial(_move, source, at_once=True),
                )  # fmt: skip
        with st.popover(t("sources.remove"), icon=":material/delete:", key=f"source-gone-{source.id}"):
            st.write(t("sources.remove.help"))
            st.button(
                t("sources.remove.do"), key=f"source-remove-{source.id}", type="primary", on_click=_remove,
                args=(source,), disabled=source.figures.received > 0,
            )  # fmt: skip


def _move(source: Source, *, at_once: bool) -> None:
    try:
        lead_sources.move(parts.engine(), source.id, at_once=at_once, by=people.current_person())
    except EngineTrouble as trouble:
        st.session_state[_TROUBLE] = trouble.sentence
        return
    st.toast(t("sources.moved"))


def _remove(source: Source) -> None:
    try:
        lead_sources.remove(parts.engine(), source.id)
    except EngineTrouble as trouble:
        st.session_state[_TROUBLE] = trouble.sentence
