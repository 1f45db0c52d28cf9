"""Calls leads that are due: claims one so that nobody else dials it, warms the call up, has the carrier place it.

    lead due ──claim (one transaction: policy, call row)──> prepare ‖ ask the carrier ──> rings (webhooks take over)

A call row is committed before the carrier is asked. What was surely not placed is asked again; what may have been
placed is never placed again: its webhooks, or their absence (see `Switchboard`), tell what became of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.call.handoff import TALK_LIMIT_S
from engine.call.live import CallOrder, LiveCall
from engine.call.preparation import FlowUnusable
from engine.call.switchboard import Switchboard
from engine.clock import Clock
from engine.dialing.policy import Case, ConsentFact, Decision, may_call
from engine.observe.metrics import METRICS
from engine.store import Database, DatabaseDown, calls, consents, flows, leads, suppression
from engine.store.base import new_id
from engine.store.calls import CallFilter, NewCall
from engine.store.database import one_at_a_time
from engine.store.leads import StoredLead
from engine.telephony.carrier_errors import CarrierBusy, CarrierRefused, CarrierUnreachable
from engine.telephony.client import MachineDetection, PlaceCall, PlacedCall, VonageClient

log = logging.getLogger(__name__)

RETRY_PAUSES_S: Final = (0.4, 1.0, 2.0)
"""Pauses before an unreachable carrier is asked again for a call that was surely not placed."""

SLOW_S: Final = 2.0
"""A carrier that takes longer for a call is noted in its journal."""

BUSY_FOR_S: Final = 60.0
"""So long a carrier that has too many requests is asked again: a burst of leads drains at three calls a second."""

LONGEST_CALL: Final = timedelta(hours=2)
"""A call row that is older and not over belongs to a process that died; it keeps nobody from being called."""

BETWEEN_CALLS_S: Final = 0.7
"""Pause between two calls of a burst: the carrier allows three actions a second, and each call takes two of them (it is
placed, and later joins our media socket); one too many there would cut a lead off."""

ALONE_S: Final = 2.0
"""Until a webhook was believed, calls are made so far apart: with a wrong signature secret all of them fall silent."""

A_DAY: Final = timedelta(hours=24)

LOOK_EVERY_S: Final = 1.0
RING_S: Final = 45


@dataclass(frozen=True, slots=True)
class Line:
    """How calls go out. `public_url`: our own address as the carrier sees it, without a slash at the end.
    `detect_machines`: the carrier listens for voicemails and tells us; it costs extra with Vonage."""

    client: VonageClient
    from_number: str
    public_url: str
    detect_machines: bool = True


@dataclass(frozen=True, slots=True)
class Dialled:
    """The carrier has the call. `form_to_request_ms`: from the lead's arrival to our request to the carrier."""

    call_id: str
    form_to_request_ms: int


@dataclass(frozen=True, slots=True)
class NotDialled:
    """`not_allowed`: the policy says no. `claimed`: somebody else dials this lead. `later`: no room in this process, no
    database, or a carrier whose webhooks are not believed: still due. `flow`: there is no flow to talk by. `refused`,
    `busy`, `unreachable`: the carrier; nothing was placed. `unknown`: it may have been placed; its webhooks will tell.
    `why`: for people."""

    state: Literal["not_allowed", "claimed", "later", "flow", "refused", "busy", "unreachable", "unknown"]
    why: str
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    lead: StoredLead
    order: CallOrder


class Dialer:
    """One for a process. `wake` it when a lead has come in; `run` looks for leads that are due."""

    def __init__(self, database: Database, switchboard: Switchboard, line: Line, clock: Clock) -> None:
        self._database = database
        self._switchboard = switchboard
        self._line = line
        self._clock = clock
        self._news = asyncio.Event()
        self._under_way: set[asyncio.Task[Dialled | NotDialled]] = set()
        self._dialling: set[str] = set()
        self._next_at = 0.0
        self._paused = ""
        self._alone_until = 0.0

    def wake(self) -> None:
        """There is a new lead: do not wait for the next look."""
        self._news.set()

    async def run(self) -> None:
        """Dial what is due until cancelled; calls being placed are then finished first."""
        try:
            while True:
                try:
                    await self._dial_due()
                except DatabaseDown as down:
                    log.warning("No leads can be dialled now. %s", down)
                except Exception:
                    log.exception("Looking for leads to dial failed")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._news.wait()
                self._news.clear()
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=15.0)

    async def _dial_due(self) -> None:
        room = self._room()
        if room <= 0:
            return
        async with self._database.read() as tx:
            due = await leads.due(tx, self._clock.now(), limit=room + len(self._dialling))
        for lead in due:
            if lead.id in self._dialling or room <= 0:
                continue
            room -= 1
            self._alone_until = time.monotonic() + ALONE_S
            self._dialling.add(lead.id)
            task = asyncio.create_task(self._dial(lead.id))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _room(self) -> int:
        """How many leads may be dialled now. The first call is made alone: it shows whether we hear the carrier."""
        if self._pauses():
            return 0
        room = self._switchboard.free - len(self._under_way)
        if self._switchboard.hears_the_carrier:
            return room
        return min(room, 1) if time.monotonic() >= self._alone_until else 0

    def _pauses(self) -> bool:
        """Whether nobody is called for now; told in the log once."""
        why = self._switchboard.why_paused
        if why and not self._paused:
            log.error("No leads are dialled; those that are due stay due. %s", why)
        elif self._paused and not why:
            log.info("Leads are dialled again")
        self._paused = why
        return bool(why)

    async def _dial(self, lead_id: str) -> Dialled | NotDialled:
        try:
            return await self.call_lead(lead_id)
        except Exception:
            log.exception("Dialling the lead %s failed", lead_id)
            return NotDialled("later", "Something went wrong on our side; the log says what.")
        finally:
            self._dialling.discard(lead_id)

    async def call_lead(self, lead_id: str) -> Dialled | NotDialled:
        """Call one lead now, if the policy allows it and nobody else does. Never raises for what a carrier does."""
        if why := self._switchboard.why_paused:
            return NotDialled("later", why)
        if self._switchboard.free <= 0:
            return NotDialled("later", self._switchboard.why_full)
        try:
            claim = await self._claim(lead_id)
        except DatabaseDown as down:
            return NotDialled("later", str(down))
        if isinstance(claim, NotDialled):
            log.info("Lead %s is not dialled (%s): %s", lead_id, claim.state, claim.why)
            return claim
        call_id = claim.order.call_id
        try:
            live = await self._switchboard.prepare(claim.order)
        except FlowUnusable as problem:
            await self._switchboard.never_placed(call_id, "failed", str(problem))
            return NotDialled("flow", str(problem), call_id)
        request = PlaceCall(
            to=claim.order.lead.phone,
            from_number=self._line.from_number,
            answer_url=f"{self._line.public_url}/vonage/answer/{call_id}",
            event_url=f"{self._line.public_url}/vonage/event/{call_id}",
            ringing_timer_s=RING_S,
            length_timer_s=live.flow.limits.max_call_s + 60 + live.hands_over * TALK_LIMIT_S,
            machine_detection=MachineDetection() if self._line.detect_machines else None,
        )
        await self._take_turn()
        waited_ms = round(1000 * (self._clock.now() - claim.lead.received_at).total_seconds())
        live.note("requested", form_to_request_ms=waited_ms, attempt=claim.order.attempt)
        live.form_to_request_ms = waited_ms
        METRICS.observe("form_to_request_ms", waited_ms)
        placed = await self._place(request, live)
        if isinstance(placed, NotDialled):
            if placed.state == "unknown":
                self._switchboard.expect_answer(call_id, RING_S)
            else:
                await self._switchboard.never_placed(call_id, "failed", placed.why)
            log.warning("Call %s was not placed (%s): %s", call_id, placed.state, placed.why)
            return NotDialled(placed.state, placed.why, call_id)
        self._switchboard.placed(call_id, placed.uuid)
        self._switchboard.expect_answer(call_id, RING_S)
        await self._remember(call_id, placed.uuid)
        return Dialled(call_id, waited_ms)

    async def _claim(self, lead_id: str) -> _Claim | NotDialled:
        now = self._clock.now()
        async with self._database.begin() as tx:
            lead = await leads.read(tx, lead_id)
            if lead is None:
                return NotDialled("not_allowed", f"There is no lead {lead_id}.")
            # From here on nobody else can claim this person: two forms of one person wait for each other too.
            await one_at_a_time(tx, f"dial:{lead.phone or lead.id}")
            lead = await leads.read(tx, lead_id) or lead
            decision = await self.decide(tx, lead)
            refusal = decision.refusal
            if refusal is not None:
                if refusal.for_good:
                    await leads.close(tx, lead.id, refusal.why, "unusable" if lead.state == "unusable" else "closed")
                    return NotDialled("not_allowed", refusal.why)
                await leads.plan_call(tx, lead.id, None)
                return NotDialled("claimed", refusal.why)
            version = await flows.read_version(tx, lead.flow_id) if lead.flow_id else None
            if version is None:
                why = f"The flow '{lead.flow_id}' has no published version to call with. Publish it, then call again."
                await leads.plan_call(tx, lead.id, None)
                return NotDialled("flow", why)
            attempt = await calls.attempts(tx, lead.id) + 1
            messages = await calls.messages_left(tx, lead.phone or "", now - A_DAY)
            order = CallOrder(
                call_id=new_id("call"),
                flow_id=version.flow_id,
                flow_version=version.version,
                flow_text=version.text,
                lead=replace(lead.for_call(attempt), messages_today=messages),
                external_id=lead.external_id,
                attempt=attempt,
                from_number=self._line.from_number,
                placed_at=now,
            )
            call = NewCall(
                id=order.call_id,
                flow_id=order.flow_id,
                flow_version=order.flow_version,
                lead_id=lead.id,
                attempt=attempt,
                person=f"{lead.first_name} {lead.last_name}".strip(),
                from_number=order.from_number,
                to_number=order.lead.phone,
                holder=self._switchboard.holder,
            )
            try:
                await calls.place(tx, call, now)
            except calls.AlreadyPlaced as taken:
                return NotDialled("claimed", str(taken))
            await leads.plan_call(tx, lead.id, None)
        return _Claim(lead, order)

    async def decide(self, tx: AsyncConnection, lead: StoredLead) -> Decision:
        """May this lead be called now?"""
        evidence = await consents.of_lead(tx, lead.id)
        listed = await suppression.read(tx, lead.phone) if lead.phone else None
        since = self._clock.now() - LONGEST_CALL
        active = [
            record.id
            for where in (CallFilter(lead_id=lead.id, since=since), CallFilter(to_number=lead.phone, since=since))
            for record in await calls.recent(tx, where, limit=20)
            if record.state in calls.UNDER_WAY
        ]
        return may_call(
            Case(
                phone=lead.phone,
                unusable=lead.reason if lead.state == "unusable" else "",
                consents=[
                    ConsentFact(each.evidence.level, each.evidence.phone, each.revoked_at is not None)
                    for each in evidence
                ],
                suppressed=listed.reason if listed else None,
                active_call=active[0] if active else None,
            )
        )

    async def _place(self, request: PlaceCall, live: LiveCall) -> PlacedCall | NotDialled:
        began, pauses = time.monotonic(), list(RETRY_PAUSES_S)
        told = set[str]()

        def note(problem: str) -> None:
            if problem not in told:
                told.add(problem)
                live.note("trouble", part="carrier", problem=problem)

        while True:
            try:
                placed = await self._line.client.create_call(request)
            except CarrierRefused as refused:
                note(str(refused))
                return NotDialled("refused", str(refused))
            except CarrierBusy as busy:
                note(str(busy))
                if time.monotonic() - began > BUSY_FOR_S:
                    return NotDialled("busy", str(busy))
                pause = random.uniform(0.3, 1.2)  # noqa: S311  many wait for the same few places a second
            except CarrierUnreachable as lost:
                note(str(lost))
                if lost.maybe_placed:
                    return NotDialled("unknown", str(lost))
                if not pauses:
                    return NotDialled("unreachable", str(lost))
                pause = pauses.pop(0)
            else:
                if (took_s := time.monotonic() - began) > SLOW_S and not told:
                    note(f"The carrier took {took_s:.1f} seconds to take the call.")
                return placed
            await asyncio.sleep(pause)

    async def _take_turn(self) -> None:
        now = time.monotonic()
        at = max(now, self._next_at)
        self._next_at = at + BETWEEN_CALLS_S
        if at > now:
            await asyncio.sleep(at - now)

    async def _remember(self, call_id: str, uuid: str) -> None:
        began = time.monotonic()
        while True:
            try:
                async with self._database.begin() as tx:
                    await calls.accepted(tx, call_id, uuid)
            except DatabaseDown:
                # The webhooks name the call by our id, so the carrier's name for it is a convenience only.
                if time.monotonic() - began > 10:
                    log.warning("The carrier's name of call %s was not stored: the database is away", call_id)
                    return
                await asyncio.sleep(0.5)
            else:
                return
