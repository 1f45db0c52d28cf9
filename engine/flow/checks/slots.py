"""Things to find out: can each be asked, understood and checked, and does anybody ask."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.flow.checks.cards import check_texts
from engine.flow.checks.placeholders import COMMON
from engine.flow.checks.rules import unknown_list
from engine.flow.checks.subject import Subject
from engine.flow.issues import Address, Issue, issue
from engine.flow.model import Slot
from engine.sdk import SlotType

_VALUE = COMMON | {"value"}


def check_slots(subject: Subject) -> Iterator[Issue]:
    asked, written = _asked(subject)
    for slot in subject.slots.values():
        at = Address("slot", slot.id)
        if slot.need == "must" and slot.id not in asked and slot.id not in written:
            yield issue(
                "slot_never_asked",
                at,
                f"“{slot.label}” must be known, but no card of the call asks for it.",
                "Add it to a stage, or make it a nice-to-have.",
            )
        if slot.id in asked and not any(text.strip() for text in slot.ask):
            yield issue(
                "no_wording",
                Address("slot", slot.id, "ask"),
                f"There is no wording to ask for “{slot.label}”.",
                "Write two or three ways to ask it.",
            )
        if slot.type is SlotType.CHOICE:
            yield from _check_choices(slot)
        yield from _check_check(subject, slot)
        texts = (
            *slot.ask,
            *slot.ask_again,
            *slot.acknowledge,
            *((slot.confirm_prefill,) if slot.confirm_prefill else ()),
        )
        yield from check_texts(subject, at, f"the wording of “{slot.label}”", texts, _VALUE)


def _asked(subject: Subject) -> tuple[set[str], set[str]]:
    """Slots that reachable cards ask for, and those that cards fill by themselves."""
    asked: set[str] = set()
    written: set[str] = set()
    for id in subject.live:
        card = subject.cards[id]
        written.update(card.writes)
        if card.node is not None:
            asked.update(card.node.slots_wanted())
        else:  # a ghost or broken settings, reported already: it may well be the one that asks
            written.update(subject.slots)
    return asked, written


def _check_choices(slot: Slot) -> Iterator[Issue]:
    at = Address("slot", slot.id, "choices")
    if not slot.choices:
        yield issue(
            "no_choices",
            at,
            f"“{slot.label}” is a choice, but there is nothing to choose from.",
            "Add its answers, or make it a text.",
        )
    values = [choice.value for choice in slot.choices]
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield issue(
            "duplicate_choice",
            at,
            f"“{slot.label}” offers the answer “{value}” twice.",
            "Delete one of them or give it another value.",
        )
    owner: dict[str, str] = {}
    for choice in slot.choices:
        for synonym in {text.strip().casefold() for text in choice.synonyms}:
            first = owner.setdefault(synonym, choice.value)
            if first != choice.value:
                yield issue(
                    "same_synonym",
                    at,
                    f"In “{slot.label}”, the words “{synonym}” stand for two answers, “{first}” and “{choice.value}”.",
                    "Keep them with one of the two.",
                )


def _check_check(subject: Subject, slot: Slot) -> Iterator[Issue]:
    check = slot.check
    if check is None:
        return
    if check.in_list is not None and check.in_list not in subject.flow.lists:
        yield unknown_list(Address("slot", slot.id, "check.in_list"), check.in_list, f"the check of “{slot.label}”")
    if check.pattern is not None and (problem := pattern_problem(check.pattern)):
        yield bad_pattern(Address("slot", slot.id, "check.pattern"), f"the check of “{slot.label}”", problem)
    low, high = check.min, check.max
    if (low is not None and high is not None and low > high) or (check.max_length is not None and check.max_length < 1):
        yield issue(
            "impossible_check",
            Address("slot", slot.id, "check"),
            f"No answer can pass the check of “{slot.label}”.",
            "Make the smallest allowed value smaller than the largest.",
        )


def pattern_problem(pattern: str) -> str:
    """Why a pattern cannot be used, empty if it can."""
    try:
        re.compile(pattern)
    except re.error as error:
        return error.msg
    return ""


def bad_pattern(at: Address, where: str, problem: str) -> Issue:
    return issue(
        "bad_pattern",
        at,
        f"The pattern in {where} cannot be read: {problem}.",
        "Correct the pattern, or list the allowed values instead.",
    )
