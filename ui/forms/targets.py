"""Where a way leads: a box with the cards that it may go to. It is how ways are connected with the keyboard."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.forms.binding import Missing, Step, remove, write
from ui.forms.names import distinct
from ui.forms.pickers import NONE
from ui.forms.spot import Context, Spot, Write
from ui.forms.ways import Way, direct
from ui.part_names import card_name, name_at
from ui.records import CardExit, Json
from ui.texts import t


def cards_for(context: Context, card_id: str) -> Mapping[str, str]:
    """Cards that a way out of this one may lead to: those of its lane, by name, in the order of the call."""
    flow = context.flow
    behind = {card.id for card in flow.lane_cards()} | {
        card.id for card in flow.nodes if card.type in context.types and context.types[card.type].kind == "after_call"
    }
    return distinct(
        {
            card.id: card.name or card.id
            for card in (*flow.call_cards(), *flow.lane_cards())
            if card.id != card_id and (card.id in behind) == (card_id in behind)
        }
    )


def goes_to(spot: Spot, card_id: str, way: Way, label: str) -> None:
    """Of a way that is there. `spot`: of the edge."""

    def write_(picked: Json | Missing) -> None:
        document = spot.draft.document
        words = t("form.changed", field=label, what=name_at(document, spot.path))
        if picked == NONE:
            spot.draft.edit(words, remove(spot.path))
        elif isinstance(picked, str):
            spot.draft.edit(words, write(document, (*spot.path, "to"), picked, way.to))

    _box(spot, card_id, way.to, label, write_, "to", nowhere=False)


def exit_goes_to(spot: Spot, card_id: str, exit: CardExit, way: Way | None, label: str) -> None:
    """Of a card's plain way out, which may not be there yet. `spot`: of the card."""

    def write_(picked: Json | Missing) -> None:
        document = spot.draft.document
        to = picked if isinstance(picked, str) else NONE
        steps: tuple[Step, ...] = direct(document, card_id, exit.name, to)
        if way is not None:
            target = ("edges", way.id)
            steps = (write(document, (*target, "to"), to, way.to) if to else remove(target),)
        if steps:
            spot.draft.edit(t("form.ways.changed", exit=exit.label, card=card_name(document, card_id)), *steps)

    part = f"goes.{exit.name}.{way.id if way is not None else ''}"
    _box(spot, card_id, way.to if way is not None else NONE, label, write_, part, nowhere=True)


def _box(spot: Spot, card_id: str, to: str, label: str, write_: Write, part: str, *, nowhere: bool) -> None:
    names = dict(cards_for(spot.context, card_id))
    if nowhere:
        names = {NONE: t("form.ways.nowhere"), **names}
    if to and to not in names:
        there = any(card.id == to for card in spot.context.flow.nodes)
        names[to] = spot.context.flow.card_name(to) if there else t("form.pick.gone", name=to)
    key = spot.key(to, part)
    st.selectbox(
        label, list(names), index=list(names).index(to) if to in names else None, key=key, disabled=spot.locked,
        format_func=lambda each: names.get(each, each), placeholder=t("form.pick"), on_change=spot.on_change,
        # Streamlit knows an option by its words, and reports those of yesterday when a card was renamed meanwhile.
        args=(key, lambda given: given if isinstance(given, str) and given in names else to, write_, part),
    )  # fmt: skip
