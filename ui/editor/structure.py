"""A card's place in the flow, by plain widgets: what follows it, what begins with it, and taking it away."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from ui import outline_edits
from ui.editor.chosen import Chosen, choose
from ui.flow_session import FlowSession
from ui.outline import Outline, Row, strings
from ui.records import CardType
from ui.resources.drafts import Step
from ui.texts import t

Types = Mapping[str, CardType]


def draw(session: FlowSession, outline: Outline, row: Row, types: Types) -> None:
    _begins(session, row)
    if session.read_only:
        return
    # Folds and no pop-overs: the keyboard goes on into what it opens.
    key = f"{session.flow_id}-{row.id}-{len(outline.rows)}"
    exits = {way.exit: way.label for way in row.ways}
    if exits:
        with st.expander(t("add.after"), icon=":material/add:", key=f"fold-after-{key}"):
            _add_after(session, outline, row, types, exits)
    st.button(
        t("card.duplicate"), icon=":material/content_copy:", key=f"twin-{key}", help=t("card.duplicate.help"),
        on_click=partial(_duplicate, session, row),
    )  # fmt: skip
    with st.expander(t("card.remove"), icon=":material/delete:", key=f"fold-gone-{key}"):
        _remove(session, outline, row)


def add_card(session: FlowSession, types: Types, key: str, after: Row | None = None, exit: str = "") -> None:
    """The form of a new card. `after`: it follows that card's exit; without, nothing leads to it yet."""
    offered = [each for each in types.values() if after is None or _fits(after, each)]
    names = {each.type: t("add.kind", title=each.title, help=each.help) for each in offered}
    kind = st.selectbox(t("add.what"), list(names), key=f"add-kind-{key}", index=None, format_func=names.__getitem__)
    st.text_input(t("add.name"), key=f"add-name-{key}", placeholder=types[kind].title if kind else "")
    st.button(
        t("add.do"), key=f"add-do-{key}", type="primary", disabled=kind is None,
        on_click=partial(_add, session, types, key, after, exit),
    )  # fmt: skip


def _add(session: FlowSession, types: Types, key: str, after: Row | None, exit: str) -> None:
    kind = types.get(str(st.session_state.get(f"add-kind-{key}")))
    if kind is None:
        return
    card = outline_edits.new_card(session.document, kind, str(st.session_state.get(f"add-name-{key}") or ""))
    if after is not None:
        steps = outline_edits.add_after(after, exit, card)
    else:
        steps = outline_edits.add_alone(card, after_call=kind.kind == "after_call")
    session.edit(t("edit.card_added", name=card["name"]), *steps)
    choose(session, Chosen("card", str(card["id"])))


def _fits(row: Row, kind: CardType) -> bool:
    return (row.view.kind == "after_call") == (kind.kind == "after_call")


def _add_after(session: FlowSession, outline: Outline, row: Row, types: Types, exits: Mapping[str, str]) -> None:
    key = f"{session.flow_id}-{row.id}-{len(outline.rows)}"
    exit = next(iter(exits))
    if len(exits) > 1:
        picked = st.selectbox(t("add.exit"), list(exits), key=f"add-exit-{key}", format_func=exits.__getitem__)
        exit = picked or exit
    plain = next((way for way in row.ways if way.exit == exit and way.kind == "otherwise" and way.to), None)
    if plain is not None:
        st.caption(t("add.between", before=row.name, behind=outline.called(plain.to)))
    add_card(session, types, key, row, exit)


def _duplicate(session: FlowSession, row: Row) -> None:
    twin = outline_edits.copy_of(session.document, row.id, t("card.duplicate.name", name=row.name))
    session.edit(t("edit.card_added", name=twin["name"]), *outline_edits.add_alone(twin, after_call=False))
    choose(session, Chosen("card", str(twin["id"])))


def _remove(session: FlowSession, outline: Outline, row: Row) -> None:
    coming = outline.coming(row.id)
    key = f"{session.flow_id}-{row.id}"
    onward = outline_edits.passes_on(row)
    st.write(t("card.remove.ask", name=row.name))
    if coming and onward:
        st.button(
            t("card.remove.close", target=outline.called(onward)), key=f"close-{key}", type="primary", width="stretch",
            on_click=partial(_gone, session, row, outline_edits.remove_and_close(outline, row)),
        )  # fmt: skip
    st.button(
        t("card.remove.only", count=len(coming)) if coming else t("card.remove.do"), key=f"gone-{key}", width="stretch",
        on_click=partial(_gone, session, row, outline_edits.remove(row)),
    )  # fmt: skip


def _gone(session: FlowSession, row: Row, steps: tuple[Step, ...]) -> None:
    session.edit(t("edit.removed", what=t("part.named", part=t("part.nodes"), name=row.name)), *steps)
    choose(session, None)


def _begins(session: FlowSession, row: Row) -> None:
    """What begins with this card."""
    if row.view.kind == "after_call":
        begins = row.id in strings(session.document.get("after_call"))
        _tick(session, t("card.begins_lane"), begins, f"lane-{session.flow_id}-{row.id}",
              partial(_begin_lane, session, row))  # fmt: skip
        return
    _tick(session, t("card.begins"), row.start, f"start-{session.flow_id}-{row.id}",
          partial(_begin, session, row, False), locked=row.start)  # fmt: skip
    _tick(session, t("card.begins_inbound"), row.start_inbound, f"inbound-{session.flow_id}-{row.id}",
          partial(_begin, session, row, True))  # fmt: skip


def _tick(session: FlowSession, words: str, on: bool, key: str, then: partial[None], *, locked: bool = False) -> None:
    if st.session_state.get(key) != on:
        st.session_state[key] = on
    st.checkbox(words, key=key, disabled=locked or session.read_only, on_change=then, args=(key,))


def _begin(session: FlowSession, row: Row, inbound: bool, key: str) -> None:
    on = bool(st.session_state.get(key))
    steps = outline_edits.begin_with(session.document, row, inbound=inbound, on=on)
    if steps and on != (row.start_inbound if inbound else row.start):  # callbacks may come without a change
        session.edit(t("edit.begins_inbound" if inbound else "edit.begins", name=row.name), *steps)


def _begin_lane(session: FlowSession, row: Row, key: str) -> None:
    steps = outline_edits.begin_lane(session.document, row, on=bool(st.session_state.get(key)))
    if steps:
        session.edit(t("edit.begins_lane", name=row.name), *steps)
