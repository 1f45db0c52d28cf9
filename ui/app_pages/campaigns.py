"""Campaigns: how leads are treated. All of them, or one (`?campaign=<id>`) with its sections and lead sources."""

from __future__ import annotations

import streamlit as st

from ui import moments, parts
from ui.campaigns import list_view, one_view
from ui.resources import campaigns, flows


def main() -> None:
    engine = parts.engine()
    since = moments.midnight(parts.now(), parts.zone())
    with parts.troubles():
        names = {each.id: each.name for each in flows.shelf(engine) if each.archived_at is None}
        chosen = st.query_params.get("campaign")
        if chosen:
            one_view.draw(campaigns.one(engine, chosen, since), names, campaigns.choices(engine))
        else:
            list_view.draw(campaigns.everything(engine, since), names)


main()
