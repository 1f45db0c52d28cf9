"""Which lines of a flow are known before a call: what they say is fixed but for facts of the lead. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from engine.call.facts import flow_facts, opening_names
from engine.call.session_settings import GREETING
from engine.compliance.decision import Duties, Variant
from engine.dialogue.disclosures import told_in
from engine.dialogue.openings import before_the_goodbye, opening
from engine.dialogue.phrases import DEFAULTS, Phrases
from engine.dialogue.template import PLACEHOLDER, fill, speakable_line
from engine.flow.model import Flow
from engine.sdk import Disclosure, TalkNode
from engine.sdk.registry import NodeTypes

OF_EVERY_CALL: Final = ("still_there", "line_back")
"""Phrases of the engine that are made ready for each call, by name."""


def by_heart(flow: Flow, nodes: NodeTypes, facts: Mapping[str, str], duties: Duties, *, inbound: bool) -> list[str]:
    """What a call will probably need word for word, as it will be spoken, what comes first first: the opening in its
    parts, openers, fixed lines. Ask with what `facts` there are: what they do not fill stays a {placeholder}."""
    told: list[tuple[int, str]] = []
    for card in flow.nodes:
        if card.type not in nodes:
            continue
        node = nodes.make(card.type, card.settings, card.v)
        if not isinstance(node, TalkNode):
            continue
        discloses = tuple(name for name in get_args(Disclosure) if name in node.discloses_what())
        for text in node.fixed_lines():
            spoken = [fill(text, facts)]
            if discloses:
                own = Duties() if inbound else duties
                spoken = [part.text for part in opening(spoken[0], discloses, opening_names(flow), own)]
            elif node.terminal:
                spoken += before_the_goodbye(spoken, opening_names(flow).number(*spoken))
            rank = 3 if not discloses else 0 if (card.id == flow.start_inbound) == inbound else 1
            told += [(rank, each) for each in spoken]
    told += [(2, fill(Phrases(flow.texts).next(name), facts)) for name in OF_EVERY_CALL]
    short = fill(Phrases(flow.texts).next("short_opening"), facts)
    told += [(2, part.text) for part in opening(short, told_in(short), opening_names(flow), duties)]
    return [text for _, text in sorted(told, key=lambda each: each[0])]


def late_greeting(flow: Flow) -> str:
    """What is said in calls of this flow if the opening is late."""
    return speakable_line(fill(GREETING, flow_facts(flow)))


def for_all_leads(flow: Flow, nodes: NodeTypes) -> list[str]:
    """Lines that are the same in every call of a flow, ready to be spoken: its fixed lines, all wordings of the
    engine's own phrases, the first wording of each question. None holds anything of a lead."""
    phrases = [wording for name in DEFAULTS for wording in flow.texts.get(name) or DEFAULTS[name]]
    questions = [slot.ask[0] for slot in flow.slots if slot.ask]
    facts = flow_facts(flow)
    openings = [
        *(line for where in get_args(Variant) for line in by_heart(flow, nodes, facts, Duties(where), inbound=False)),
        *(by_heart(flow, nodes, facts, Duties(), inbound=True) if flow.start_inbound else ()),
    ]
    filled = [*openings, *(fill(text, facts) for text in (*phrases, *questions))]
    return [text for text in dict.fromkeys(filled) if text.strip() and not PLACEHOLDER.search(text) and "{" not in text]
