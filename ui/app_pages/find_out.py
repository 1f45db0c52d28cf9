"""Things to find out (`?flow=<id>&show=<slot>`): what is asked, how, and what counts as an answer."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui import looks, parts
from ui.contents import panel, schemas, try_box
from ui.contents.choices_form import choices_form
from ui.contents.new_slot_dialog import new_slot_dialog
from ui.contents.reading import group, ids, lists, name_of, text, texts, things
from ui.contents.shared import context, first_fields, folded_fields, slot_marks
from ui.contents.slot_kinds import copy_of, icon_of, steps_to_add, type_words
from ui.contents.uses import Use, steps_without, uses_of_slot
from ui.flow_session import FlowSession, open_flow
from ui.forms.spot import Context
from ui.records import Json
from ui.resources import rehearsals
from ui.texts import t


def main() -> None:
    session = open_flow()
    st.caption(t("find.intro"))
    panel.problems(session, ("slots",))
    given = context(session)
    slots = things(session.document, "slots")
    items = [panel.Item(text(each, "id"), name_of(each), icon_of(text(each, "type")), _note(each)) for each in slots]
    open_id = panel.shown(items)
    side, middle, right = st.columns([1.1, 2.3, 1.4], gap="large")
    with side:
        if st.button(
            t("find.add"), icon=":material/add:", type="primary", key="add-slot", disabled=session.read_only,
            width="stretch",
        ):  # fmt: skip
            new_slot_dialog(session)
        panel.side_list(session, "slots", items, open_id)
    slot = next((each for each in slots if each["id"] == open_id), None)
    if slot is None:
        with middle:
            st.info(t("find.none"))
        return
    uses = uses_of_slot(session.document, open_id, slot_marks(given))
    with middle:
        _slot(session, slot, given, uses)
    with right:
        _try_it(session, slot)
        panel.used_where(uses)


def _note(slot: Mapping[str, Json]) -> str:
    need = t(f"choice.need_{text(slot, 'need') or 'must'}", otherwise="")
    return f"{type_words(text(slot, 'type'))} · {need}" if need else type_words(text(slot, "type"))


def _slot(session: FlowSession, slot: dict[str, Json], given: Context, uses: list[Use]) -> None:
    id = text(slot, "id")
    path = ("slots", id)
    head, buttons = st.columns([3, 2], vertical_alignment="center")
    with head:
        st.html(looks.page(f'<h2 class="ll-h2">{looks.esc(name_of(slot))}</h2>'))
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="xxsmall"):
        panel.order_buttons(session, path, ids(session.document, "slots"))
        st.button(
            "", icon=":material/content_copy:", key=f"copy/{session.flow_id}/{id}", type="tertiary",
            help=t("panel.copy"), disabled=session.read_only, on_click=_copy, args=(session, slot),
        )  # fmt: skip
        panel.remove_button(session, path, uses, lambda: _remove(session, slot, uses))
    schema = schemas.slot(session.document, slot)
    first_fields(session, path, schema, given)
    if text(slot, "type") == "choice":
        choices_form(session, slot, given)
    folded_fields(session, path, schema, given)
    if lists(session.document):
        st.page_link(
            "app_pages/business.py", label=t("find.lists"), icon=":material/list:",
            query_params={"flow": session.flow_id},
        )  # fmt: skip


def _copy(session: FlowSession, slot: dict[str, Json]) -> None:
    new = copy_of(session.document, slot)
    words = t("find.copied", label=name_of(slot))
    session.edit(words, *steps_to_add(session.document, new, behind=text(slot, "id")))
    panel.show(text(new, "id"))


def _remove(session: FlowSession, slot: dict[str, Json], uses: list[Use]) -> None:
    words = t("find.removed", label=name_of(slot))
    session.edit(words, *steps_without(session.document, ("slots", text(slot, "id")), uses))


def _try_it(session: FlowSession, slot: dict[str, Json]) -> None:
    with st.container(border=True):
        st.markdown(f"**{t('tryout.title')}**")
        ask = next(iter(texts(slot, "ask")), "")
        if ask:
            st.caption(t("tryout.agent_asks", ask=ask))
        id = text(slot, "id")
        typed = try_box.sentence(
            f"try/{session.flow_id}/{id}", t("tryout.caller_says"), t("tryout.caller_says.example")
        )
        if not typed:
            st.caption(t("tryout.about"))
            return
        heard = try_box.asked(lambda: rehearsals.understand(parts.engine(), session.flow_id, id, typed))
        if heard is not None:
            listed = text(group(slot, "check"), "in_list")
            try_box.understood(heard, listed.replace("_", " "))


main()
