"""One flow (`?flow=<id>`): what it finds out, says and does, its problems and versions; publishing."""

from __future__ import annotations

import streamlit as st

from ui import flow_cards, looks, moments, parts
from ui.client import EngineTrouble
from ui.flow_view import Flow, NotAFlow, read_flow
from ui.records import FlowFull
from ui.texts import t


def main() -> None:
    st.page_link("app_pages/flows.py", label=t("back.flows"), icon=":material/arrow_back:")
    flow_id = st.query_params.get("flow")
    if not flow_id:
        st.info(t("flow.none"))
        return
    with parts.troubles():
        full = parts.engine().flow(flow_id)
        types = {each.type: each for each in parts.engine().card_types().nodes}
    try:
        flow = read_flow(full.text)
    except NotAFlow as problem:
        st.error(t("flows.upload.not_json", why=problem))
        return
    _head(full, flow)
    problems = f"{t('flow.tab.problems')} ({len(full.issues)})" if full.issues else t("flow.tab.problems")
    find, cards, criteria, knowledge, reflexes, issues, versions = st.tabs(
        [
            t("flow.tab.find"),
            t("flow.tab.cards"),
            t("flow.tab.criteria"),
            t("flow.tab.knowledge"),
            t("flow.tab.reflexes"),
            problems,
            t("flow.tab.versions"),
        ]
    )
    with find:
        st.caption(t("flow.slots.intro"))
        _grid([flow_cards.slot(slot) for slot in flow.slots])
    with cards:
        st.caption(t("flow.cards.intro"))
        _grid([flow_cards.card(card, flow, types) for card in flow.call_cards()])
        if lane := flow.lane_cards():
            st.subheader(t("flow.cards.lane"), anchor=False)
            _grid([flow_cards.card(card, flow, types) for card in lane])
    with criteria:
        st.caption(t("flow.criteria.intro") if flow.criteria else t("flow.criteria.none"))
        _grid([flow_cards.criterion(each, flow) for each in flow.criteria])
    with knowledge:
        _knowledge(flow)
    with reflexes:
        st.caption(t("flow.reflexes.intro"))
        _grid([flow_cards.reflex(each, flow) for each in flow.reflexes])
    with issues:
        if full.issues:
            st.html(parts.issue_list(full.issues, flow_cards.part_names(flow)))
        else:
            st.success(t("flow.problems.none"))
    with versions:
        _versions(full)


def _head(full: FlowFull, flow: Flow) -> None:
    title, actions = st.columns([4, 2], vertical_alignment="center")
    with title:
        st.html(looks.head(flow.name or full.name, *flow_cards.state_badges(full), lead=flow.description))
        st.caption(t("flow.speaks_for", assistant=flow.assistant.name, seller=flow.seller.say_as))
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        st.download_button(
            t("flow.download"), full.text, file_name=f"{full.id}.json", mime="application/json",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        with st.popover(t("flow.publish"), icon=":material/publish:"):
            _publish(full)


def _publish(full: FlowFull) -> None:
    if any(issue.is_error for issue in full.issues):
        st.error(t("flow.publish.blocked"))
        return
    if full.versions and full.edited_at <= full.versions[0].published_at:
        st.write(t("flow.publish.nothing"))
        return
    st.caption(t("flow.publish.calls"))
    note = st.text_input(t("flow.publish.note"), max_chars=200)
    if st.button(t("flow.publish.do"), type="primary"):
        try:
            version = parts.engine().publish(full.id, full.revision, note)
        except EngineTrouble as trouble:
            parts.show_trouble(trouble, retry=False)
            return
        st.toast(t("flow.published", version=version.version))
        st.rerun()


def _grid(cards: list[str]) -> None:
    if cards:
        st.html(looks.grid(cards))


def _knowledge(flow: Flow) -> None:
    if not flow.knowledge:
        st.caption(t("flow.knowledge.none"))
        return
    st.caption(t("flow.knowledge.intro"))
    words = st.text_input(
        t("flow.knowledge.search"), label_visibility="collapsed", placeholder=t("flow.knowledge.search"),
        icon=":material/search:",
    )  # fmt: skip
    found = [each for each in flow.knowledge if flow_cards.fits(each, words or "")]
    if not found:
        st.caption(t("flow.knowledge.nothing", words=words))
    _grid([flow_cards.knowledge(each) for each in found])


def _versions(full: FlowFull) -> None:
    if not full.versions:
        st.caption(t("flow.versions.none"))
    rows = []
    for each in full.versions:
        when = moments.day_and_time(each.published_at, parts.zone())
        by = t("flow.version.by", when=when, name=each.published_by) if each.published_by else when
        title = t("flow.version", version=each.version)
        rows.append(looks.card(title, looks.paragraph(each.note or "–"), beside=looks.dim(by)))
    st.html(looks.page(*rows))


main()
