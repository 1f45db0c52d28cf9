"""Rules of a flow: what they say about a call: yes, no, not known yet. How they read is in `engine.flow.sentences`.

Three-valued logic after Kleene: a rule about something nobody has said yet is neither true nor false (`None`), and
stays so through `all`, `any` and `not` unless another part settles it. Qualification is computed from the criteria,
never decided by a model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.flow.model import Criterion, Flow, Rule
from engine.flow.sentences import joined, name_of, value_words, values_of
from engine.sdk import Scalar, SlotState, SlotValue

Standing = Literal["qualified", "unqualified", "open"]


class Facts(Protocol):
    """What a rule may look at."""

    def slot(self, id: str) -> SlotValue:
        """Raises KeyError for ids that the flow does not declare."""
        ...

    def criterion(self, id: str) -> bool | None:
        """Met, failed, or None while it is open."""
        ...

    def standing(self) -> Standing: ...

    def call(self, name: str) -> Scalar | Collection[str] | None:
        """A fact of the call: `attempt`, `hour` (0-23, the seller's zone), `flag` (all flags), `disposition`."""
        ...

    def list_(self, name: str) -> Collection[Scalar]:
        """A list of the flow; empty if there is none of that name."""
        ...


def evaluate(rule: Rule, facts: Facts) -> bool | None:
    """Whether `rule` holds: True, False, or None when that is not known yet. An empty rule is None."""
    if rule.all is not None:
        return _every([evaluate(part, facts) for part in rule.all])
    if rule.any is not None:
        return _some([evaluate(part, facts) for part in rule.any])
    if rule.not_ is not None:
        inner = evaluate(rule.not_, facts)
        return None if inner is None else not inner
    if rule.slot is not None:
        try:
            return _slot_test(rule, facts.slot(rule.slot), facts)
        except KeyError:
            return None
    if rule.criterion is not None:
        met = facts.criterion(rule.criterion)
        if rule.is_ == "open":
            return met is None
        if met is None or rule.is_ not in ("met", "failed"):
            return None
        return met if rule.is_ == "met" else not met
    if rule.qualification is not None:
        return same(facts.standing(), rule.value)
    if rule.call is not None:
        return _call_test(rule, facts.call(rule.call))
    return None


def _every(parts: list[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _some(parts: list[bool | None]) -> bool | None:
    if True in parts:
        return True
    return None if None in parts else False


def _slot_test(rule: Rule, slot: SlotValue, facts: Facts) -> bool | None:
    if rule.is_ == "known":
        return slot.known
    if rule.is_ == "refused":
        return slot.state is SlotState.REFUSED
    if rule.is_ == "unknown":
        return not slot.known and slot.state is not SlotState.REFUSED
    if not slot.known or slot.value is None:
        return None
    if rule.is_ in ("in_list", "not_in_list"):
        inside = holds(facts.list_(str(rule.value)), slot.value)
        return inside if rule.is_ == "in_list" else not inside
    return _compare(slot.value, rule)


def _call_test(rule: Rule, value: Scalar | Collection[str] | None) -> bool | None:
    if value is None:
        return None
    if isinstance(value, str | int | float):
        return _compare(value, rule)
    wanted = [str(each) for each in values_of(rule)]
    if rule.is_ in ("contains", "equals", "one_of"):
        return any(each in value for each in wanted)
    if rule.is_ in ("not_equals", "none_of"):
        return not any(each in value for each in wanted)
    return None


def _compare(value: Scalar, rule: Rule) -> bool | None:
    wanted = values_of(rule)
    if not wanted:
        return None
    match rule.is_:
        case "equals":
            return same(value, wanted[0])
        case "not_equals":
            return not same(value, wanted[0])
        case "one_of":
            return holds(wanted, value)
        case "none_of":
            return not holds(wanted, value)
        case "contains":
            return str(wanted[0]).casefold() in str(value).casefold()
        case "at_least" | "at_most":
            order = _order(value, wanted[0])
            if order is None:
                return None
            return order >= 0 if rule.is_ == "at_least" else order <= 0
        case _:
            return None


def same(value: Scalar, wanted: Scalar | tuple[Scalar, ...] | None) -> bool:
    """Equal as people mean it: case and outer spaces do not count, 94107 is "94107", yes is not 1.

    `other` stands for every answer outside the choices (`other:<words>`).
    """
    if wanted is None or isinstance(wanted, tuple):
        return False
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if not isinstance(value, str) and not isinstance(wanted, str):
        return value == wanted
    left, right = str(value).strip().casefold(), str(wanted).strip().casefold()
    return left == right or (right == "other" and left.startswith("other:"))


def holds(values: Collection[Scalar], value: Scalar) -> bool:
    """Whether a list holds a value, by `same`."""
    return value in values or any(same(value, each) for each in values)


def _order(value: Scalar, wanted: Scalar) -> int | None:
    """-1, 0, 1; None when the two cannot be compared. Dates are ISO texts, so they compare as texts."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return None
    if isinstance(value, str) and isinstance(wanted, str):
        return (value > wanted) - (value < wanted)
    if isinstance(value, str) or isinstance(wanted, str):
        return None
    return (value > wanted) - (value < wanted)


@dataclass(frozen=True, slots=True)
class Qualification:
    """What the criteria say so far.

    `failed`: ids of failed criteria, hard and soft, in the order of the list. `reason`: that of the first failed hard
    criterion, empty otherwise. `explanation`: one sentence for people.
    """

    state: Standing
    failed: tuple[str, ...] = ()
    reason: str = ""
    explanation: str = ""


def qualification(flow: Flow, facts: Facts) -> Qualification:
    """Unqualified as soon as one hard criterion has failed, qualified when all hard ones are met, else open."""
    verdicts = [(criterion, evaluate(criterion.test, facts)) for criterion in flow.criteria]
    failed = tuple(criterion.id for criterion, met in verdicts if met is False)
    hard_failed = next((each for each, met in verdicts if met is False and each.kind == "hard"), None)
    soft = [each for each, met in verdicts if met is False and each.kind == "soft"]
    noted = f" Noted: {_quoted(soft)} is not met." if soft else ""
    if hard_failed is not None:
        says = f"Not qualified: “{hard_failed.label}” is not met{_found(hard_failed, flow, facts)}.{noted}"
        return Qualification("unqualified", failed, hard_failed.reason, says)
    waiting = [each for each, met in verdicts if met is None and each.kind == "hard"]
    if waiting:
        return Qualification("open", failed, "", f"Still open: {_quoted(waiting)} is not known yet.{noted}")
    return Qualification("qualified", failed, "", f"Qualified: everything that must be met is met.{noted}")


def _quoted(criteria: list[Criterion]) -> str:
    return joined([f"“{criterion.label}”" for criterion in criteria])


def _found(criterion: Criterion, flow: Flow, facts: Facts) -> str:
    """', because the property is commercial', when the test looks at a slot whose value is known."""
    for id in slots_of(criterion.test):
        try:
            value = facts.slot(id)
        except KeyError:
            continue
        if value.known and value.value is not None:
            return f": {name_of(id, flow)} is {value_words(value.value, flow, id)}"
    return ""


def slots_of(rule: Rule) -> tuple[str, ...]:
    """Ids of all slots that a rule looks at, in order, each once."""
    found = dict.fromkeys(leaf.slot for leaf in leaves(rule) if leaf.slot is not None)
    return tuple(found)


def leaves(rule: Rule) -> list[Rule]:
    """The single tests of a rule, in reading order."""
    if rule.all is not None:
        return [leaf for part in rule.all for leaf in leaves(part)]
    if rule.any is not None:
        return [leaf for part in rule.any for leaf in leaves(part)]
    if rule.not_ is not None:
        return leaves(rule.not_)
    return [rule]


@dataclass(slots=True)
class FlowFacts:
    """Facts of a call over a flow. Criteria and qualification are computed; a criterion that goes in a circle is open.

    `slots`: the values so far; a declared slot that is missing here is unknown. `flags`: the call's flags.
    """

    flow: Flow
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    attempt: int | None = None
    hour: int | None = None
    flags: Collection[str] = ()
    disposition: str | None = None
    _asking: list[str] = field(default_factory=list)

    def slot(self, id: str) -> SlotValue:
        if id in self.slots:
            return self.slots[id]
        self.flow.slot(id)
        return SlotValue(id, None, SlotState.UNKNOWN, 0.0, None)

    def criterion(self, id: str) -> bool | None:
        found = next((each for each in self.flow.criteria if each.id == id), None)
        if found is None or id in self._asking:
            return None
        self._asking.append(id)
        try:
            return evaluate(found.test, self)
        finally:
            self._asking.pop()

    def standing(self) -> Standing:
        if "" in self._asking:
            return "open"
        self._asking.append("")
        try:
            return qualification(self.flow, self).state
        finally:
            self._asking.pop()

    def call(self, name: str) -> Scalar | Collection[str] | None:
        facts: Mapping[str, Scalar | Collection[str] | None] = {
            "attempt": self.attempt,
            "hour": self.hour,
            "flag": self.flags,
            "disposition": self.disposition,
        }
        return facts.get(name)

    def list_(self, name: str) -> Collection[Scalar]:
        return self.flow.lists.get(name, ())
