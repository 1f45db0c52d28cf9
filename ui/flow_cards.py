"""The parts of a flow's page as HTML. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ui import looks
from ui.flow_view import Card, Criterion, Flow, Knowledge, Reflex, Slot
from ui.records import CardType, FlowFull, FlowLine
from ui.sentences import capital, card_says, card_wants, edge_sentence, outcome_word, reason_word, rule_sentence
from ui.texts import t

NEED_TONES: dict[str, looks.Tone] = {"must": "good", "nice": "info", "if_offered": "calm"}


def state_badges(line: FlowLine | FlowFull) -> list[str]:
    """Whether it is live, and for a whole flow how many problems its draft has."""
    latest = line.latest if isinstance(line, FlowLine) else (line.versions[0].version if line.versions else 0)
    marks = [looks.badge(t("flows.live", version=latest), "good") if latest else looks.badge(t("flows.draft"), "warm")]
    if isinstance(line, FlowFull):
        marks.append(problem_badge(line))
    return marks


def problem_badge(flow: FlowFull) -> str:
    errors = sum(issue.is_error for issue in flow.issues)
    if errors:
        return looks.badge(t("flows.problems", count=errors), "bad")
    if flow.issues:
        return looks.badge(t("flows.hints", count=len(flow.issues)), "warm")
    return looks.badge(t("flows.fine"))


def part_names(flow: Flow) -> dict[str, str]:
    """Names of a flow's parts by id, for the addresses of problems."""
    names = {card.id: card.name or card.id for card in flow.nodes}
    names |= {slot.id: slot.label or slot.id for slot in flow.slots}
    names |= {each.id: each.label or each.id for each in flow.criteria}
    names |= {each.id: each.label or each.id for each in flow.reflexes}
    names |= {each.id: each.question or each.id for each in flow.knowledge}
    names |= {edge.id: f"{flow.card_name(edge.from_.node)} → {flow.card_name(edge.to)}" for edge in flow.edges}
    return names


def slot(slot: Slot) -> str:
    kind = t(f"flow.type.{slot.type}", otherwise=slot.type)
    marks = [looks.badge(t(f"flow.need.{slot.need}", otherwise=slot.need), NEED_TONES.get(slot.need, "calm"))]
    marks.append(looks.badge(kind))
    if slot.privacy != "plain":
        marks.append(looks.badge(t(f"flow.privacy.{slot.privacy}", otherwise=slot.privacy), "warm"))
    lines = [looks.paragraph(f"“{slot.ask[0]}”") if slot.ask else looks.paragraph(t("flow.slot.never"), dimmed=True)]
    if slot.why:
        lines.append(looks.paragraph(slot.why, dimmed=True))
    if slot.choices:
        lines.append(looks.paragraph(" · ".join(each.label or each.value for each in slot.choices), dimmed=True))
    if slot.prefill:
        lines.append(looks.paragraph(t("flow.slot.prefill"), dimmed=True))
    return looks.card(slot.label or slot.id, *lines, beside=" ".join(marks))


def card(card: Card, flow: Flow, types: Mapping[str, CardType]) -> str:
    """`types`: what the engine tells of card types, by name."""
    known = types.get(card.type)
    exits = {each.name: each.label for each in known.exits} if known is not None else {}
    title = known.title if known is not None else card.type
    lines = []
    if says := card_says(card, flow):
        lines.append(looks.paragraph(says))
    if wants := card_wants(card, flow):
        lines.append(looks.paragraph(t("flow.cards.wants", slots=", ".join(wants)), dimmed=True))
    lines.append(looks.listing(capital(edge_sentence(edge, flow, exits)) for edge in flow.edges_from(card.id)))
    return looks.card(card.name or card.id, *lines, beside=looks.badge(title))


def criterion(each: Criterion, flow: Flow) -> str:
    mark = looks.badge(t(f"flow.criteria.{each.kind}", otherwise=each.kind), "good" if each.kind == "hard" else "calm")
    sentence = t("flow.criteria.holds", rule=rule_sentence(each.test, flow), reason=reason_word(each.reason))
    return looks.card(each.label or each.id, looks.paragraph(sentence), beside=mark)


def knowledge(each: Knowledge) -> str:
    mark = looks.badge(each.topic.replace("_", " ")) if each.topic else ""
    return looks.card(each.question or each.id, looks.paragraph(each.say), beside=mark)


def reflex(each: Reflex, flow: Flow) -> str:
    lines = []
    if each.examples:
        when = t("flow.reflex.when", example=each.examples[0])
        if each.not_examples:
            when += ", " + t("flow.reflex.not", example=each.not_examples[0])
        lines.append(looks.paragraph(when, dimmed=True))
    if each.do.say:
        lines.append(looks.paragraph(f"“{each.do.say[0]}”"))
    match each.do.then:
        case "go":
            then = t("flow.reflex.go", card=flow.card_name(each.do.go or ""))
        case "end":
            then = t("flow.reflex.end", outcome=outcome_word(each.do.disposition))
        case _:
            then = t("flow.reflex.return")
    lines.append(looks.paragraph(then))
    return looks.card(each.label or each.id, *lines)


def fits(each: Knowledge, words: str) -> bool:
    """Whether every one of `words` stands in the question or the answer."""
    text = f"{each.question} {each.say} {each.topic}".casefold()
    return all(word in text for word in words.casefold().split())
