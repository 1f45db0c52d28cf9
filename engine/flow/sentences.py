"""Rules of a flow as people read them: each is one plain sentence, with the flow's own names for its slots and choices.

What the rules say about a call is in `engine.flow.rules`.
"""

from __future__ import annotations

from engine.flow.model import Flow, Rule
from engine.sdk import Scalar


def sentence(rule: Rule, flow: Flow) -> str:
    """The rule as one plain sentence without a full stop: 'the ZIP is in the service area and the home is a house'."""
    if rule.all is not None:
        parts = [_part(each, flow, "all") for each in rule.all]
        return joined(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])}, and {parts[-1]}" if parts else "nothing"
    if rule.any is not None:
        parts = [_part(each, flow, "any") for each in rule.any]
        between = ", or " if any(_composite(each) for each in rule.any) else " or "
        return between.join(parts) if parts else "nothing"
    if rule.not_ is not None:
        return _negated(rule.not_, flow)
    return _test(rule, flow)


def joined(parts: list[str]) -> str:
    """At least one part: 'a', 'a and b', 'a, b and c'."""
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


def value_words(value: Scalar, flow: Flow, slot: str | None = None) -> str:
    """A value inside a sentence. With `slot`: by the slot's choices and its unit, 'a house', '$1,200', '3 days'."""
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


def values_of(rule: Rule) -> tuple[Scalar, ...]:
    """What a test compares with: one value or several, as a tuple; empty if it needs none."""
    if rule.value is None:
        return ()
    return rule.value if isinstance(rule.value, tuple) else (rule.value,)


def _part(rule: Rule, flow: Flow, inside: str) -> str:
    text = sentence(rule, flow)
    if not _composite(rule):
        return text
    if inside == "all" and rule.any is not None:
        return f"either {text}"
    if inside == "any" and rule.all is not None:
        return f"both {text}" if len(rule.all) == 2 else f"all of: {text}"
    return text


def _composite(rule: Rule) -> bool:
    return len(rule.all or rule.any or ()) > 1


_OPPOSITE = {
    "known": "not_known",
    "refused": "not_refused",
    "equals": "not_equals",
    "not_equals": "equals",
    "one_of": "none_of",
    "none_of": "one_of",
    "in_list": "not_in_list",
    "not_in_list": "in_list",
    "at_least": "less_than",
    "at_most": "more_than",
    "contains": "not_contains",
    "met": "failed",
    "failed": "met",
}


def _negated(rule: Rule, flow: Flow) -> str:
    opposite = _OPPOSITE.get(rule.is_ or "")
    if opposite is not None and (rule.slot is not None or rule.call is not None or rule.criterion is not None):
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
    values = [value_words(each, flow, slot) for each in values_of(rule)]
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
        "less_than": f"{name} is less than {first}",
        "more_than": f"{name} is more than {first}",
        "contains": f"{name} mentions “{first}”",
        "not_contains": f"{name} does not mention “{first}”",
        "in_list": f"{name} is in {listed}",
        "not_in_list": f"{name} is not in {listed}",
    }
    return sentences.get(rule.is_ or "", f"{name} passes a test that this version does not know")


def _call_sentence(rule: Rule, call: str, flow: Flow) -> str:
    value = " or ".join(value_words(each, flow).replace("_", " ") for each in values_of(rule)) or "nothing"
    bound = {
        "at_least": f"at least {value}",
        "at_most": f"at most {value}",
        "less_than": f"less than {value}",
        "more_than": f"more than {value}",
    }
    negative = rule.is_ in ("not_equals", "none_of", "not_contains")
    words = bound.get(rule.is_ or "", f"not {value}" if negative else value)
    if call == "flag":
        return f"the call is {'not ' if negative else ''}marked “{value}”"
    names = {"attempt": "the number of the attempt", "hour": "the hour of the day", "disposition": "the outcome"}
    return f"{names.get(call, call)} is {words}"
