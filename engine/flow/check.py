"""The one validator: builder, API, command line, publishing and the call itself say the same about a flow.

It knows node types only through what they declare (`engine.sdk.Node`): exits, kind, effects, what they ask for, need
and disclose.
"""

from __future__ import annotations

from engine.flow.checks import business, cards, dialogue, providers, rules, slots, structure
from engine.flow.checks.subject import Subject, prepare
from engine.flow.document import FlowDocument
from engine.flow.issues import Issue
from engine.flow.model import Flow
from engine.sdk.registry import NodeTypes

_CHECKS = (
    structure.check_ids,
    structure.check_start,
    structure.check_edges,
    structure.check_exits,
    structure.check_reach,
    structure.check_circles,
    structure.check_after_call,
    cards.check_cards,
    rules.check_rules,
    slots.check_slots,
    dialogue.check_order,
    dialogue.check_reflexes,
    business.check_seller,
    business.check_knowledge,
    business.check_wording,
    business.check_secrets,
    providers.check_providers,
)


def check(flow: FlowDocument | Flow, types: NodeTypes) -> list[Issue]:
    """All issues of a flow, errors first, each once. Never raises for what a flow holds."""
    return check_prepared(prepare(flow.flow if isinstance(flow, FlowDocument) else flow, types))


def check_prepared(subject: Subject) -> list[Issue]:
    """As `check`, for a flow whose cards have been made already."""
    found = dict.fromkeys(each for check_part in _CHECKS for each in check_part(subject))
    return sorted(found, key=lambda each: each.level != "error")
