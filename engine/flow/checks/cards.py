"""Cards by themselves: is the type here, are the settings right, what do their texts and settings refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from engine.flow.checks.placeholders import AFTER_CALL, COMMON, names_in
from engine.flow.checks.rules import check_rule
from engine.flow.checks.subject import Card, Subject, own_placeholders, references
from engine.flow.issues import Address, Issue, issue
from engine.flow.model import Rule
from engine.flow.sentences import lowered

_COMPLAINTS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Input should be greater than or equal to (\S+)", "must be {0} or more"),
        (r"Input should be less than or equal to (\S+)", "may be {0} at most"),
        (r"Input should be greater than (\S+)", "must be more than {0}"),
        (r"Input should be less than (\S+)", "must be less than {0}"),
        (r"Input should be a valid (?:integer|number)", "must be a number"),
        (r"Input should be a valid string", "must be a text"),
        (r"Input should be a valid boolean", "must be yes or no"),
        (r"Input should be a valid (?:tuple|list)", "must be a list"),
        (r"String should have at most (\d+)", "may have {0} letters at most"),
        (r"Tuple should have at least (\d+) items?", "needs {0} entries at least"),
        (r"List should have at least (\d+) items?", "needs {0} entries at least"),
        (r"String should match pattern", "is not written as it must be"),
        (r"Input should be ('.+')", "must be one of {0}"),
    )
)
"""Complaints of settings models in plain words; what is missing here is told in the model's own."""


def check_cards(subject: Subject) -> Iterator[Issue]:
    for id, card in subject.cards.items():
        if card.klass is None:
            yield _ghost(id, card)
            continue
        if card.card.v > card.klass.version:
            yield issue(
                "card_too_new",
                Address("node", id, "v"),
                f"{_capital(card.title)} was made with a newer version of its type ({card.card.v}) than the one "
                f"installed here ({card.klass.version}).",
                "Update the package that brings this type.",
            )
        for field, problem in card.problems:
            yield issue(
                "settings_invalid",
                Address("node", id, f"settings.{field}" if field else "settings"),
                f"In {card.title}, “{_title(card, field)}” {_plain(problem)}.",
                "Correct it in the card's settings.",
            )
        if card.node is not None:
            yield from _check_references(subject, id, card)


def _ghost(id: str, card: Card) -> Issue:
    package = card.card.type.split(".", 1)[0] if "." in card.card.type else ""
    return issue(
        "unknown_type",
        Address("node", id, "type"),
        f"No installed package brings the type “{card.card.type}” of {card.title}.",
        f"Install the package that brings “{package}” types, or replace the card." if package else "Replace the card.",
    )


def _plain(problem: str) -> str:
    """The settings model's complaint as the end of a sentence; rarer ones stay in its own words."""
    if "at least 1 character" in problem or "at least 1 item" in problem:
        return "is empty"
    if problem == "Field required":
        return "is missing"
    for pattern, words in _COMPLAINTS:
        if found := pattern.match(problem):
            return words.format(*found.groups())
    return f"is not right: {lowered(problem.removeprefix('Value error, '))}"


def _title(card: Card, field: str) -> str:
    """The field's name as the form shows it."""
    assert card.klass is not None
    info = card.klass.settings_model().model_fields.get(field.split(".", 1)[0])
    return (info.title if info is not None else None) or field or "settings"


def _check_references(subject: Subject, id: str, card: Card) -> Iterator[Issue]:
    node, klass = card.node, card.klass
    assert node is not None
    assert klass is not None
    at = Address("node", id, "settings")
    slots: dict[str, Address] = {}
    for name, what in references(klass):
        value: object = getattr(node.settings, name, None)
        field = Address("node", id, f"settings.{name}")
        if what == "rule":
            if isinstance(value, dict):
                yield from _check_rule_setting(subject, card, field, value)
            continue
        for each in filter(None, (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()):
            if what == "slot":
                slots.setdefault(str(each), field)
            else:
                yield from _check_reference(subject, card, field, what, str(each))
    for slot in (*node.slots_wanted(), *node.slots_needed(), *card.reads, *card.writes):
        slots.setdefault(slot, at)
    for slot, where in slots.items():
        if slot not in subject.slots:
            yield unknown_slot(where, slot, card.title)
    allowed = (AFTER_CALL if card.after_call else COMMON) | own_placeholders(klass)
    yield from check_texts(subject, at, card.title, node.texts(), allowed)


def _check_reference(subject: Subject, card: Card, at: Address, what: str, id: str) -> Iterator[Issue]:
    """What a setting refers to besides things to find out and rules."""
    flow = subject.flow
    if what == "list" and id not in flow.lists:
        yield issue(
            "unknown_list",
            at,
            f"{_capital(card.title)} looks into the list “{id}”, which this flow does not have.",
            "Add the list or choose another one.",
        )
    elif what == "criterion" and all(each.id != id for each in flow.criteria):
        yield issue(
            "unknown_criterion",
            at,
            f"{_capital(card.title)} refers to the criterion “{id}”, which this flow does not have.",
            "Choose another criterion.",
        )
    elif what == "knowledge" and all(each.id != id for each in flow.knowledge):
        yield issue(
            "unknown_knowledge",
            at,
            f"{_capital(card.title)} refers to the knowledge entry “{id}”, which this flow does not have.",
            "Choose another entry.",
        )
    elif what == "card" and id not in subject.cards:
        yield issue(
            "unknown_card",
            at,
            f"{_capital(card.title)} refers to the card “{id}”, which is not there.",
            "Choose another card.",
        )


def _check_rule_setting(subject: Subject, card: Card, at: Address, value: dict[object, object]) -> Iterator[Issue]:
    try:
        rule = Rule.model_validate(value)
    except ValidationError:
        yield issue(
            "rule_unclear",
            at,
            f"The rule in {card.title} cannot be read.",
            "Build the rule again by picking its parts.",
        )
    else:
        yield from check_rule(subject, rule, at, f"the rule in {card.title}")


def unknown_slot(at: Address, slot: str, where: str) -> Issue:
    return issue(
        "unknown_slot",
        at,
        f"{_capital(where)} refers to “{slot}”, which is not among the things to find out.",
        "Add it to the things to find out, or choose another one.",
    )


def check_texts(
    subject: Subject, at: Address, where: str, texts: Iterable[str], allowed: frozenset[str]
) -> Iterator[Issue]:
    """Placeholders of `texts` that nobody would fill."""
    for text in texts:
        if "{" not in text:
            continue
        for name in names_in(text):
            if name.startswith("slot:"):
                slot = name.removeprefix("slot:")
                if slot not in subject.slots:
                    yield unknown_slot(at, slot, where)
            elif name not in allowed:
                yield issue(
                    "unknown_placeholder",
                    at,
                    f"{_capital(where)} has a text with {{{name}}}, which nothing fills: it would be spoken as it "
                    "stands.",
                    "Use one of the placeholders that the form offers, such as {first_name} or {slot:…}.",
                )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
