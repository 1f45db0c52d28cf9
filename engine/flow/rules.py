"""Rules of a flow: what they say about a call (yes, no, not known yet) and how they read as one plain sentence.

Three-valued logic after Kleene: a rule about something nobody has said yet is neither true nor false (`None`), and
stays so through `all`, `any` and `not` unless another part settles it. Qualification is computed from the criteria,
never decided by a model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.flow.model import Criterion, Flow, Rule
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
    wanted = [str(each) for each in _values(rule)]
    if rule.is_ in ("contains", "equals", "one_of"):
        return any(each in value for each in wanted)
    if rule.is_ in ("not_equals", "none_of"):
        return not any(each in value for each in wanted)
    return None


def _compare(value: Scalar, rule: Rule) -> bool | None:
    wanted = _values(rule)
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


def _values(rule: Rule) -> tuple[Scalar, ...]:
    if rule.value is None:
        return ()
    return rule.value if isinstance(rule.value, tuple) else (rule.value,)


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
    return _and([f"“{criterion.label}”" for criterion in criteria])


def _found(criterion: Criterion, flow: Flow, facts: Facts) -> str:
    """', because the property is commercial', when the test looks at a slot whose value is known."""
    for id in slots_of(criterion.test):
        try:
            value = facts.slot(id)
        except KeyError:
            continue
        if value.known and value.value is not None:
            return f": {name_of(id, flow)} is {_value(value.value, flow, id)}"
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


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def name_of(slot: str, flow: Flow) -> str:
    """How a slot is called inside a sentence: 'the ZIP', 'the kind of property'."""
    try:
        declared = flow.slot(slot)
    except KeyError:
        return f"the missing “{slot}”"
    return f"the {lowered(declared.spoken or declared.label)}"


def lowered(words: str) -> str:
    """A label inside a sentence: 'Roof repair' becomes 'roof repair', 'ZIP' stays."""
    first = words.split(" ", 1)[0]
    return words if first[1:] != first[1:].lower() else words[:1].lower() + words[1:]


def _value(value: Scalar, flow: Flow, slot: str | None = None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if slot is not None:
        declared = next((each for each in flow.slots if each.id == slot), None)
        if declared is not None:
            for choice in declared.choices:
                if choice.value == value:
                    return lowered(choice.label)
            if isinstance(value, str) and value.startswith("other:"):
                return f"“{value.removeprefix('other:').strip()}”"
            if not isinstance(value, str):
                number = f"{value:,}" if isinstance(value, int) or value % 1 else f"{value:,.0f}"
                units = {"money": f"${number}", "duration": f"{number} day{'' if value == 1 else 's'}"}
                return units.get(declared.type.value, number)
    return str(value)


def sentence(rule: Rule, flow: Flow) -> str:
    """The rule as one plain sentence without a full stop: 'the ZIP is in the service area and the home is a house'."""
    if rule.all is not None:
        parts = [_part(each, flow, "all") for each in rule.all]
        return _and(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])}, and {parts[-1]}" if parts else "nothing"
    if rule.any is not None:
        parts = [_part(each, flow, "any") for each in rule.any]
        return " or ".join(parts) if parts else "nothing"
    if rule.not_ is not None:
        return _negated(rule.not_, flow)
    return _test(rule, flow)


def _part(rule: Rule, flow: Flow, inside: str) -> str:
    text = sentence(rule, flow)
    if inside == "all" and rule.any is not None and len(rule.any) > 1:
        return f"either {text}"
    if inside == "any" and rule.all is not None and len(rule.all) > 1:
        return f"both {text}"
    return text


_OPPOSITE = {
    "known": "not_known",
    "refused": "not_refused",
    "equals": "not_equals",
    "not_equals": "equals",
    "one_of": "none_of",
    "none_of": "one_of",
    "in_list": "not_in_list",
    "not_in_list": "in_list",
}


def _negated(rule: Rule, flow: Flow) -> str:
    opposite = _OPPOSITE.get(rule.is_ or "")
    if rule.slot is not None and opposite is not None:
        return _test(rule.model_copy(update={"is_": opposite}), flow)
    return f"it is not so that {sentence(rule, flow)}"


def _test(rule: Rule, flow: Flow) -> str:
    if rule.slot is not None:
        return _slot_sentence(rule, rule.slot, flow)
    if rule.criterion is not None:
        criterion = next((each for each in flow.criteria if each.id == rule.criterion), None)
        label = criterion.label if criterion else rule.criterion
        states = {"met": "is met", "failed": "is not met", "open": "is still open"}
        return f"“{label}” {states.get(rule.is_ or '', 'has an unknown state')}"
    if rule.qualification is not None:
        words = {"qualified": "the lead is qualified", "unqualified": "the lead is not qualified"}
        return words.get(str(rule.value), "it is still open whether the lead is qualified")
    if rule.call is not None:
        return _call_sentence(rule, rule.call, flow)
    return "nothing is said"


def _slot_sentence(rule: Rule, slot: str, flow: Flow) -> str:
    name = name_of(slot, flow)
    values = [_value(each, flow, slot) for each in _values(rule)]
    first = values[0] if values else "nothing"
    choice = " or ".join([", ".join(values[:-1]), values[-1]]) if len(values) > 1 else first
    listed = f"the {str(rule.value).replace('_', ' ')}"
    sentences = {
        "known": f"{name} is known",
        "not_known": f"{name} is not known",
        "unknown": f"{name} is not known yet",
        "refused": f"the caller would not say {name}",
        "not_refused": f"the caller has not refused to say {name}",
        "equals": f"{name} is {first}",
        "not_equals": f"{name} is not {first}",
        "one_of": f"{name} is {choice}",
        "none_of": f"{name} is not {choice}",
        "at_least": f"{name} is at least {first}",
        "at_most": f"{name} is at most {first}",
        "contains": f"{name} mentions “{first}”",
        "in_list": f"{name} is in {listed}",
        "not_in_list": f"{name} is not in {listed}",
    }
    return sentences.get(rule.is_ or "", f"{name} passes a test that this version does not know")


def _call_sentence(rule: Rule, call: str, flow: Flow) -> str:
    value = " or ".join(_value(each, flow).replace("_", " ") for each in _values(rule)) or "nothing"
    bound = {"at_least": f"at least {value}", "at_most": f"at most {value}", "not_equals": f"not {value}"}
    words = bound.get(rule.is_ or "", value)
    if call == "flag":
        return f"the call is {'not ' if rule.is_ in ('not_equals', 'none_of') else ''}marked “{value}”"
    names = {"attempt": "the number of the attempt", "hour": "the hour of the day", "disposition": "the outcome"}
    return f"{names.get(call, call)} is {words}"
