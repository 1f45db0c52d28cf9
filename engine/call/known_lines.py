"""Which lines of a flow are known before a call: what they say is fixed but for facts of the lead. Pure."""

from __future__ import annotations

from typing import Final

from engine.call.facts import flow_facts
from engine.dialogue.phrases import DEFAULTS, Phrases
from engine.dialogue.template import PLACEHOLDER, fill
from engine.flow.model import Flow
from engine.sdk import TalkNode
from engine.sdk.registry import NodeTypes

OF_EVERY_CALL: Final = ("short_opening", "still_there", "line_back")
"""Phrases of the engine that are made ready for each call, by name."""


def by_heart(flow: Flow, nodes: NodeTypes) -> list[str]:
    """What a call will probably need word for word: fixed lines, openers; with their {placeholders}."""
    lines: list[str] = []
    for card in flow.nodes:
        if card.type not in nodes:
            continue
        node = nodes.make(card.type, card.settings, card.v)
        if isinstance(node, TalkNode):
            lines += node.fixed_lines()
    return [*lines, *(Phrases(flow.texts).next(name) for name in OF_EVERY_CALL)]


def for_all_leads(flow: Flow, nodes: NodeTypes) -> list[str]:
    """Lines that are the same in every call of a flow, ready to be spoken: its fixed lines, all wordings of the
    engine's own phrases, the first wording of each question. None holds anything of a lead."""
    phrases = [wording for name in DEFAULTS for wording in flow.texts.get(name) or DEFAULTS[name]]
    questions = [slot.ask[0] for slot in flow.slots if slot.ask]
    facts = flow_facts(flow)
    filled = [fill(text, facts) for text in (*by_heart(flow, nodes), *phrases, *questions)]
    return [text for text in dict.fromkeys(filled) if text.strip() and not PLACEHOLDER.search(text) and "{" not in text]
