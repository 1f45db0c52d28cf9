"""Rules, wherever they stand: do they refer to things that exist, and can the test fit the thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.flow.checks.subject import Subject
from engine.flow.issues import Address, Issue, issue
from engine.flow.model import Criterion, Rule, Slot
from engine.flow.rules import leaves
from engine.sdk import Scalar, SlotType

_NUMBERS = (SlotType.NUMBER, SlotType.MONEY, SlotType.DURATION)
_STATES = frozenset({"known", "unknown", "refused"})
_EQUAL = frozenset({"equals", "not_equals", "one_of", "none_of"})
_BOUNDS = frozenset({"at_least", "at_most"})
_LISTED = frozenset({"in_list", "not_in_list"})

_FITTING: Mapping[SlotType, frozenset[str]] = {
    **dict.fromkeys(SlotType, _STATES | _EQUAL | _LISTED | {"contains"}),
    **dict.fromkeys(_NUMBERS, _STATES | _EQUAL | _LISTED | _BOUNDS),
    SlotType.CHOICE: _STATES | _EQUAL | _LISTED,
    SlotType.YES_NO: _STATES | {"equals", "not_equals"},
    SlotType.DATE: _STATES | _EQUAL | _BOUNDS,
    SlotType.APPOINTMENT: _STATES | _BOUNDS,
}
_CALL: Mapping[str, frozenset[str]] = {
    "attempt": frozenset({"equals", "not_equals", "at_least", "at_most"}),
    "hour": frozenset({"equals", "not_equals", "at_least", "at_most"}),
    "flag": frozenset({"contains", "equals", "not_equals"}),
    "disposition": frozenset({"equals", "not_equals", "one_of", "none_of"}),
}
_BY_PICKING = "Build the rule again by picking its parts."


def check_rules(subject: Subject) -> Iterator[Issue]:
    flow = subject.flow
    for criterion in flow.criteria:
        at = Address("criterion", criterion.id, "test")
        yield from check_rule(subject, criterion.test, at, f"the criterion “{criterion.label}”")
    yield from _check_circles(flow.criteria)
    for edge in flow.edges:
        if edge.rule is not None and edge.kind == "rule" and edge.from_.node in subject.cards:
            where = f"the rule on a way out of {subject.title(edge.from_.node)}"
            yield from check_rule(subject, edge.rule, Address("edge", edge.id, "rule"), where)


def _check_circles(criteria: tuple[Criterion, ...]) -> Iterator[Issue]:
    """A criterion that asks for the qualification asks for itself, since qualification is made of all criteria."""
    leads: dict[str, set[str]] = {}
    everything = {criterion.id for criterion in criteria}
    for criterion in criteria:
        tests = leaves(criterion.test)
        named = {test.criterion for test in tests if test.criterion is not None}
        leads[criterion.id] = everything if any(test.qualification is not None for test in tests) else named
    for criterion in criteria:
        seen: set[str] = set()
        todo = list(leads[criterion.id])
        while todo:
            id = todo.pop()
            if id not in seen:
                seen.add(id)
                todo.extend(leads.get(id, ()))
        if criterion.id in seen:
            yield issue(
                "circular_criterion",
                Address("criterion", criterion.id, "test"),
                f"The criterion “{criterion.label}” depends on its own result, so it can never be decided.",
                "Let it test what the caller said, not other criteria.",
            )


def check_rule(subject: Subject, rule: Rule, at: Address, where: str) -> Iterator[Issue]:
    """Issues of one rule. `where`: how to call it in a sentence ('the criterion “In the area”')."""
    for test in _tests(rule):
        if isinstance(test, str):
            yield issue("rule_unclear", at, f"{_capital(where)} {test}.", _BY_PICKING)
        elif test.slot is not None:
            yield from _check_slot_test(subject, test, test.slot, at, where)
        elif test.criterion is not None:
            yield from _check_criterion_test(subject, test, test.criterion, at, where)
        elif test.qualification is not None:
            if test.is_ not in (None, "equals") or test.value not in ("qualified", "unqualified", "open"):
                yield _wrong(at, where, "asks for a qualification other than qualified, unqualified or open")
        elif test.call is not None:
            fitting = _CALL.get(test.call)
            if fitting is None:
                yield _wrong(at, where, f"asks for “{test.call}”, which is no fact of a call")
            elif test.is_ not in fitting or test.value is None:
                yield _wrong(at, where, f"asks something of the call's {test.call} that cannot be answered")


def _tests(rule: Rule) -> Iterator[Rule | str]:
    """The single tests of a rule; a text for a part that says nothing or too much."""
    subjects = (rule.slot, rule.criterion, rule.qualification, rule.call, rule.all, rule.any, rule.not_)
    said = sum(subject is not None for subject in subjects)
    if said == 0:
        yield "has a part without a condition"
    elif said > 1:
        yield "has a part that tests several things at once"
    elif rule.not_ is not None:
        yield from _tests(rule.not_)
    elif rule.all is not None or rule.any is not None:
        parts = rule.all if rule.all is not None else rule.any
        if not parts:
            yield "has a group without conditions"
        for part in parts or ():
            yield from _tests(part)
    else:
        yield rule


def _check_slot_test(subject: Subject, test: Rule, id: str, at: Address, where: str) -> Iterator[Issue]:
    slot = subject.slots.get(id)
    if slot is None:
        yield issue(
            "unknown_slot",
            at,
            f"{_capital(where)} refers to “{id}”, which is not among the things to find out.",
            "Add it to the things to find out, or choose another one.",
        )
        return
    if test.is_ not in _FITTING[slot.type]:
        yield _wrong(at, where, f"asks something of “{slot.label}” that does not fit this kind of answer")
        return
    if test.is_ in _STATES:
        return
    values: tuple[Scalar, ...] = (
        () if test.value is None else test.value if isinstance(test.value, tuple) else (test.value,)
    )
    if not values:
        yield _wrong(at, where, f"compares “{slot.label}” with nothing")
    elif test.is_ in _LISTED:
        if str(test.value) not in subject.flow.lists:
            yield unknown_list(at, str(test.value), where)
    elif slot.type is SlotType.CHOICE:
        yield from check_choice(slot, values, at, where)
    elif slot.type in _NUMBERS and any(isinstance(value, str | bool) for value in values):
        yield _wrong(at, where, f"compares “{slot.label}” with something that is no number")
    elif slot.type is SlotType.YES_NO and not isinstance(values[0], bool):
        yield _wrong(at, where, f"compares “{slot.label}” with something other than yes or no")


def _check_criterion_test(subject: Subject, test: Rule, id: str, at: Address, where: str) -> Iterator[Issue]:
    if all(criterion.id != id for criterion in subject.flow.criteria):
        yield issue(
            "unknown_criterion",
            at,
            f"{_capital(where)} refers to the criterion “{id}”, which this flow does not have.",
            "Choose another criterion.",
        )
    elif test.is_ not in ("met", "failed", "open"):
        yield _wrong(at, where, "asks of a criterion something other than met, failed or open")


def check_choice(slot: Slot, values: tuple[Scalar, ...], at: Address, where: str) -> Iterator[Issue]:
    known = {choice.value for choice in slot.choices}
    for value in values:
        other = slot.allow_other and (value == "other" or str(value).startswith("other:"))
        if value not in known and not other:
            yield issue(
                "unknown_choice",
                at,
                f"{_capital(where)} refers to the answer “{value}”, which “{slot.label}” does not offer.",
                "Choose one of its answers, or add this one.",
            )


def unknown_list(at: Address, name: str, where: str) -> Issue:
    return issue(
        "unknown_list",
        at,
        f"{_capital(where)} looks into the list “{name}”, which this flow does not have.",
        "Add the list or choose another one.",
    )


def _wrong(at: Address, where: str, what: str) -> Issue:
    return issue("wrong_test", at, f"{_capital(where)} {what}.", _BY_PICKING)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
