"""All flows, and a flow file brought from elsewhere: checked first, saved on request."""

from __future__ import annotations

import json

import streamlit as st

from ui import flow_cards, looks, moments, parts
from ui.client import EngineTrouble
from ui.flow_view import NotAFlow, read_flow
from ui.records import FlowFull, FlowLine
from ui.texts import t


def main() -> None:
    st.html(looks.head(t("flows.title"), lead=t("flows.intro")))
    with parts.troubles():
        lines = parts.engine().flows()
        flows = [parts.engine().flow(line.id) for line in lines]
    if not lines:
        st.caption(t("flows.empty"))
    else:
        st.html(looks.grid((_card(line, flow) for line, flow in zip(lines, flows, strict=True)), three=True))
    st.space("small")
    with st.container(border=True):
        _open_file({line.id: line for line in lines})


def _card(line: FlowLine, flow: FlowFull) -> str:
    by = t("flows.by", name=line.edited_by) if line.edited_by else ""
    when = moments.ago(line.edited_at, parts.now(), parts.zone())
    try:
        about = read_flow(flow.text).description
    except NotAFlow as problem:
        about = str(problem)
    marks = " ".join([*flow_cards.state_badges(line), flow_cards.problem_badge(flow)])
    edited = looks.paragraph(t("flows.edited", when=when, by=by), dimmed=True)
    where = looks.address("flow", flow=line.id)
    return looks.link_card(where, line.name, f"<p>{marks}</p>", looks.paragraph(about), edited)


def _open_file(known: dict[str, FlowLine]) -> None:
    st.subheader(t("flows.upload"), anchor=False)
    st.caption(t("flows.upload.help"))
    file = st.file_uploader(t("flows.upload.file"), type=["json"], label_visibility="collapsed")
    if file is None:
        return
    try:
        text = file.getvalue().decode("utf-8-sig")
        document = json.loads(text)
        flow = read_flow(document)
    except (NotAFlow, ValueError, RecursionError) as problem:
        st.error(t("flows.upload.not_json", why=problem))
        return
    try:
        found = parts.engine().check(document)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    errors = sum(issue.is_error for issue in found.issues)
    if not found.issues:
        st.success(t("flows.upload.fine", name=flow.name))
    else:
        st.warning(t("flows.upload.found", name=flow.name, errors=errors, hints=len(found.issues) - errors))
        st.html(parts.issue_list(found.issues, flow_cards.part_names(flow)))
    there = known.get(flow.id)
    if there is not None:
        st.caption(t("flows.upload.replaces", name=there.name))
    if st.button(t("flows.upload.save"), type="primary", icon=":material/save:"):
        try:
            saved = parts.engine().save_draft(flow.id, text, there.revision if there else 0)
        except EngineTrouble as trouble:
            parts.show_trouble(trouble, retry=False)
            return
        st.toast(t("flows.upload.saved", name=saved.name))
        st.switch_page("app_pages/flow.py", query_params={"flow": saved.id})


main()
