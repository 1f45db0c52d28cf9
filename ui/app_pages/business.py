"""Business (`?flow=<id>`): in whose name is called, and the lists that answers are held against."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import streamlit as st

from ui import looks
from ui.contents import panel, schemas
from ui.contents.list_editor import list_editor, new_list
from ui.contents.reading import group, lists, text, things
from ui.contents.shared import context, form
from ui.flow_session import FlowSession, open_flow
from ui.forms.fields import fields_of
from ui.forms.form import draw_field
from ui.forms.shapes import Hours, Window
from ui.forms.spot import Context, Spot
from ui.part_names import name_of
from ui.texts import t


def main() -> None:
    session = open_flow()
    st.caption(t("business.intro"))
    panel.problems(session, ("lists",), fields=("seller",))
    given = context(session)
    left, right = st.columns([1, 1.2], gap="large")
    with left:
        st.subheader(t("business.seller"), anchor=False)
        form(session, ("seller",), schemas.seller(), given)
        zone = text(group(session.document, "seller"), "zone")
        form(session, ("seller",), schemas.zone(zone, _zones()), given)
        _hours(session, given)
        st.page_link(
            "app_pages/voice.py", label=t("business.never_say"), icon=":material/voice_over_off:",
            query_params={"flow": session.flow_id},
        )  # fmt: skip
    with right:
        st.subheader(t("business.lists"), anchor=False)
        st.caption(t("business.lists.help"))
        for name in lists(session.document):
            list_editor(session, name, given)
        if not lists(session.document):
            st.info(t("business.lists.none"))
        new_list(session)


@cache
def _zones() -> tuple[str, ...]:
    return tuple(each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "SystemV/")))


def _hours(session: FlowSession, given: Context) -> None:
    """Hours that cards of this flow keep, such as when colleagues take calls."""
    found = [
        (card, field)
        for card in things(session.document, "nodes")
        if (type_ := given.types.get(text(card, "type"))) is not None
        for field in fields_of(type_.settings)
        if isinstance(field.shape, Hours | Window)
    ]
    if not found:
        return
    st.subheader(t("business.hours"), anchor=False)
    for card, field in found:
        st.html(looks.page(looks.dim(t("business.hours.of", card=name_of(card)))))
        draw_field(Spot(session, ("nodes", text(card, "id"), "settings"), "", given), field)


main()
