"""What the resources of the API work with, made once in the application's lifespan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from engine.api.bridge import Bridges
from engine.api.desk import Desk
from engine.api.doors.door import Doors
from engine.api.doors.refusals import Refusals
from engine.api.import_desk import ImportDesk
from engine.api.meta_desk import MetaDesk
from engine.api.relay import Relay
from engine.api.tickets import Tickets
from engine.call.handoff import CallControl
from engine.call.lines_ahead import LinesAhead
from engine.call.switchboard import Switchboard
from engine.clock import Clock
from engine.dialing import BrowserCalls, Dialer, DraftCalls, Reception
from engine.leads import Inlet
from engine.leads.list_loading import ListLoading
from engine.leads.sources.rates import Buckets
from engine.opt_out_links import OptOutLinks
from engine.recording_links import RecordingLinks
from engine.sdk.registry import NodeTypes
from engine.settings import Settings
from engine.store import Database
from engine.telephony.call_tickets import CallTickets
from engine.telephony.given_answers import GivenAnswers
from engine.telephony.webhooks import ReplayCache, WebhookKeys

if TYPE_CHECKING:  # resources themselves: they need `Use` below
    from engine.api.audited import Looks
    from engine.api.chat_room import ChatRoom
    from engine.api.rehearsals import RehearsalRoom
    from engine.api.scenario_runs import CallerRuns
    from engine.api.shelf import Glance
    from engine.api.voices import Samples


@dataclass
class Services:
    settings: Settings
    database: Database
    clock: Clock
    nodes: NodeTypes
    switchboard: Switchboard
    dialer: Dialer
    inlet: Inlet
    draft_calls: DraftCalls
    browser_calls: BrowserCalls
    call_tickets: CallTickets
    reception: Reception
    webhook_keys: WebhookKeys
    lines: LinesAhead
    relay: Relay
    rehearsals: RehearsalRoom
    chats: ChatRoom
    caller_runs: CallerRuns
    samples: Samples
    desk: Desk
    tickets: Tickets
    recording_links: RecordingLinks
    doors: Doors
    refusals: Refusals
    looks: Looks
    carrier: CallControl
    meta: MetaDesk
    imports: ImportDesk
    opt_out_links: OptOutLinks
    list_loading: ListLoading
    bridges: Bridges = field(default_factory=Bridges)
    replays: ReplayCache = field(default_factory=ReplayCache)
    buckets: Buckets = field(default_factory=Buckets)
    given: GivenAnswers = field(default_factory=GivenAnswers)
    glances: dict[str, Glance] = field(default_factory=dict)
    """Documents as the list of flows has read them, by checksum."""


def services_of(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


async def _services(request: Request) -> Services:
    # Not a plain function: those are run in a thread, which costs every request more than it does.
    return services_of(request)


Use = Annotated[Services, Depends(_services)]
"""A parameter of a resource that needs them."""
