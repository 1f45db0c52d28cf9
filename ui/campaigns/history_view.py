"""Every version of a campaign there ever was, with what each changed, in words."""

from __future__ import annotations

import streamlit as st

from ui import looks, moments, parts
from ui.campaigns.list_view import state_badge
from ui.client import EngineTrouble
from ui.resources import campaigns
from ui.resources.campaigns import Campaign, Version
from ui.texts import t


def draw(campaign: Campaign) -> None:
    try:
        found = campaigns.versions(parts.engine(), campaign.id)
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    st.html(looks.page(*(_one(each) for each in found)))


def _one(version: Version) -> str:
    when = moments.day_and_time(version.changed_at, parts.zone())
    title = t("campaign.version", number=version.revision)
    about = looks.dim(looks.esc(t("campaign.version.by", when=when, who=version.changed_by or t("session.somebody"))))
    told = looks.listing(each.sentence for each in version.changes)
    return looks.card(title, told or looks.paragraph(t("campaign.version.first"), dimmed=True),
                      beside=f"{about} {state_badge(version.state)}")  # fmt: skip
