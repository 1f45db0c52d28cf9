"""The beginning: which campaign the people belong to, and the file. Beside it what was imported before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from ui import looks, moments, parts, people
from ui.client import EngineTrouble
from ui.resources import campaigns, lead_imports, lead_sources
from ui.resources.campaigns import CampaignLine
from ui.resources.lead_imports import LeadImport
from ui.texts import t

PLACE: Final = "import-leads"
TONES: Final[dict[str, looks.Tone]] = {
    "uploaded": "info", "running": "info", "done": "good", "cancelled": "calm", "failed": "bad",
}  # fmt: skip


def draw() -> None:
    st.html(looks.head(t("il.title"), lead=t("il.intro")))
    left, right = st.columns([5, 6], gap="large")
    with left:
        _upload()
    with right:
        _before(lead_imports.recent(parts.engine()))


def _upload() -> None:
    since = moments.midnight(parts.now(), parts.zone())
    there = {each.id: each for each in campaigns.everything(parts.engine(), since) if each.state != "archived"}
    with st.container(border=True):
        st.subheader(t("il.upload"), anchor=False)
        if not there:
            st.caption(t("il.no_campaign"))
            st.page_link("app_pages/campaigns.py", label=t("il.make_campaign"), icon=":material/campaign:")
            return
        campaign = st.selectbox(
            t("il.campaign"), list(there), key="il-campaign", format_func=lambda each: there[each].name,
            help=t("il.campaign.help"), index=0 if len(there) == 1 else None, placeholder=t("il.campaign.choose"),
        )  # fmt: skip
        file = st.file_uploader(
            t("il.file"), type=["csv", "txt", "tsv"], key="il-file", help=t("il.file.help"), max_upload_size=50
        )
        st.caption(t("il.file.caption"))
        if file is None or campaign is None:
            return
        if st.button(t("il.look"), type="primary", icon=":material/fact_check:", key="il-look", width="stretch"):
            _take(there[campaign], file.name, file.getvalue())


def _take(campaign: CampaignLine, name: str, content: bytes) -> None:
    engine = parts.engine()
    try:
        source_id = next((each.id for each in campaign.sources if each.kind == "csv"), "")
        if not source_id:
            made = lead_sources.create(engine, "csv", t("il.source.name"), campaign.id, people.current_person())
            source_id = made.id
        with st.spinner(t("il.looking")):
            found = lead_imports.upload(engine, source_id, name, content)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    st.query_params["import"] = found.id
    st.rerun()


def _before(found: Sequence[LeadImport]) -> None:
    st.subheader(t("il.before"), anchor=False)
    if not found:
        st.caption(t("il.before.none"))
        return
    st.html(looks.rows((_row(each) for each in found), "three"))


def _row(each: LeadImport) -> str:
    badge = looks.badge(t(f"il.state.{each.state}"), TONES.get(each.state, "calm"))
    if each.state == "uploaded":
        what = t("il.rows", count=f"{each.rows:,}")
    else:
        what = t("il.row.counts", taken=f"{each.taken:,}", refused=f"{each.refused:,}")
    when = moments.ago(each.started_at or each.uploaded_at, parts.now(), parts.zone())
    who = each.started_by or each.uploaded_by
    return looks.link_row(
        looks.address(PLACE, **{"import": each.id}),
        f"{looks.esc(each.file_name)}<br>{looks.dim(who)}",
        f"{badge} {looks.dim(what)}",
        looks.dim(when),
    )
