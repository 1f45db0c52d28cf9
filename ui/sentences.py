"""Rules, edges and reasons as plain sentences. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ui.call_records import Move
from ui.flow_view import Edge, Flow, Rule, Slot
from ui.records import Scalar
from ui.texts import t

_OPPOSITE: Final = {
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
_SLOT_TESTS: Final = frozenset(
    {"known", "not_known", "unknown", "refused", "not_refused", "equals", "not_equals", "one_of", "none_of", "at_least",
     "at_most", "less_than", "more_than", "contains", "not_contains", "in_list", "not_in_list"}
)  # fmt: skip


def lowered(words: str) -> str:
    """A label inside a sentence: 'Roof repair' becomes 'roof repair', 'ZIP' stays."""
    first = words.split(" ", 1)[0]
    return words if first[1:] != first[1:].lower() else words[:1].lower() + words[1:]


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def shown(value: Scalar | None, slot: Slot | None = None) -> str:
    """A value as people read it: a choice by its label, money with its sign, days as days."""
    if value is None:
        return t("nothing")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if slot is not None:
        for choice in slot.choices:
            if choice.value == value:
                return choice.label or choice.value
        if not isinstance(value, str):
            number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,}"
            if slot.type == "money":
                return f"${number}"
            if slot.type == "duration":
                return t("today") if value == 0 else t("in_days", count=number) if value != 1 else t("tomorrow")
            return number
    return str(value).removeprefix("other:").strip()


def rule_sentence(rule: Rule, flow: Flow) -> str:
    """Without capital and full stop: 'the ZIP is in the service area and the kind of property is residential'."""
    if rule.all is not None:
        return _listed([_either(each, flow) for each in rule.all]) or t("nothing")
    if rule.any is not None:
        between = t("or_last") if any(_composite(each) for each in rule.any) else t("or")
        return between.join(_both(each, flow) for each in rule.any) or t("nothing")
    if rule.not_ is not None:
        opposite = _OPPOSITE.get(rule.not_.is_ or "")
        single = (rule.not_.slot, rule.not_.call, rule.not_.criterion)
        if opposite is not None and any(each is not None for each in single):
            return rule_sentence(replace(rule.not_, is_=opposite), flow)
        return t("rule.not", rule=rule_sentence(rule.not_, flow))
    if rule.slot is not None:
        return _slot_sentence(rule, rule.slot, flow)
    if rule.criterion is not None:
        criterion = flow.criterion(rule.criterion)
        state = rule.is_ if rule.is_ in ("met", "failed", "open") else "open"
        return t(f"rule.criterion.{state}", label=criterion.label if criterion else rule.criterion)
    if rule.qualification is not None:
        state = str(rule.value) if rule.value in ("qualified", "unqualified") else "open"
        return t(f"rule.{state}")
    if rule.call is not None:
        return _call_sentence(rule, rule.call)
    return t("nothing")


def _listed(parts: list[str]) -> str:
    """'a', 'a and b', 'a, b, and c'."""
    if len(parts) < 3:
        return t("and").join(parts)
    return t("and_last").join([", ".join(parts[:-1]), parts[-1]])


def _either(rule: Rule, flow: Flow) -> str:
    text = rule_sentence(rule, flow)
    return t("either", rule=text) if rule.any is not None and _composite(rule) else text


def _both(rule: Rule, flow: Flow) -> str:
    text = rule_sentence(rule, flow)
    if rule.all is None or not _composite(rule):
        return text
    return t("both" if len(rule.all) == 2 else "all_of", rule=text)


def _composite(rule: Rule) -> bool:
    return len(rule.all or rule.any or ()) > 1


def _slot_sentence(rule: Rule, id: str, flow: Flow) -> str:
    slot = flow.slot(id)
    name = t("the", name=lowered((slot.spoken or slot.label) if slot else id))
    values = [_compared(each, slot) for each in rule.values]
    if rule.is_ not in _SLOT_TESTS:
        return t("rule.slot.other", name=name)
    value = t("or").join([", ".join(values[:-1]), values[-1]]) if len(values) > 1 else "".join(values)
    if rule.is_ in ("in_list", "not_in_list"):
        value = value.replace("_", " ")
    return t(f"rule.slot.{rule.is_}", name=name, value=value or t("nothing"))


def _compared(value: Scalar, slot: Slot | None) -> str:
    """A value that another one is compared with: of a duration, how many days."""
    if slot is not None and slot.type == "duration" and not isinstance(value, str | bool):
        return t("day") if value == 1 else t("days", count=f"{value:,}")
    return lowered(shown(value, slot))


def _call_sentence(rule: Rule, call: str) -> str:
    value = t("or").join(shown(each).replace("_", " ") for each in rule.values) or t("nothing")
    negative = rule.is_ in ("not_equals", "none_of", "not_contains")
    if call == "flag":
        return t("rule.call.no_flag" if negative else "rule.call.flag", value=value)
    bounds = ("at_least", "at_most", "less_than", "more_than")
    test = rule.is_ if rule.is_ in bounds else "not_equals" if negative else "equals"
    name = t(f"rule.call.{call}") if call in ("attempt", "hour", "disposition") else call
    return t(f"rule.call.{test}", name=name, value=value)


def condition(edge: Edge, flow: Flow) -> str:
    """What the edge waits for, without where it leads."""
    if edge.kind == "rule" and edge.rule is not None:
        return rule_sentence(edge.rule, flow)
    if edge.kind == "intent" and edge.intent is not None:
        return _inside(edge.intent.says)
    return t("edge.when_done")


def considered_sentence(line: str, flow: Flow) -> str:
    """A line of the journal, `edge id: verdict`, in words."""
    id, _, verdict = line.partition(": ")
    edge = flow.edge(id)
    if edge is None:
        return line
    known = {"taken", "does not hold", "not known yet", "not what the caller said"}
    if edge.kind == "otherwise":
        key = "taken_otherwise" if verdict == "taken" else "not_yet"
    else:
        key = verdict.replace(" ", "_") if verdict in known else "other"
    words = capital(condition(edge, flow))
    return t(f"verdict.{key}", condition=words, to=flow.card_name(edge.to), verdict=verdict)


def move_sentence(move: Move, flow: Flow) -> str:
    """Where the call went, and why."""
    to, came_from = flow.card_name(move.card), flow.card_name(move.came_from)
    id = move.why.removeprefix("edge ")
    edge = flow.edge(id) if id != move.why else None
    if edge is not None:
        if edge.kind == "otherwise":
            return _otherwise_move(edge, flow, to, came_from)
        return t("move.because", to=to, came_from=came_from, why=condition(edge, flow))
    return t("move.because", to=to, came_from=came_from, why=move.why)


def _otherwise_move(edge: Edge, flow: Flow, to: str, came_from: str) -> str:
    if edge.from_.exit != "next":
        return t("move.exit", to=to, came_from=came_from, exit=_exit_word(edge))
    settled = any(card.id == edge.from_.node and card.texts("slots") for card in flow.nodes)
    alone = len(flow.edges_from(edge.from_.node)) == 1
    return t("move.settled" if settled or alone else "move.otherwise", to=to, came_from=came_from)


def _exit_word(edge: Edge) -> str:
    return capital(edge.from_.exit.replace("_", " "))


def outcome_word(code: str | None) -> str:
    """A disposition in words; unknown codes are shown as they are, without underscores."""
    return _word("outcome", code)


def reason_word(code: str | None) -> str:
    return _word("reason", code)


def counted(thing: str, count: int) -> str:
    """'1 problem', '3 problems'. `thing`: one of the names under `count.` in the table of texts."""
    return t(f"count.{thing}.one") if count == 1 else t(f"count.{thing}.many", count=count)


def _word(kind: str, code: str | None) -> str:
    if not code:
        return ""
    return t(f"{kind}.{code}", otherwise=capital(code.replace("_", " ")))


def _inside(sentence: str) -> str:
    return lowered(sentence.strip().rstrip("."))
