"""Knowledge (`?flow=<id>&show=<entry>`): what the agent may state: questions, prices, objections."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui import looks, parts
from ui.contents import panel, schemas, try_box
from ui.contents.knowledge_table import amounts, as_csv
from ui.contents.reading import choices, group, ids, name_of, new_id, text, texts, thing, things
from ui.contents.shared import context, form
from ui.contents.table_dialog import table_dialog
from ui.flow_session import FlowSession, open_flow
from ui.forms.binding import insert, remove
from ui.forms.spot import Context
from ui.records import Json, Scalar
from ui.resources import rehearsals
from ui.texts import t

ALL = ""


def main() -> None:
    session = open_flow()
    st.caption(t("knowledge.intro"))
    panel.problems(session, ("knowledge",))
    given = context(session)
    entries = things(session.document, "knowledge")
    _above(session)
    side, middle, right = st.columns([1.3, 2.1, 1.4], gap="large")
    with side:
        found = _searched(session, entries)
        items = [panel.Item(text(each, "id"), text(each, "question") or t("knowledge.unnamed")) for each in found]
        open_id = panel.shown(items)
        if entries and not items:
            st.caption(t("knowledge.nothing"))
        _by_topic(session, found, items, open_id)
    entry = thing(session.document, "knowledge", open_id)
    with middle:
        if entry is None:
            st.info(t("knowledge.none") if not entries else t("knowledge.nothing"))
        else:
            _entry(session, entry, given)
    with right:
        _ask(session)


def _above(session: FlowSession) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            t("knowledge.add"), icon=":material/add:", type="primary", key="add-entry", disabled=session.read_only,
            on_click=_add, args=(session,),
        )  # fmt: skip
        if st.button(t("knowledge.import"), icon=":material/upload:", key="import-entries", disabled=session.read_only):
            table_dialog(session)
        st.download_button(
            t("knowledge.export"), as_csv(session.document), file_name=f"{session.flow_id}-knowledge.csv",
            mime="text/csv", icon=":material/download:", on_click="ignore", key="export-entries",
        )  # fmt: skip


def _add(session: FlowSession) -> None:
    question = t("knowledge.new")
    new: dict[str, Json] = {
        "id": new_id(question, ids(session.document, "knowledge"), "entry"), "question": "", "aliases": [], "say": "",
    }  # fmt: skip
    st.session_state.pop(_search_key(session), None)
    session.edit(t("knowledge.added"), insert(("knowledge",), new))
    panel.show(text(new, "id"))


def _search_key(session: FlowSession) -> str:
    return f"search/{session.flow_id}/knowledge"


def _searched(session: FlowSession, entries: list[dict[str, Json]]) -> list[dict[str, Json]]:
    words = st.text_input(
        t("knowledge.search"), key=_search_key(session), placeholder=t("knowledge.search"), icon=":material/search:",
        label_visibility="collapsed",
    )  # fmt: skip
    wanted = (words or "").casefold().split()

    def fits(entry: Mapping[str, Json]) -> bool:
        whole = [text(entry, "question"), text(entry, "say"), text(entry, "topic"), *texts(entry, "aliases")]
        joined = " ".join(whole).casefold()
        return all(word in joined for word in wanted)

    return [entry for entry in entries if fits(entry)]


def _by_topic(session: FlowSession, entries: list[dict[str, Json]], items: list[panel.Item], open_id: str) -> None:
    """The list under the names of its topics, in the order in which they first come."""
    topics = list(dict.fromkeys(text(each, "topic") for each in entries))
    if len(topics) < 2:
        panel.side_list(session, "knowledge", items, open_id)
        return
    of = {text(each, "id"): text(each, "topic") for each in entries}
    for topic in sorted(topics, key=lambda each: each == ""):
        st.caption(topic.capitalize() if topic else t("knowledge.no_topic"))
        inside = [each for each in items if of[each.id] == topic]
        panel.side_list(session, "knowledge", inside, open_id, part=topic or "-")


def _entry(session: FlowSession, entry: dict[str, Json], given: Context) -> None:
    path = ("knowledge", text(entry, "id"))
    head, buttons = st.columns([3, 2], vertical_alignment="center")
    with head:
        st.html(looks.page(f'<h2 class="ll-h2">{looks.esc(text(entry, "question") or t("knowledge.unnamed"))}</h2>'))
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="xxsmall"):
        panel.order_buttons(session, path, ids(session.document, "knowledge"))
        words = t("knowledge.removed", question=text(entry, "question"))
        panel.remove_button(session, path, (), lambda: session.edit(words, remove(path)))
    form(session, path, schemas.knowledge(session.document), given)
    _amounts(session, entry)


def _amounts(session: FlowSession, entry: Mapping[str, Json]) -> None:
    """Prices that the answer names and that may not be said yet: one click allows them."""
    allowed = [each for each in _listed(entry.get("money")) if isinstance(each, int | float)]
    missing = [each for each in amounts(text(entry, "say")) if each not in allowed]
    if not missing:
        return
    path = ("knowledge", text(entry, "id"), "money")
    words = t("knowledge.allow", amounts=", ".join(f"{each:,g}" for each in missing))
    new: list[Json] = [*allowed, *missing]
    st.button(
        words, icon=":material/payments:", key=f"allow/{session.flow_id}/{path[1]}", disabled=session.read_only,
        on_click=lambda: session.put(path, new),
    )  # fmt: skip


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _ask(session: FlowSession) -> None:
    with st.container(border=True):
        st.markdown(f"**{t('knowledge.try')}**")
        typed = try_box.sentence(f"ask/{session.flow_id}", t("tryout.caller_says"), t("knowledge.try.example"))
        known = _known(session)
        if not typed:
            st.caption(t("knowledge.try.about"))
            return
        found = try_box.asked(lambda: rehearsals.answer(parts.engine(), session.flow_id, typed, known))
        if found is not None:
            try_box.answered(found)


def _known(session: FlowSession) -> dict[str, Scalar]:
    """What the caller has said already, of the things that answers go by."""
    named = dict.fromkeys(slot for each in things(session.document, "knowledge") for slot in group(each, "about"))
    known: dict[str, Scalar] = {}
    for id in named:
        slot = thing(session.document, "slots", id)
        labels = choices(slot) if slot is not None else {}
        if slot is None or not labels:
            continue
        value = st.selectbox(
            t("knowledge.try.known", label=name_of(slot)), [ALL, *labels], key=f"known/{session.flow_id}/{id}",
            format_func=lambda each, labels=labels: labels.get(each, t("knowledge.try.unknown")),
        )  # fmt: skip
        if value:
            known[id] = value
    return known


main()
