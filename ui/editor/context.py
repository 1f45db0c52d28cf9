"""What the forms of the editor offer to pick from, whatever the engine and the flow are like."""

from __future__ import annotations

from ui import parts
from ui.client import EngineTrouble
from ui.flow_session import FlowSession
from ui.flow_view import Flow, NotAFlow, read_flow
from ui.forms.context import context_of
from ui.forms.spot import Context
from ui.records import CardTypes


def context_for(session: FlowSession, types: CardTypes) -> Context:
    """Without the engine, what was last known; parts of a damaged flow are simply not offered."""
    by_name = {each.type: each for each in types.nodes}
    try:
        return context_of(session.document, parts.engine())
    except EngineTrouble:
        return Context(_flow(session), by_name)
    except NotAFlow:
        return Context(Flow(session.flow_id, session.name), by_name)


def _flow(session: FlowSession) -> Flow:
    try:
        return read_flow(session.document)
    except NotAFlow:
        return Flow(session.flow_id, session.name)
