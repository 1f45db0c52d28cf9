"""Everything about one card: its name, its settings, where it leads, and a note for colleagues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from ui import looks
from ui.forms.binding import Draft, at, insert, issues_at
from ui.forms.edge_form import edge_form, edge_words
from ui.forms.form import schema_form
from ui.forms.frame import framed, plain, problems
from ui.forms.raw import raw
from ui.forms.shapes import Field, Raw, Text
from ui.forms.spot import Context, Spot
from ui.forms.targets import cards_for, exit_goes_to
from ui.forms.ways import NEXT, Way, exits_of, new_edge, ways_from
from ui.forms.widgets import text
from ui.part_names import name_at
from ui.records import CardExit
from ui.texts import t

NAME: Final = Field("name", t("form.card.name"), Text(), required=True)
NOTE: Final = Field("note", t("form.card.note"), Text(long=True), default="")
SETTINGS: Final = Field("settings", t("form.card.settings"), Raw())
_OWN: Final = frozenset({"name", "settings"})
_ICONS: Final = {"rule": ":material/rule:", "intent": ":material/record_voice_over:"}


def card_form(draft: Draft, card_id: str, context: Context) -> None:
    """`context.types`: the card types of this installation by name."""
    path = ("nodes", card_id)
    card = at(draft.document, path)
    if not isinstance(card, dict):
        st.info(t("form.card.gone"))
        return
    type_ = context.types.get(str(card.get("type", "")))
    here = replace(context, after_call=type_ is not None and type_.kind == "after_call")
    spot = Spot(draft, path, "", here)
    if type_ is not None and type_.help:
        st.caption(plain(type_.help))
    problems(each.issue for each in issues_at(draft.issues, path) if not each.inside or each.inside[0] not in _OWN)
    name = spot.inside("name", title=NAME.title)
    framed(name, NAME, lambda: text(name, NAME, Text()))
    if type_ is None:
        st.info(t("form.card.ghost", type=str(card.get("type", ""))))
        raw(spot.inside("settings", title=SETTINGS.title), SETTINGS)
    else:
        schema_form(draft, (*path, "settings"), type_.settings, here)
    exits_form(draft, card_id, here)
    with st.expander(NOTE.title, key=spot.key(None, "fold.note")):
        text(spot.inside("note", title=NOTE.title), NOTE, Text(long=True), hidden=True)
        st.caption(t("form.card.note.help"))


def exits_form(draft: Draft, card_id: str, context: Context) -> None:
    """Each way out with the card it goes to, and the rules and intentions that lead elsewhere."""
    card = at(draft.document, ("nodes", card_id))
    if not isinstance(card, dict):
        return
    type_ = context.types.get(str(card.get("type", "")))
    exits = exits_of(type_, draft.document, card_id)
    if not exits:
        return
    spot = Spot(draft, ("nodes", card_id), "", context)
    branching = type_ is not None and type_.kind != "after_call"
    st.html(looks.section(t("form.ways")))
    for exit in exits:
        _exit(spot, card_id, exit, alone=len(exits) == 1)
    if branching and not spot.locked:
        _add_special(spot, card_id, exits, talks=type_ is not None and type_.kind == "talk")


def _exit(spot: Spot, card_id: str, exit: CardExit, *, alone: bool) -> None:
    ways = ways_from(spot.draft.document, card_id, exit.name)
    special = [way for way in ways if way.kind != "otherwise"]
    for way in special:
        _special(spot, way)
    if special:
        label = t("form.ways.otherwise") if alone else t("form.ways.exit.otherwise", exit=exit.label)
    else:
        label = t("form.ways.next") if alone and exit.name == NEXT else t("form.ways.goes_to", exit=exit.label)
    # A second plain way is a mistake that the validator names; both are shown, so that it can be mended here.
    plain_ways: list[Way | None] = [way for way in ways if way.kind == "otherwise"]
    for plain_way in plain_ways or [None]:
        exit_goes_to(spot, card_id, exit, plain_way, label)
        if plain_way is not None:
            problems(each.issue for each in issues_at(spot.draft.issues, ("edges", plain_way.id)))


def _special(spot: Spot, way: Way) -> None:
    """A rule or an intention: its sentence, folded over the form that changes it."""
    draft, context = spot.draft, spot.context
    wrong = len(issues_at(draft.issues, ("edges", way.id)))
    words = plain(edge_words(way, context))
    label = t("form.fold.wrong", title=words, count=wrong) if wrong else words
    with st.expander(label, key=spot.key(None, f"way.{way.id}"), icon=_ICONS.get(way.kind)):
        edge_form(draft, way.id, context)


def _add_special(spot: Spot, card_id: str, exits: Sequence[CardExit], *, talks: bool) -> None:
    """A rule for every card; what the caller does only where the card listens."""
    key = spot.key(None, "add.way")
    offered = {
        f"{kind}/{exit.name}": t(f"form.ways.add.{kind}")
        + (t("form.ways.of", exit=exit.label) if len(exits) > 1 else "")
        for exit in exits
        for kind in (("rule", "intent") if talks else ("rule",))
    }

    def add() -> None:
        kind, _, exit = str(st.session_state.get(key) or "").partition("/")
        if exit:
            _insert(spot, card_id, exit, kind)

    st.menu_button(
        t("form.ways.add"), list(offered), key=key, on_click=add, type="tertiary", icon=":material/add:",
        format_func=lambda way: f"{_ICONS[way.partition('/')[0]]} {plain(offered[way])}",
    )  # fmt: skip


def _insert(spot: Spot, card_id: str, exit: str, kind: str) -> None:
    """It leads where the plain way leads until somebody picks another card: adding it changes nothing for a call."""
    document = spot.draft.document
    plain_ways = [way.to for way in ways_from(document, card_id, exit) if way.kind == "otherwise"]
    to = next(iter((*plain_ways, *cards_for(spot.context, card_id))), "")
    edge = new_edge(card_id, exit, to, kind)
    if kind == "intent":
        edge["intent"] = {"says": ""}
    spot.draft.edit(t("edit.added", what=name_at(document, ("edges",), edge)), insert(("edges",), edge))
