"""Publishing a flow (`?flow=<id>`), its versions, and what differs between them."""

from __future__ import annotations

import streamlit as st

from ui import parts, publish_view, versions_view
from ui.flow_session import open_flow
from ui.resources import versions
from ui.texts import t

VIEWS = ("publish", "versions", "compare")


def main() -> None:
    session = open_flow()
    with parts.troubles():
        found = versions.versions(parts.engine(), session.flow_id)
    st.session_state.setdefault(versions_view.VIEW, VIEWS[0])
    view = st.segmented_control(
        t("publish.view"), VIEWS, key=versions_view.VIEW, label_visibility="collapsed", required=True,
        format_func=lambda each: t(f"publish.view.{each}", count=len(found)),
    )  # fmt: skip
    if view == "versions":
        versions_view.draw(session, found)
    elif view == "compare":
        versions_view.compare(session, found)
    else:
        with parts.troubles():
            new = versions.unpublished(parts.engine(), session.flow_id)
        publish_view.draw(session, new)


main()
