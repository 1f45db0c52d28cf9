"""Getting a call ready before it is answered: its flow, its conversation, its journal, and the lines known by heart."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.call.ahead import LookAhead
from engine.call.context import Outside
from engine.call.conversation import FlowConversation
from engine.call.early_ear import EarlyEar
from engine.call.engines import EngineSource
from engine.call.facts import text_facts
from engine.call.first_word import FirstWord
from engine.call.handoff import TransferDesk
from engine.call.hints import hints_for_call
from engine.call.journal import Entry, Journal
from engine.call.known_lines import by_heart, late_greeting
from engine.call.live import CallOrder, CallTime, LiveCall, Tally, trial_order
from engine.call.outside import StoreOutside, opened, phones, stored_calendars
from engine.call.resumption import Note, replay
from engine.call.scene import CallTalk
from engine.call.session_settings import LINES
from engine.call.trial_outside import TrialOutside, scratch_calendars
from engine.clock import Clock
from engine.compliance.decision import Duties
from engine.dialogue.template import speakable_line
from engine.flow.check import check
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.issues import errors
from engine.flow.model import Flow
from engine.sdk import Calendar, Connection, Lead, QuietNode
from engine.sdk.registry import NodeTypes, NodeTypeUnknown, SettingsInvalid
from engine.speech.fallback import FallbackEar
from engine.store import Database, attempts, calls, flows, holds, journal, leads, trials
from engine.store.calls import CallRecord
from engine.store.connections import Vault
from engine.telephony.progress import Progress

log = logging.getLogger(__name__)


class FlowUnusable(Exception):
    """A call cannot be held with its flow. The message says why and what to do."""


class StoreSink:
    """A journal's way into the database. `holder`: this process; once another one has the call, nothing is written any
    more. `stored`: entries of an earlier process, for a call that was taken over."""

    def __init__(self, database: Database, holder: str, stored: int = 0) -> None:
        self._database = database
        self._holder = holder
        self._stored = stored

    async def append(self, call_id: str, entries: Sequence[Entry]) -> None:
        rows = [
            journal.Entry(self._stored + each.number, round(1000 * each.at), each.kind, each.facts) for each in entries
        ]
        async with self._database.begin() as tx:
            await holds.require(tx, call_id, self._holder)
            await journal.append(tx, call_id, rows)


class Preparation:
    """Makes live calls out of orders. One for a process: flows that were read once are kept.

    `open_desk`: makes the desk for a call's transfers, given colleagues' numbers by name of their connection. `vault`:
    opens those connections.
    """

    def __init__(
        self,
        database: Database,
        nodes: NodeTypes,
        engines: EngineSource,
        clock: Clock,
        holder: str,
        open_desk: Callable[[Mapping[str, str]], TransferDesk],
        vault: Callable[[], Vault] | None,
    ) -> None:
        self._database = database
        self._holder = holder
        self._nodes = nodes
        self._engines = engines
        self._clock = clock
        self._open_desk = open_desk
        self._vault = vault
        self._flows: dict[tuple[str, int], Flow] = {}
        self._wrong: dict[tuple[str, int], tuple[str, ...]] = {}

    async def prepare(self, order: CallOrder, stored: int = 0) -> LiveCall:
        """The call with its journal running; its lines are made ready beside. `stored`: journal entries it has already.
        Raises `FlowUnusable`."""
        flow = self._flow(order)
        accounts = await opened(self._database, self._vault, self._talk_connections(flow))
        desk = self._open_desk(phones(accounts) if order.does("transfer") else {})
        diary = Journal(order.call_id, StoreSink(self._database, self._holder, stored))
        tally = Tally(diary)
        times = CallTime(order.placed_at, flow.seller.zone)
        outside = await self._outside(order, flow, desk, accounts)
        inbound = order.direction == "inbound"
        ahead = LookAhead()
        talk = CallTalk(order.call_id, flow, order.lead, times.moment, diary.written, inbound, ahead, order.duties)
        engines = await self._engines.for_flow(flow)
        try:
            conversation = FlowConversation(talk, self._nodes, engines.model, outside, tally)
        except (NodeTypeUnknown, SettingsInvalid, KeyError, ValueError) as broken:
            why = " ".join(self._faults(order, flow)) or str(broken)
            raise FlowUnusable(f"The flow “{flow.name}” cannot be used for calls. {why}") from broken
        live = LiveCall(
            order=order,
            flow=flow,
            conversation=conversation,
            journal=diary,
            tally=tally,
            times=times,
            progress=Progress(dialled=order.lead.phone),
            engines=engines,
            desk=desk,
            hands_over=any(
                card.type in self._nodes and self._nodes.get(card.type).effects.hands_over for card in flow.nodes
            ),
        )
        if order.trial is None:
            self._look_ahead(ahead, flow, order.lead, times.moment(0.0))
        live.writer = asyncio.create_task(diary.run())
        live.warm = asyncio.create_task(self._warm_up(live))
        live.ear = _early_ear(live)
        if engines.order:
            live.note("providers", **{part: ", then ".join(order) for part, order in engines.order.items()})
        for each in engines.left_out:
            live.note("trouble", part=each.part, problem=each.problem)
        for sentence in self._faults(order, flow):
            live.note("trouble", part="flow", problem=sentence)
        return live

    async def _outside(
        self, order: CallOrder, flow: Flow, desk: TransferDesk, accounts: Mapping[str, Connection]
    ) -> Outside:
        names = frozenset(
            name for card in flow.nodes if isinstance(name := card.settings.get("calendar"), str) and name
        )
        if order.trial is None:
            return await StoreOutside.open(
                self._database, order.call_id, order.lead.id, self._clock, names, accounts, desk, self._vault
            )
        calendars: Mapping[str, Calendar]
        if order.does("calendar"):
            calendars = await stored_calendars(self._database, self._vault, order.call_id, names)
        else:
            calendars = await scratch_calendars(self._database, flow)
        return TrialOutside(calendars, desk, connections=accounts if order.does("requests") else None)

    def _look_ahead(self, ahead: LookAhead, flow: Flow, lead: Lead, now: datetime) -> None:
        cards = [
            card
            for each in flow.nodes
            if each.type in self._nodes
            if isinstance(card := self._nodes.make(each.type, each.settings, each.v), QuietNode) and card.looks_ahead
        ]
        names = {str(getattr(card.settings, "connection", "")) for card in cards}
        ahead.begin(cards, lead, now, lambda: opened(self._database, self._vault, names))

    async def take_over(self, call_id: str) -> LiveCall | None:
        """A call that another process placed, or even talked on, as the database knows it: its journal is read into its
        conversation. None if there is no such call under way, or it cannot be held. Hold it first
        (`engine.store.holds`), so that its journal does not grow any more."""
        async with self._database.read() as tx:
            record = await calls.read(tx, call_id)
            if record is None or record.state not in calls.UNDER_WAY:
                return None
            order = await self._order(tx, record)
            stored = await journal.read(tx, call_id)
        if order is None:
            return None
        try:
            live = await self.prepare(order, stored=len(stored))
        except FlowUnusable as problem:
            log.warning("Call %s cannot be taken over: %s", call_id, problem)
            return None
        notes = [Note(entry.kind, entry.at_ms / 1000, entry.facts) for entry in stored]
        self._take_up(live, record, notes)
        live.note("taken_over")
        return live

    async def _order(self, tx: AsyncConnection, record: CallRecord) -> CallOrder | None:
        """What a call was ordered as; None if its lead or its flow is gone."""
        if record.test:
            trial = await trials.read(tx, record.id)
            return None if trial is None else trial_order(record, trial)
        lead = await leads.read(tx, record.lead_id) if record.lead_id else None
        version = await flows.read_version(tx, record.flow_id, record.flow_version)
        if lead is None or version is None or lead.phone is None:
            return None
        messages = await attempts.messages_left(tx, record.to_number, self._clock.now() - timedelta(hours=24))
        inbound = record.direction == "inbound"
        return CallOrder(
            call_id=record.id,
            flow_id=record.flow_id,
            flow_version=record.flow_version,
            flow_text=version.text,
            lead=replace(lead.for_call(record.attempt), messages_today=messages),
            external_id=lead.external_id,
            attempt=record.attempt,
            from_number=record.to_number if inbound else record.from_number,
            placed_at=record.placed_at,
            direction="inbound" if inbound else "outbound",
            duties=Duties.read(await calls.decision(tx, record.id)),
        )

    def _take_up(self, live: LiveCall, record: CallRecord, notes: Sequence[Note]) -> None:
        """Everything that the process before this one knew of the call and wrote down."""
        live.uuid = record.carrier_uuid or ""
        live.progress = Progress(phone_uuid=live.uuid, dialled=record.to_number)
        live.ringing_at, live.form_to_ring_ms = record.ringing_at, record.form_to_ring_ms
        live.answered_by = record.answered_by or live.answered_by
        for note in notes:
            live.tally.count(note.kind, note.facts)
            if note.kind == "requested" and isinstance(waited := note.facts.get("form_to_request_ms"), int):
                live.form_to_request_ms = waited
            elif note.kind == "first_word" and live.first_word is None:
                hello, at = note.facts.get("hello_over"), note.facts.get("spoken")
                if isinstance(at, int | float):
                    live.first_word = FirstWord(float(hello) if isinstance(hello, int | float) else None, float(at))
            elif note.kind == "picked_up":
                live.uuid = live.uuid or str(note.facts.get("uuid") or "")
                live.region_url = str(note.facts.get("region_url") or "")
        if record.answered_at is not None:
            live.start_clock(record.answered_at, self._clock.now())
        if record.state == "answered" and any(note.kind == "line_opened" for note in notes):
            replay(live.conversation, notes)
            live.restored = True
            live.last_entry_s = notes[-1].at

    def must_disclose(self, flow: Flow) -> frozenset[str]:
        """What the cards of the flow oblige the agent to say."""
        return frozenset(
            name
            for card in flow.nodes
            if card.type in self._nodes
            for name in self._nodes.make(card.type, card.settings, card.v).discloses_what()
        )

    def _talk_connections(self, flow: Flow) -> frozenset[str]:
        """Names of the connections that the talk of this flow may ask for."""
        return frozenset(
            name
            for card in flow.nodes
            if card.type in self._nodes and self._nodes.get(card.type).kind == "talk"
            if isinstance(name := card.settings.get("connection", self._default(card.type)), str) and name
        )

    def _default(self, type_: str) -> object:
        field = self._nodes.get(type_).settings_model().model_fields.get("connection")
        return None if field is None else field.default

    def _faults(self, order: CallOrder, flow: Flow) -> tuple[str, ...]:
        """What the builder says is wrong with the flow, in the builder's own words. A published flow had no errors
        then; since, a package may have been removed or changed."""
        key = (order.flow_id, order.flow_version)
        if order.trial is not None or key not in self._wrong:
            found = tuple(each.sentence for each in errors(check(flow, self._nodes)))
            if order.trial is not None:
                return found
            self._wrong[key] = found
        return self._wrong[key]

    def _flow(self, order: CallOrder) -> Flow:
        if order.trial is not None:  # a draft is another one with every edit
            try:
                return FlowDocument.load(order.flow_text).flow
            except FlowRefused as refused:
                raise FlowUnusable(f"The draft of the flow '{order.flow_id}' cannot be read: {refused}") from refused
        key = (order.flow_id, order.flow_version)
        if key not in self._flows:
            try:
                self._flows[key] = FlowDocument.load(order.flow_text).flow
            except FlowRefused as refused:
                raise FlowUnusable(
                    f"Version {order.flow_version} of the flow '{order.flow_id}' cannot be read: {refused}"
                ) from refused
        return self._flows[key]

    async def _warm_up(self, live: LiveCall) -> None:
        began = time.monotonic()
        try:
            if live.engines.warm is not None:
                await asyncio.to_thread(live.engines.warm, live.flow)
            facts = text_facts(live.flow, live.conversation.book, live.order.lead)
            inbound = live.order.direction == "inbound"
            known = by_heart(live.flow, self._nodes, facts, live.order.duties, inbound=inbound)
            # First what is said if the opening should be late, then the opening itself.
            lines = [late_greeting(live.flow), *(speakable_line(text) for text in known), *LINES.values()]
            failed = []
            for text in lines:
                await _first_word_first(live)
                failed += await live.engines.fixed.prepare([text])
        except Exception:
            log.exception("Call %s: warming up failed; the call goes on without", live.call_id)
            return
        live.note("warmed_up", took_ms=round(1000 * (time.monotonic() - began)), lines=len(lines), failed=len(failed))


FIRST_WORD_WITHIN_S: Final = 3.0


async def _first_word_first(live: LiveCall) -> None:
    """Somebody has picked up and waits for our first word: what may be said later is made when that is out, so that it
    takes no processor from it."""
    if live.answered is None:
        return
    for _ in range(60):
        if live.first_word is not None or live.at() >= FIRST_WORD_WITHIN_S:
            return  # after three seconds it is a machine that we listen to, or nobody
        await asyncio.sleep(0.05)


def _early_ear(live: LiveCall) -> EarlyEar:
    """The call's recogniser, being opened; its journal is told when another one takes over."""
    stt = live.engines.speech.stt

    if isinstance(stt, FallbackEar):
        stt = stt.for_call(partial(live.taken_over, "ear_changed"))
    early = EarlyEar(stt, hints_for_call(live.flow, live.order.lead))
    early.begin()
    return early
