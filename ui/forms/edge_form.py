"""A way from one card to the next: when it is taken, in which order it is considered, and where it goes."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui.flow_view import Edge
from ui.forms.binding import Draft, issues_at
from ui.forms.form import draw_field
from ui.forms.frame import problems
from ui.forms.shapes import Choice, Field, Group, Lines, Option, Pick, RuleTree, Text
from ui.forms.spot import Context, Spot
from ui.forms.targets import goes_to
from ui.forms.ways import KINDS, Way, change_kind, reorder, way_of, ways_from
from ui.forms.widgets import choice
from ui.part_names import name_at
from ui.records import Json
from ui.sentences import capital, condition
from ui.texts import t

RULE: Final = Field("rule", t("form.edge.rule"), RuleTree())
INTENT: Final = Field(
    "intent",
    t("form.edge.intent"),
    Group(
        (
            Field("says", t("form.intent.says"), Text(), help=t("form.intent.says.help"), required=True,
                  example=t("form.intent.says.example")),
            Field("examples", t("form.intent.examples"), Lines(Text(), wordings=True),
                  help=t("form.intent.examples.help"), default=[]),
            Field("not_examples", t("form.intent.not_examples"), Lines(Text(), wordings=True),
                  help=t("form.intent.not_examples.help"), default=[]),
            Field("trigger", t("form.intent.trigger"), Pick("behaviour"), help=t("form.intent.trigger.help"),
                  nullable=True, default=None),
        )
    ),
)  # fmt: skip
LABEL: Final = Field("label", t("form.edge.label"), Text(), help=t("form.edge.label.help"), default="")


def edge_form(draft: Draft, edge_id: str, context: Context) -> None:
    """`context.types`: the card types of this installation by name."""
    found = way_of(draft.document, edge_id)
    if found is None:
        st.info(t("form.edge.gone"))
        return
    card_id, way = found
    spot = Spot(draft, ("edges", edge_id), "", context)
    ways = ways_from(draft.document, card_id, way.exit)
    known = {"rule", "intent"}
    problems(
        each.issue for each in issues_at(draft.issues, spot.path) if not each.inside or str(each.inside[0]) not in known
    )
    _kind(spot, card_id, way, ways)
    if way.kind == "rule":
        draw_field(spot, RULE)
    elif way.kind == "intent" and isinstance(INTENT.shape, Group):
        for field in INTENT.shape.fields:
            draw_field(spot.inside("intent"), field)
    goes_to(spot, card_id, way, t("form.edge.goes_to"))
    _order(spot, way, ways)
    draw_field(spot, LABEL)
    if not spot.locked:
        st.button(
            t("form.edge.remove"), key=spot.key(None, "remove"), icon=":material/delete:", type="tertiary",
            on_click=_remove, args=(spot,),
        )  # fmt: skip


def edge_words(way: Way, context: Context) -> str:
    """When it is taken and where it goes, in a line."""
    edge: Edge | None = context.flow.edge(way.id)
    if edge is None:
        return way.id
    to = context.flow.card_name(edge.to)
    if edge.kind == "intent" and edge.intent is not None:
        return t("form.edge.on_intent", says=capital(edge.intent.says) or t("form.edge.no_intent"), to=to)
    if edge.kind == "rule" and edge.rule is None:
        return t("form.edge.no_rule", to=to)
    return t("form.edge.on_rule", rule=capital(condition(edge, context.flow)), to=to)


def _kind(spot: Spot, card_id: str, way: Way, ways: tuple[Way, ...]) -> None:
    """A card that does not listen cannot wait for what the caller does; a second plain way would never be taken."""
    card = next((each for each in spot.context.flow.nodes if each.id == card_id), None)
    type_ = spot.context.types.get(card.type) if card is not None else None
    talks = type_ is None or type_.kind == "talk"
    plain = any(each.kind == "otherwise" and each.id != way.id for each in ways)
    fitting = [
        kind
        for kind in KINDS
        if kind == way.kind or (kind == "intent" and talks) or (kind == "otherwise" and not plain) or kind == "rule"
    ]
    options = tuple(Option(kind, t(f"form.edge.kind.{kind}")) for kind in fitting)
    field = Field("kind", t("form.edge.kind"), Choice(options), required=True, default="otherwise")
    where = _KindSpot(spot.draft, (*spot.path, "kind"), field.title, spot.context)
    choice(where, field, Choice(options))


class _KindSpot(Spot):
    """The kind of a way, whose rule or intention goes with it."""

    __slots__ = ()

    def put(self, new: object, seen: object = None) -> None:
        found = way_of(self.draft.document, str(self.path[1]))
        if found is not None and isinstance(new, str) and new != found[1].kind:
            document = self.draft.document
            label = t("form.changed", field=self.title, what=name_at(document, self.path))
            self.draft.edit(label, *change_kind(document, found[1], new))


def _order(spot: Spot, way: Way, ways: tuple[Way, ...]) -> None:
    """Ways are considered one after the other, and the first that fits is taken."""
    alike = [each.id for each in ways if each.kind == way.kind]
    if len(alike) < 2 or way.kind == "otherwise":
        return
    place = alike.index(way.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t(f"form.edge.order.{way.kind}", place=place + 1, count=len(alike)), width="stretch")
        for up in (True, False):
            st.button(
                t("form.row.up" if up else "form.row.down"), key=spot.key(None, f"order.{up}"), type="tertiary",
                icon=":material/arrow_upward:" if up else ":material/arrow_downward:",
                disabled=spot.locked or (place == 0 if up else place == len(alike) - 1),
                on_click=_reorder, args=(spot, ways, way, up),
            )  # fmt: skip


def _reorder(spot: Spot, ways: tuple[Way, ...], way: Way, up: bool) -> None:
    step = reorder(ways, way, up)
    if step is not None:
        spot.draft.edit(t("edit.moved", what=name_at(spot.draft.document, spot.path)), step)


def _remove(spot: Spot) -> None:
    step: dict[str, Json] = {"do": "remove", "path": list(spot.path)}
    spot.draft.edit(t("edit.removed", what=name_at(spot.draft.document, spot.path)), step)
