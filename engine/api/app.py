"""The application: its resources, and what happens before the first request and after the last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Final

from fastapi import FastAPI

from engine.api import (
    after_call,
    browser_media,
    calendars,
    calls,
    campaign_states,
    campaigns,
    connections,
    description,
    do_not_call,
    do_not_call_lists,
    drafts,
    editor,
    first_words,
    flows,
    health,
    inbound_texts,
    lead_doors,
    lead_imports,
    lead_sources,
    lead_stories,
    leads,
    library,
    linked_recordings,
    live,
    mappings,
    meta_sources,
    nodes,
    people,
    permission,
    privacy,
    problems,
    publishing,
    recordings,
    reference,
    rehearsals,
    sample_form,
    scenario_runs,
    shelf,
    stop_page,
    test_calls,
    test_chats,
    vocabulary,
    voices,
    vonage,
)
from engine.api.audited import Looks
from engine.api.carrier import open_carrier
from engine.api.chat_room import ChatRoom
from engine.api.cross_origin import BuildersPages
from engine.api.desk import Desk
from engine.api.doors.door import Doors
from engine.api.doors.refusals import Refusals
from engine.api.engines import OpenEngines, open_engines
from engine.api.import_desk import open_imports
from engine.api.limits import BodyLimit
from engine.api.meta_desk import open_meta
from engine.api.relay import Relay
from engine.api.scenario_runs import CallerRuns
from engine.api.services import Services
from engine.api.tickets import KEY_PURPOSE, Tickets
from engine.calendars.calcom_keeper import CalComKeeper
from engine.calendars.keeper import Keeper
from engine.calendars.open_calendar import diaries
from engine.call.line_pace import rank
from engine.call.lines_ahead import LinesAhead
from engine.call.switchboard import House, Switchboard
from engine.campaigns import Campaign, write
from engine.compliance import warm_up
from engine.dialing import BrowserCalls, Dialer, DraftCalls, Line, Numbers, Placing, Reception, Telephones
from engine.dialing.follow_up import follow_up
from engine.flow import shipped
from engine.flow.check import check
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.edits import Put
from engine.flow.issues import errors
from engine.flow.model import Flow
from engine.leads import Inlet
from engine.leads.list_loading import ListLoading
from engine.opt_out_links import OptOutLinks
from engine.privacy.retention_keeper import RetentionKeeper
from engine.providers.hosted import HostedOpener
from engine.providers.sampling import Sampler
from engine.providers.stored import StoredConnections, vault_of
from engine.recording_links import RecordingLinks
from engine.schedule import WorkingHours
from engine.sdk.registry import NodeTypes, discover
from engine.settings import Settings
from engine.store import Database
from engine.store import calls as call_store
from engine.store import campaigns as campaign_store
from engine.store import flows as flow_store
from engine.store.appointments import CalendarSetup, save_setup
from engine.store.appointments import calendars as calendars_there
from engine.store.database import one_at_a_time
from engine.store.lead_payloads import PURPOSE as PAYLOADS
from engine.store.lead_payloads import Seal
from engine.store.migration import migrate
from engine.telephony.call_tickets import CallTickets
from engine.telephony.line_tokens import LineTokens

log = logging.getLogger(__name__)

OFFICE: Final = {day: ["08:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")} | {
    "saturday": ["09:00-13:00"]
}
"""Business hours of the calendar that a fresh installation begins with."""

LAST_CALLS: Final = 200
"""So many calls tell which flows are in use."""

SHIPPED: Final = "shipped flows"

LAST_CALLS_S: Final = 5.0
"""If the server is stopped without having been drained, running calls get so long to be recorded."""


def create_app(settings: Settings, *, engines: OpenEngines = open_engines) -> FastAPI:
    """The application for `settings`. Its lifespan opens the database, loads the models and begins to dial.

    While it runs, `app.state.services` holds its parts and `app.state.carrier` its telephone network.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await migrate(settings.database_address)
        database = Database(settings.database_address)
        try:
            types = discover()
            for broken in types.broken:
                log.warning("The package '%s' brings no node types: %s", broken.name, broken.problem)
            await publish_shipped(database, types, settings.clock.now())
            accounts = StoredConnections(settings, database)
            async with (
                engines(settings, database) as source,
                open_carrier(settings, accounts) as carrier,
                AsyncExitStack() as exits,
            ):
                house = House(settings.public_url, settings.data_dir / "recordings", settings.max_calls)
                tokens = LineTokens(carrier.keys.signature_secret)
                switchboard = Switchboard(
                    database,
                    types,
                    source,
                    house,
                    settings.clock,
                    carrier.client,
                    tokens,
                    lambda: vault_of(settings),
                    follow_up(settings.clock),
                )
                await switchboard.bring_in()
                relay = Relay(database, switchboard, settings.own_address)
                await relay.register()
                line = Line(carrier.client, carrier.from_number, settings.public_url, settings.vonage_machine_detection)
                placing = Placing(database, switchboard, line, settings.clock)
                await asyncio.to_thread(warm_up, settings.clock.now())
                telephones = Telephones(carrier.from_number, settings.phone == "vonage", settings.simulated_hours)
                dialer = Dialer(database, switchboard, placing, settings.clock, telephones)
                refusals = Refusals(database)
                inlet = Inlet(database, settings.clock, Seal(lambda: vault_of(settings).derived(PAYLOADS)), dialer.wake)
                doors = Doors(database, accounts)
                meta = await exits.enter_async_context(open_meta(settings, database, doors, inlet))
                importing = await exits.enter_async_context(open_imports(settings, database, doors, inlet))
                numbers = Numbers(settings.default_flow, settings.flows_by_number)
                reception = Reception(database, switchboard, numbers, settings.clock, dialer.decide)
                lines = LinesAhead(source, types, lambda: len(switchboard.calls))
                called = {settings.default_flow, *settings.flows_by_number.values(), *await called_lately(database)}
                for flow in await live_flows(database):
                    lines.expect(flow, rank(flow.id, called))
                app.state.carrier = carrier
                app.state.services = Services(
                    settings,
                    database,
                    settings.clock,
                    types,
                    switchboard,
                    dialer,
                    inlet,
                    DraftCalls(database, placing, settings.clock, switchboard.holder),
                    BrowserCalls(database, switchboard, settings.clock),
                    CallTickets(carrier.keys.signature_secret),
                    reception,
                    carrier.keys,
                    lines,
                    relay,
                    rehearsals.RehearsalRoom(source),
                    ChatRoom(source, types, database),
                    CallerRuns(database),
                    voices.Samples(Sampler(settings, source, accounts, HostedOpener())),
                    Desk(database, types, settings.clock),
                    Tickets(lambda: vault_of(settings).derived(KEY_PURPOSE)),
                    RecordingLinks(
                        settings.public_url,
                        lambda purpose: vault_of(settings).derived(purpose),
                        settings.recording_link_days,
                    ),
                    doors,
                    refusals,
                    Looks(database),
                    carrier=carrier.client,
                    meta=meta,
                    imports=importing,
                    opt_out_links=OptOutLinks(settings.public_url, lambda purpose: vault_of(settings).derived(purpose)),
                    list_loading=ListLoading(database, settings.clock),
                )
                dialling = asyncio.create_task(dialer.run())
                making_lines = asyncio.create_task(lines.run())
                looking_after = asyncio.create_task(switchboard.look_after())
                staying_known = asyncio.create_task(relay.run())
                counting = asyncio.create_task(refusals.run())
                keeper = Keeper(database, diaries(database, lambda: vault_of(settings)))
                retention = RetentionKeeper(database, house.folder, settings.clock)
                keeping = asyncio.gather(
                    keeper.run(), CalComKeeper(database, lambda: vault_of(settings)).run(), retention.run()
                )
                log.info("Ready: %s", settings.public_url)
                try:
                    yield
                finally:
                    await inlet.close()
                    refusals.stop()
                    await counting
                    switchboard.draining = True
                    dialling.cancel()
                    making_lines.cancel()
                    await asyncio.gather(dialling, making_lines, return_exceptions=True)
                    cut = await switchboard.drain(LAST_CALLS_S)
                    looking_after.cancel()
                    staying_known.cancel()
                    keeping.cancel()
                    await asyncio.gather(looking_after, staying_known, keeping, return_exceptions=True)
                    await relay.close()
                    await app.state.services.list_loading.close()
                    app.state.services.rehearsals.close()
                    app.state.services.chats.close()
                    await app.state.services.caller_runs.close()
                    if cut:
                        log.warning("%d calls were cut off by the stop", cut)
        finally:
            await database.close()

    app = FastAPI(
        title="Leadline",
        summary="AI phone calls that qualify sales leads.",
        description="Errors are problem details (RFC 9457): `detail` says what was wrong and what to do next.",
        version="0.1.0",
        lifespan=lifespan,
        # FastAPI's own pages fetch their scripts from servers elsewhere; see `reference`.
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=description.operation_id,
    )
    app.add_middleware(BodyLimit)
    # Outermost, so that a page may also read why it was refused. No cookies: a page shows a ticket.
    app.add_middleware(
        BuildersPages,
        allow_origins=settings.origins_of_builder,
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
        max_age=600,
    )
    problems.install(app)
    description.install(app)
    for resource in (
        browser_media,
        people,
        campaigns,
        campaign_states,
        lead_sources,
        lead_doors,
        lead_imports,
        meta_sources,
        mappings,
        sample_form,
        privacy,
        first_words,
        lead_stories,
        leads,
        permission,
        calls,
        after_call,
        live,
        recordings,
        linked_recordings,
        shelf,
        library,
        flows,
        drafts,
        publishing,
        editor,
        rehearsals,
        test_chats,
        scenario_runs,
        test_calls,
        vocabulary,
        voices,
        nodes,
        connections,
        calendars,
        vonage,
        inbound_texts,
        do_not_call,
        do_not_call_lists,
        stop_page,
        health,
        reference,
    ):
        app.include_router(resource.router)
    return app


async def live_flows(database: Database) -> list[Flow]:
    """The newest published version of each flow that calls may be held with."""
    async with database.read() as tx:
        found = [
            await flow_store.read_version(tx, each.flow_id) for each in await flow_store.overview(tx) if each.latest
        ]
    live = []
    for version in filter(None, found):
        try:
            live.append(FlowDocument.load(version.text).flow)
        except FlowRefused as refused:
            log.warning("Version %d of the flow '%s' cannot be read: %s", version.version, version.flow_id, refused)
    return live


async def called_lately(database: Database) -> set[str]:
    """Flows of the last calls."""
    async with database.read() as tx:
        return {each.flow_id for each in await call_store.recent(tx, limit=LAST_CALLS)}


async def publish_shipped(database: Database, types: NodeTypes, now: datetime) -> None:
    """A Leadline without any flow gets the shipped ones, published, each with a campaign, and the calendar they book
    in, so that the first form can be called."""
    async with database.read() as tx:
        if await flow_store.overview(tx, archived=True):
            return
    async with database.begin() as tx:
        await one_at_a_time(tx, SHIPPED)  # another process may be starting at this very moment
        # The calendar that the shipped flows book in: business hours of the seller, to be changed by the user.
        zone = shipped.load("home_services").flow.seller.zone
        if "main" not in await calendars_there(tx):
            await save_setup(tx, CalendarSetup("main", zone, WorkingHours.read(OFFICE)))
    for name in shipped.names():
        document = shipped.load(name)
        faults = errors(check(document, types))
        async with database.begin() as tx:
            await one_at_a_time(tx, SHIPPED)
            flow = document.flow
            if await flow_store.draft(tx, flow.id) is not None:
                continue  # another process was quicker
            text = document.edited(Put(path=("version",), value=1)).save() if flow.version != 1 else document.save()
            await flow_store.save_draft(tx, flow.id, flow.name, text, by="Leadline", now=now, revision=0)
            if faults:
                log.warning("The shipped flow '%s' stays a draft: %s", flow.id, faults[0].sentence)
                continue
            await flow_store.publish(tx, flow.id, 1, text, by="Leadline", now=now, note="Shipped with Leadline")
            if await campaign_store.read(tx, name) is None:
                await campaign_store.save(
                    tx,
                    name,
                    name=flow.name,
                    state="on",
                    document=write(Campaign(flow_id=flow.id)),
                    revision=0,
                    by="Leadline",
                    now=now,
                )
