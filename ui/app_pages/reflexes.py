"""Reflexes (`?flow=<id>&show=<reflex>`): what the agent does at any moment, whatever it was asking."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui import looks, parts
from ui.client import EngineTrouble
from ui.contents import panel, schemas, try_box
from ui.contents.new_reflex_dialog import new_reflex_dialog
from ui.contents.reading import text, thing, things
from ui.contents.reflex_words import summary
from ui.contents.shared import context, form, words_of_the_engine
from ui.flow_session import FlowSession, open_flow
from ui.forms.binding import remove
from ui.forms.spot import Context
from ui.records import Json
from ui.resources import rehearsals
from ui.resources.vocabulary import Behaviour, Vocabulary
from ui.sentences import lowered
from ui.texts import t

MOST_EXAMPLES = 4


def main() -> None:
    session = open_flow()
    st.caption(t("reflexes.intro"))
    panel.problems(session, ("reflexes",))
    given = context(session)
    try:
        known = words_of_the_engine()
    except EngineTrouble:
        known = Vocabulary()
    reflexes = things(session.document, "reflexes")
    required = {each.trigger for each in known.behaviours if each.required}
    items = [_item(each, required) for each in reflexes]
    open_id = panel.shown(items)
    side, middle, right = st.columns([1.2, 2.2, 1.4], gap="large")
    with side:
        if st.button(
            t("reflexes.add"), icon=":material/add:", type="primary", key="add-reflex", width="stretch",
            disabled=session.read_only,
        ):  # fmt: skip
            new_reflex_dialog(session, known)
        fixed = {text(each, "id") for each in reflexes if text(each, "trigger") in required}
        if fixed:
            st.caption(t("reflexes.always"))
            panel.side_list(session, "reflexes", [each for each in items if each.id in fixed], open_id, part="fixed")
            st.caption(t("reflexes.yours"))
        panel.side_list(session, "reflexes", [each for each in items if each.id not in fixed], open_id)
    reflex = thing(session.document, "reflexes", open_id)
    with middle:
        if reflex is None:
            st.info(t("reflexes.none"))
        else:
            _reflex(session, reflex, given, known)
    with right:
        _try_it(session, open_id)


def _item(reflex: Mapping[str, Json], required: set[str]) -> panel.Item:
    trigger = text(reflex, "trigger")
    icon = ":material/lock:" if trigger in required else ":material/bolt:"
    return panel.Item(text(reflex, "id"), text(reflex, "label"), icon, t(f"trigger.{trigger}", otherwise=trigger))


def _reflex(session: FlowSession, reflex: dict[str, Json], given: Context, known: Vocabulary) -> None:
    trigger = text(reflex, "trigger")
    behaviour = known.behaviour(trigger)
    path = ("reflexes", text(reflex, "id"))
    head, buttons = st.columns([4, 1], vertical_alignment="center")
    with head:
        st.html(looks.page(f'<h2 class="ll-h2">{looks.esc(text(reflex, "label"))}</h2>'))
    # One of two that answer the same behaviour can go; the last of a required kind cannot.
    alone = sum(text(each, "trigger") == trigger for each in things(session.document, "reflexes")) == 1
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        if not (behaviour.required and alone):
            words = t("reflexes.removed", label=text(reflex, "label"))
            panel.remove_button(session, path, (), lambda: session.edit(words, remove(path)))
    if behaviour.required:
        st.info(t("reflexes.required"), icon=":material/lock:")
    _trigger(trigger, behaviour)
    st.html(looks.rule_sentence(summary(session.document, reflex)))
    form(session, path, schemas.reflex(trigger, reflex), given)


def _trigger(trigger: str, behaviour: Behaviour) -> None:
    """What sets it off, in plain words, with sentences on both sides of the line."""
    lines = [looks.paragraph(t(f"trigger.{trigger}.about", otherwise=""))]
    if behaviour.examples:
        quoted = [f"“{each.rstrip('.')}”" for each in behaviour.examples[:MOST_EXAMPLES]]
        lines.append(looks.paragraph(t("reflexes.noticed", examples=", ".join(quoted)), dimmed=True))
    if behaviour.not_examples:
        quoted = [f"“{each.rstrip('.')}”" for each in behaviour.not_examples[:MOST_EXAMPLES]]
        lines.append(looks.paragraph(t("reflexes.not_noticed", examples=", ".join(quoted)), dimmed=True))
    st.html(
        looks.page(looks.card(t("reflexes.when", trigger=lowered(t(f"trigger.{trigger}", otherwise=trigger))), *lines))
    )


def _try_it(session: FlowSession, open_id: str) -> None:
    with st.container(border=True):
        st.markdown(f"**{t('tryout.title')}**")
        key = f"notice/{session.flow_id}"
        typed = try_box.sentence(key, t("tryout.caller_says"), t("reflexes.try.example"))
        if not typed:
            st.caption(t("reflexes.try.about"))
            return
        found = try_box.asked(lambda: rehearsals.notice(parts.engine(), session.flow_id, typed))
        if found is not None:
            try_box.noticed(found, open_id)
            acting = next((each for each in found if each.answers), None)
            if acting is not None and acting.reflex != open_id:
                st.button(
                    t("panel.goto", name=acting.label), key=f"{key}/goto", icon=":material/arrow_forward:",
                    type="tertiary", on_click=panel.show, args=(acting.reflex,),
                )  # fmt: skip


main()
