"""A rule, built by picking: what to look at, how, and with what; "and" and "or" below; the sentence above all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from ui import looks
from ui.flow_view import Rule, Slot
from ui.forms.binding import MISSING, Missing
from ui.forms.names import distinct
from ui.forms.order import ICON_ONLY
from ui.forms.rule_values import choices, one, several, typed
from ui.forms.rules import (
    Condition,
    Group,
    How,
    Negation,
    Opaque,
    Part,
    Place,
    Subject,
    about_instead,
    begun,
    build,
    compared,
    condition_of,
    joined,
    parse,
    part_at,
    replaced,
    trial_of,
    trials_for,
    tried,
    turned,
)
from ui.forms.shapes import Field
from ui.forms.spot import Context, Read, Spot
from ui.records import Json
from ui.sentences import capital, rule_sentence
from ui.texts import t

_RULE: Final = TypeAdapter(Rule)
# Parts of keys that ui/static/looks.css lays out: a test is one line where there is room for it, else two.
ROOM: Final = "ll-tests"
ROW: Final = "ll-test"
LOCKED_ROW: Final = "ll-locked-test"
CALL_FACTS: Final = ("attempt", "hour", "flag", "disposition")


def rule_editor(spot: Spot, field: Field) -> None:
    """The rule at `spot`, which may be absent. Everything is written as soon as it is picked."""
    rule = spot.value
    tree = parse(rule)
    st.html(looks.field_label(field.title) + sentence_of(rule, spot.context))
    if tree is not None:
        with st.container(gap="xsmall", key=spot.key(None, f"{ROOM}.all")):
            _part(spot, tree, (), tree)
    if not spot.locked:
        with st.container(horizontal=True, gap="small"):
            _add(spot, tree, (), "all")
            if tree is not None:
                _add(spot, tree, (), "any")


def sentence_of(rule: Json | Missing, context: Context) -> str:
    """The rule as one sentence with the flow's own names, as HTML."""
    if isinstance(rule, Missing) or rule is None:
        return looks.rule_sentence(t("form.rule.none"), empty=True)
    try:
        words = rule_sentence(_RULE.validate_python(rule), context.flow)
    except (ValidationError, RecursionError):
        return looks.rule_sentence(t("form.rule.unreadable"), empty=True)
    return looks.rule_sentence(capital(words) + ".")


def _part(spot: Spot, tree: Part, place: Place, part: Part) -> None:
    negated = isinstance(part, Negation) and not part.rest
    inner = part.part if isinstance(part, Negation) and not part.rest else part
    if isinstance(inner, Group):
        _group(spot, tree, place, inner, negated)
    elif isinstance(inner, Condition):
        _row(spot, tree, place, part)
    else:
        _opaque(spot, tree, place, part)


def _group(spot: Spot, tree: Part, place: Place, group: Group, negated: bool) -> None:
    with st.container(border=True, gap="xsmall", key=spot.key(None, f"{ROOM}.{place}")):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            _group_head(spot, tree, place, group, negated)
            _menu(spot, tree, place, t("form.rule.group"))
        inside = (*place, 0) if negated else place
        for count, each in enumerate(group.parts):
            if count:
                st.html(looks.between(t(f"form.rule.between.{group.how}")))
            _part(spot, tree, (*inside, count), each)
        if place and not spot.locked:
            _add(spot, tree, inside, group.how)


def _group_head(spot: Spot, tree: Part, place: Place, group: Group, negated: bool) -> None:
    """All of these, one of these, or not so."""
    shown = f"{'not_' if negated else ''}{group.how}"
    options = ["all", "any", "not_all", "not_any"]
    part = f"how{place}"
    key = spot.key(shown, part)

    def write(picked: Json | Missing) -> None:
        words = str(picked)
        how: How = "any" if words.endswith("any") else "all"
        new: Part = Group(how, group.parts, group.rest)
        _put(spot, replaced(tree, place, Negation(new) if words.startswith("not_") else new))

    st.selectbox(
        t("form.rule.how"), options, index=options.index(shown), key=key, disabled=spot.locked,
        format_func=lambda each: t(f"form.rule.how.{each}"), label_visibility="collapsed",
        on_change=spot.on_change, args=(key, _text_or(shown), write, part),
    )  # fmt: skip


def _row(spot: Spot, tree: Part, place: Place, part: Part) -> None:
    condition = condition_of(part)
    assert condition is not None
    row = LOCKED_ROW if spot.locked else ROW
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=spot.key(None, f"{row}.{place}")):
        _subject(spot, tree, place, part, condition)
        if condition.about != "qualification":
            _trial(spot, tree, place, part, condition)
        _value(spot, tree, place, part, condition)
        _menu(spot, tree, place, _subject_words(spot.context, condition.subject))


def _subject(spot: Spot, tree: Part, place: Place, part: Part, condition: Condition) -> None:
    names = distinct(subjects(spot.context))
    if condition.subject not in names:
        names = {**names, condition.subject: t("form.pick.gone", name=condition.name)}
    codes = {_code(subject): subject for subject in names}
    shown = _code(condition.subject)
    label = f"subject{place}"
    key = spot.key(shown, label)

    def write(picked: Json | Missing) -> None:
        subject = codes.get(str(picked), condition.subject)
        _put(spot, replaced(tree, place, about_instead(part, subject, _type_of(spot.context, subject))))

    st.selectbox(
        t("form.rule.subject"), list(codes), index=list(codes).index(shown), key=key, disabled=spot.locked,
        format_func=lambda code: names[codes[code]], label_visibility="collapsed",
        on_change=spot.on_change, args=(key, _text_or(shown), write, label),
    )  # fmt: skip


def _trial(spot: Spot, tree: Part, place: Place, part: Part, condition: Condition) -> None:
    offered = {each.code: each for each in trials_for(condition.subject, _type_of(spot.context, condition.subject))}
    trial = trial_of(part)
    if trial is not None:
        offered.setdefault(trial.code, trial)
    shown = trial.code if trial is not None else None
    label = f"trial{place}"
    key = spot.key(shown, label)

    def write(picked: Json | Missing) -> None:
        wanted = offered.get(str(picked))
        if wanted is not None:
            _put(spot, replaced(tree, place, tried(condition, wanted)))

    kind = (
        "criterion"
        if condition.about == "criterion"
        else "flag"
        if condition.name == "flag" and condition.about == "call"
        else "is"
    )
    st.selectbox(
        t("form.rule.trial"), list(offered), index=list(offered).index(shown) if shown else None, key=key,
        format_func=lambda code: t(f"form.rule.{kind}.{code}", otherwise=t(f"form.rule.is.{code}", otherwise=code)),
        placeholder=t("form.rule.trial.newer"), label_visibility="collapsed", disabled=spot.locked,
        on_change=spot.on_change, args=(key, _text_or(shown), write, label),
    )  # fmt: skip


def _value(spot: Spot, tree: Part, place: Place, part: Part, condition: Condition) -> None:
    trial = trial_of(part)
    takes = "one" if condition.about == "qualification" else trial.takes if trial is not None else "nothing"
    if takes == "nothing":
        return
    label = f"value{place}"
    slot = _slot_of(spot.context, condition)
    options = choices(spot, condition, slot, takes)
    now = condition.value

    def write(new: Json | Missing) -> None:
        _put(spot, replaced(tree, place, compared(part, new)))

    if takes == "many":
        several(spot, label, options, condition, slot, write)
    elif options is not None:
        one(spot, label, options, now, write, typed=condition.name in CALL_FACTS and condition.about == "call")
    else:
        typed(spot, label, slot.type if slot else ("number" if condition.about == "call" else "text"), now, write)


def _opaque(spot: Spot, tree: Part, place: Place, part: Part) -> None:
    """A part of a newer version, or a broken one: shown as it is, kept, and can be taken away."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        raw = part.raw if isinstance(part, Opaque) else build(part)
        st.html(looks.page(looks.paragraph(t("form.rule.opaque"), dimmed=True), looks.code(raw)), width="stretch")
        _menu(spot, tree, place, t("form.rule.opaque.name"))


def _menu(spot: Spot, tree: Part, place: Place, name: str) -> None:
    if spot.locked:
        return
    part = part_at(tree, place)
    around = part_at(tree, place[:-1]) if place else None
    what = ["turn"]
    if isinstance(around, Group) and isinstance(part, Condition | Negation):
        what.append("any" if around.how == "all" else "all")
    if isinstance(part, Opaque):
        what = []
    what.append("remove")
    key = spot.key(None, f"{ICON_ONLY}.{place}")

    def act() -> None:
        picked = st.session_state.get(key)
        if picked == "remove":
            _put(spot, replaced(tree, place, None))
        elif picked == "turn":
            _put(spot, replaced(tree, place, turned(part)))
        elif picked in ("all", "any"):
            _put(spot, replaced(tree, place, Group("all" if picked == "all" else "any", (part,))))

    st.menu_button(
        t("form.row.menu", name=name), what, key=key, on_click=act, type="tertiary", icon=":material/more_vert:",
        format_func=lambda each: t(f"form.rule.menu.{each}"),
    )  # fmt: skip


def _add(spot: Spot, tree: Part | None, place: Place, how: How) -> None:
    """A box that adds a test: what is picked in it stands there at once."""
    names = distinct(subjects(spot.context))
    codes = {_code(subject): subject for subject in names}
    # A new key after each test that was added: the box is empty again.
    key = spot.key(None if tree is None else build(tree), f"add.{how}{place}")

    def add() -> None:
        subject = codes.get(str(st.session_state.get(key)))
        if subject is not None:
            _put(spot, joined(tree, place, how, begun(subject, _type_of(spot.context, subject))))

    words = t("form.rule.first") if tree is None else t(f"form.rule.add.{how}")
    st.selectbox(
        words, list(codes), index=None, key=key, on_change=add, placeholder=words, label_visibility="collapsed",
        format_func=lambda code: names[codes[code]],
    )  # fmt: skip


def subjects(context: Context) -> Mapping[Subject, str]:
    """All that a test can look at."""
    flow = context.flow
    found = {Subject("slot", each.id): each.label or each.id for each in flow.slots}
    found |= {
        Subject("criterion", each.id): t("form.rule.criterion", label=each.label or each.id) for each in flow.criteria
    }
    found[Subject("qualification")] = t("form.rule.qualification")
    return found | {Subject("call", name): t(f"form.rule.call.{name}") for name in CALL_FACTS}


def _put(spot: Spot, tree: Part | None) -> None:
    seen = spot.value
    spot.put(MISSING if tree is None else build(tree), seen)


def _subject_words(context: Context, subject: Subject) -> str:
    return subjects(context).get(subject, subject.name)


def _type_of(context: Context, subject: Subject) -> str:
    slot = context.flow.slot(subject.name) if subject.about == "slot" else None
    return slot.type if slot is not None else "text"


def _slot_of(context: Context, condition: Condition) -> Slot | None:
    return context.flow.slot(condition.name) if condition.about == "slot" else None


def _code(subject: Subject) -> str:
    return f"{subject.about}:{subject.name}"


def _text_or(shown: str | None) -> Read:
    return lambda picked: picked if isinstance(picked, str) else shown
