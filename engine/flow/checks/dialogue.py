"""How the call goes: what must be said before the first question, what a card needs, and the reflexes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.flow.checks.cards import check_texts
from engine.flow.checks.placeholders import COMMON
from engine.flow.checks.subject import Subject
from engine.flow.issues import Address, Issue, issue
from engine.flow.model import Edge, Reflex, ReflexAction, Rule

DISCLOSURES: Mapping[str, str] = {
    "ai": "that an AI is calling",
    "recording": "that the call is recorded",
    "opt_out": "how to stop these calls",
}
"""What the caller must have heard before the first question, everywhere (compliance: the strictest rules)."""

REQUIRED: Mapping[str, str] = {
    "are_you_robot": "asks whether it is a robot",
    "opt_out_clear": "wants no more calls",
    "wants_person": "wants a person",
}
"""Reflexes that can be reworded but not removed, by trigger."""

_OUT = "!"
"""Prefix of disclosures in the sets below, so that they cannot be mistaken for slots."""


def check_order(subject: Subject) -> Iterator[Issue]:
    """Every way from the start to a card that asks tells what must be told; every way to a card that needs answers
    has asked for them."""
    before = _said_before(subject)
    for id in subject.cards:
        node = subject.cards[id].node
        if id not in before or node is None:
            continue
        said = before[id]
        if node.asks():
            own = node.discloses_what()
            missing = [words for name, words in DISCLOSURES.items() if name not in own and _OUT + name not in said]
            if missing:
                yield issue(
                    "question_before_disclosure",
                    Address("node", id),
                    f"The call can come to {subject.title(id)} and ask a question before it has said {_and(missing)}.",
                    "Say it in a fixed line before the first question, and mark there what the line makes known.",
                )
        for slot in node.slots_needed():
            if slot not in said and slot in subject.slots:
                yield issue(
                    "needed_slot_missing",
                    Address("node", id),
                    f"The call can come to {subject.title(id)} without having asked for "
                    f"“{subject.slots[slot].label}”, which is needed there.",
                    "Ask for it in a stage on every way to this card.",
                )


def _said_before(subject: Subject) -> dict[str, frozenset[str]]:
    """For every reachable card what holds on all ways to it: disclosures made, slots asked for or filled.

    A forward data-flow over the graph. A reflex can jump from any card that talks, so its targets get what all of
    those have in common.
    """
    before: dict[str, frozenset[str]] = {}
    own = {id: _gains(subject, id) for id in subject.live}
    by_edge = {edge.id: _known_by(subject, edge) for id in subject.live for edge in subject.out[id] if edge.rule}
    targets = {target for _, target in subject.jumps()}
    anywhere: frozenset[str] | None = None
    todo = subject.starts()
    for id in todo:
        before[id] = frozenset()

    def arrive(id: str, said: frozenset[str]) -> None:
        old = before.get(id)
        new = said if old is None else old & said
        if new != old:
            before[id] = new
            todo.append(id)

    while todo:
        id = todo.pop()
        after = before[id] | own[id]
        for edge in subject.out[id]:
            gained = by_edge.get(edge.id) if edge.kind == "rule" else None
            arrive(edge.to, after | gained if gained else after)
        card = subject.cards[id]
        if targets and (card.talks or card.ghost) and not card.terminal:
            common = after if anywhere is None else anywhere & after
            if common != anywhere:
                anywhere = common
                for target in targets:
                    arrive(target, common)
    return before


def _gains(subject: Subject, id: str) -> frozenset[str]:
    card = subject.cards[id]
    if card.node is None:  # a ghost or broken settings, reported already: give it the benefit of the doubt
        return frozenset((*subject.slots, *(_OUT + name for name in DISCLOSURES)))
    disclosed = (_OUT + name for name in card.node.discloses_what())
    return frozenset((*card.node.slots_wanted(), *card.writes, *disclosed))


def _known_by(subject: Subject, edge: Edge) -> frozenset[str]:
    """Slots that must be known when the rule of an edge holds."""
    return frozenset(_known(subject, edge.rule, 0)) if edge.rule is not None else frozenset()


def _known(subject: Subject, rule: Rule, depth: int) -> Iterator[str]:
    if depth > 4:
        return
    if rule.all is not None:
        for part in rule.all:
            yield from _known(subject, part, depth + 1)
    elif rule.slot is not None and rule.is_ not in ("unknown", "refused"):
        yield rule.slot
    elif rule.criterion is not None and rule.is_ == "met":
        for criterion in subject.flow.criteria:
            if criterion.id == rule.criterion:
                yield from _known(subject, criterion.test, depth + 1)
    elif rule.qualification is not None and rule.value == "qualified":
        for criterion in subject.flow.criteria:
            if criterion.kind == "hard":
                yield from _known(subject, criterion.test, depth + 1)


def check_reflexes(subject: Subject) -> Iterator[Issue]:
    triggers = {reflex.trigger for reflex in subject.flow.reflexes}
    for trigger, words in REQUIRED.items():
        if trigger not in triggers:
            yield issue(
                "reflex_missing",
                Address("flow", "", f"reflexes.{trigger}"),
                f"Nothing is said about what happens when the caller {words}; every flow must.",
                "Add this reflex; you may word it as you like.",
            )
    for reflex in subject.flow.reflexes:
        yield from _check_reflex(subject, reflex)
        yield from _check_promise(reflex)


def _check_reflex(subject: Subject, reflex: Reflex) -> Iterator[Issue]:
    where = f"the reflex “{reflex.label}”"
    if reflex.trigger == "custom" and not reflex.examples:
        yield issue(
            "reflex_without_examples",
            Address("reflex", reflex.id, "examples"),
            f"The reflex “{reflex.label}” has no examples, so it would never be noticed.",
            "Write three or more things that callers say.",
        )
    if not reflex.not_examples:
        yield issue(
            "no_counterexamples",
            Address("reflex", reflex.id, "not_examples"),
            f"The reflex “{reflex.label}” has no examples of what does not mean it, so it may act at the wrong moment.",
            "Write one or two things that sound like it and mean something else.",
        )
    for name, action in (("do", reflex.do), ("past_limit", reflex.past_limit)):
        if action is None:
            continue
        at = Address("reflex", reflex.id, name)
        if action.then == "go" and action.go not in subject.cards:
            what = f"the card “{action.go}”, which is gone" if action.go else "a card, but does not say which"
            yield issue(
                "broken_reflex", at, f"The reflex “{reflex.label}” goes to {what}.", "Choose the card it goes to."
            )
        elif action.then == "go" and action.go is not None and subject.cards[action.go].after_call:
            yield issue(
                "lanes_mixed",
                at,
                f"The reflex “{reflex.label}” goes to {subject.title(action.go)}, which can only run after the call.",
                "Choose a card of the conversation.",
            )
        yield from check_texts(subject, at, where, action.say, COMMON)


_AI = re.compile(r"\bAI\b|\bA\.I\.|artificial|robot|automated|computer|machine", re.IGNORECASE)
_DENIES = re.compile(
    r"\b(?:not|no)\s+an?\s+(?:AI|robot|bot|machine|computer)\b|\b(?:real|human)\s+(?:person|being)\b|^No\b", re.I
)


def _check_promise(reflex: Reflex) -> Iterator[Issue]:
    """The three reflexes that cannot be removed must still do what they are for."""
    weak = ""
    if reflex.trigger == "are_you_robot" and not all(_AI.search(t) and not _DENIES.search(t) for t in _said(reflex.do)):
        weak = "does not say honestly that an AI is speaking"
    elif reflex.trigger == "opt_out_clear" and not (reflex.do.then == "end" and reflex.do.disposition == "do_not_call"):
        weak = "does not end the call as “do not call”"
    elif reflex.trigger == "wants_person" and reflex.do.then == "return":
        weak = "goes on with the call as if nothing had been said"
    if weak:
        yield issue(
            "reflex_weakened",
            Address("reflex", reflex.id, "do"),
            f"The reflex “{reflex.label}” {weak}.",
            "You may word it as you like, but it must keep its purpose.",
        )


def _said(action: ReflexAction) -> tuple[str, ...]:
    return action.say or ("",)


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
