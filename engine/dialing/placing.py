"""Has the carrier place a call that is claimed: makes it ready, asks, asks again where that is safe, remembers.

What was surely not placed is asked again; what may have been placed is never placed again: its webhooks, or their
absence (see `Switchboard`), tell what became of it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from typing import Final, Literal

from engine.call.handoff import TALK_LIMIT_S
from engine.call.live import CallOrder, LiveCall
from engine.call.preparation import FlowUnusable
from engine.call.switchboard import Switchboard
from engine.clock import Clock
from engine.dialing.breaker import CarrierBreaker
from engine.dialing.turns import Turn, Turns
from engine.observe.metrics import METRICS
from engine.store import Database, DatabaseDown, calls
from engine.telephony.carrier_errors import CarrierBusy, CarrierRefused, CarrierUnreachable
from engine.telephony.client import MachineDetection, PlaceCall, PlacedCall, VonageClient

log = logging.getLogger(__name__)

RETRY_PAUSES_S: Final = (0.4, 1.0, 2.0)
"""Pauses before an unreachable carrier is asked again for a call that was surely not placed."""

SLOW_S: Final = 2.0
"""A carrier that takes longer for a call is noted in its journal."""

BUSY_FOR_S: Final = 60.0
"""So long a carrier that has too many requests is asked again: a burst of leads drains at three calls a second."""

RING_S: Final = 45
"""How long a call rings that no campaign says anything about."""

LASTING: Final = frozenset({401, 402, 403})
"""Refusals that are about our account and not about the call."""


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
    """`not_allowed`: the policy says no. `deferred`: at another time, which is planned. `claimed`: somebody else dials
    this lead. `later`: no room in this process, no database, a campaign that is paused, or a carrier whose webhooks are
    not believed: still due. `flow`: there is no flow to talk by. `withdrawn`: called off before the carrier was asked.
    `refused`, `busy`, `unreachable`: the carrier; nothing was placed. `unknown`: it may have been placed; its webhooks
    will tell. `why`: for people."""

    state: Literal[
        "not_allowed", "deferred", "claimed", "later", "flow", "withdrawn", "refused", "busy", "unreachable", "unknown"
    ]
    why: str
    call_id: str = ""


class Placing:
    """One for a process. `turns`: when the carrier may be asked, shared with all other processes. `breaker`: whether it
    is asked at all."""

    def __init__(self, database: Database, switchboard: Switchboard, line: Line, clock: Clock) -> None:
        self._database = database
        self._switchboard = switchboard
        self._line = line
        self._clock = clock
        self.turns = Turns(database)
        self.breaker = CarrierBreaker()

    @property
    def from_number(self) -> str:
        return self._line.from_number

    @property
    def why_not_now(self) -> str:
        """Why no call can be placed at the moment, for people; empty if one can."""
        if (why := self._switchboard.why_paused) or self.breaker.room(time.monotonic()) == 0:
            return why or self.breaker.why
        return self._switchboard.why_full if self._switchboard.free <= 0 else ""

    @property
    def why_paused(self) -> str:
        """Why nobody is called for now, for people: what the carrier tells is not believed, or it takes no calls."""
        return self._switchboard.why_paused or self.breaker.why

    async def place(self, order: CallOrder, turn: Turn | None = None, ring_s: int = RING_S) -> Dialled | NotDialled:
        """Place a call whose row is committed, when its turn has come. Never raises for what a carrier does."""
        call_id = order.call_id
        self.breaker.begun(time.monotonic())
        try:
            live = await self._switchboard.prepare(order)
        except FlowUnusable as problem:
            await self._switchboard.never_placed(call_id, "failed", str(problem))
            return NotDialled("flow", str(problem), call_id)
        request = PlaceCall(
            to=order.lead.phone,
            from_number=order.from_number,
            answer_url=f"{self._line.public_url}/vonage/answer/{call_id}",
            event_url=f"{self._line.public_url}/vonage/event/{call_id}",
            ringing_timer_s=ring_s,
            length_timer_s=live.flow.limits.max_call_s + 60 + live.hands_over * TALK_LIMIT_S,
            machine_detection=MachineDetection() if self._line.detect_machines else None,
        )
        await (turn or await self.turns.next()).wait()
        since = order.lead.received_at or order.placed_at
        waited_ms = round(1000 * (self._clock.now() - since).total_seconds())
        live.note("requested", form_to_request_ms=waited_ms, attempt=order.attempt)
        live.form_to_request_ms = waited_ms
        if order.trial is None:
            METRICS.observe("form_to_request_ms", waited_ms)
        placed = await self._ask(request, live)
        if isinstance(placed, NotDialled):
            if placed.state == "unknown":
                self._switchboard.expect_answer(call_id, ring_s)
            else:
                await self._switchboard.never_placed(call_id, "failed", placed.why)
            log.warning("Call %s was not placed (%s): %s", call_id, placed.state, placed.why)
            return NotDialled(placed.state, placed.why, call_id)
        self._switchboard.placed(call_id, placed.uuid)
        self._switchboard.expect_answer(call_id, ring_s)
        await self._remember(call_id, placed.uuid)
        return Dialled(call_id, waited_ms)

    async def _ask(self, request: PlaceCall, live: LiveCall) -> PlacedCall | NotDialled:
        began, pauses = time.monotonic(), list(RETRY_PAUSES_S)
        told = set[str]()

        def note(problem: str) -> None:
            if problem not in told:
                told.add(problem)
                live.note("trouble", part="carrier", problem=problem)

        while True:
            if (closed := await self._gate(live.call_id)) is not None:
                return closed
            try:
                placed = await self._line.client.create_call(request)
            except CarrierRefused as refused:
                note(str(refused))
                if refused.status in LASTING:
                    self._failed(str(refused), lasting=True)
                else:
                    self.breaker.worked()  # it answers as it should: this one call is wrong
                return NotDialled("refused", str(refused))
            except CarrierBusy as busy:
                note(str(busy))
                METRICS.add("carrier_too_many")
                self._failed(str(busy), busy=True)
                if time.monotonic() - began > BUSY_FOR_S or self.breaker.room(time.monotonic()) == 0:
                    return NotDialled("busy", str(busy))
                pause = random.uniform(0.3, 1.2)  # noqa: S311  many wait for the same few places a second
            except CarrierUnreachable as lost:
                note(str(lost))
                self._failed(str(lost))
                if lost.maybe_placed:
                    return NotDialled("unknown", str(lost))
                if not pauses or self.breaker.room(time.monotonic()) == 0:
                    return NotDialled("unreachable", str(lost))
                pause = pauses.pop(0)
            else:
                self.breaker.worked()
                if (took_s := time.monotonic() - began) > SLOW_S and not told:
                    note(f"The carrier took {took_s:.1f} seconds to take the call.")
                return placed
            await asyncio.sleep(pause)
            await (await self.turns.next()).wait()

    def _failed(self, why: str, *, busy: bool = False, lasting: bool = False) -> None:
        opened = self.breaker.opened
        self.breaker.failed(time.monotonic(), why, busy=busy, lasting=lasting)
        if self.breaker.opened > opened:
            METRICS.add("carrier_given_a_rest")
            log.error("No leads are dialled for a while; those that are due stay due. %s", self.breaker.why)

    async def _gate(self, call_id: str) -> NotDialled | None:
        """The last look before the carrier is asked, each time: what has happened since the claim counts."""
        try:
            async with self._database.begin() as tx:
                await calls.requesting(tx, call_id, self._clock.now())
        except calls.Withdrawn as withdrawn:
            return NotDialled("withdrawn", str(withdrawn))
        except DatabaseDown as down:
            return NotDialled("later", f"The carrier was not asked: {down}")
        return None

    async def _remember(self, call_id: str, uuid: str) -> None:
        began = time.monotonic()
        while True:
            try:
                async with self._database.begin() as tx:
                    goes_on = await calls.accepted(tx, call_id, uuid)
            except DatabaseDown:
                # The webhooks name the call by our id, so the carrier's name for it is a convenience only.
                if time.monotonic() - began > 10:
                    log.warning("The carrier's name of call %s was not stored: the database is away", call_id)
                    return
                await asyncio.sleep(0.5)
            else:
                if not goes_on:  # the person opted out while the carrier was asked
                    await self._switchboard.stop_ringing(call_id)
                return
