"""Calls that come in: whose they are, with which flow they are held, and what is said when there is no room.

    answer webhook without a call id ──> lead by number, flow by the number dialled, call row ──> our media socket
                                    └── full, stopping, no flow ──> a sentence, and a call back where one is allowed

Nothing is asked of the policy before a call that somebody else makes; it is asked before calling back.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.call.live import CallOrder
from engine.call.preparation import FlowUnusable
from engine.call.switchboard import Switchboard
from engine.clock import Clock
from engine.compliance import Decision
from engine.dialing import planning
from engine.flow.document import FlowDocument, FlowRefused
from engine.leads.phone import zones_of
from engine.observe.metrics import METRICS
from engine.sdk import Lead
from engine.store import Database, DatabaseDown, attempts, calls, flows, leads
from engine.store.base import new_id
from engine.store.calls import NewCall
from engine.store.database import one_at_a_time
from engine.store.flows import Version
from engine.store.leads import NewLead, StoredLead
from engine.telephony.events import AnswerRequest, CarrierEvent, LegStatus
from engine.telephony.ncco import Ncco, say_and_end

log = logging.getLogger(__name__)

CALL_BACK_SOON: Final = "All our lines are busy right now. We will call you back as soon as one is free. Goodbye."
CALL_AGAIN: Final = "All our lines are busy right now. Please call again in a few minutes. Goodbye."
NO_CALLS_HERE: Final = "I'm sorry, this number takes no calls. Goodbye."

CALL_BACK_AFTER: Final = timedelta(minutes=2)
REMEMBERED: Final = 2000
"""So many calls that came in are remembered, so that a webhook that is sent twice makes one call."""

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which flow answers which of our numbers (E.164); `otherwise` for all others."""

    otherwise: str
    flows: Mapping[str, str]

    def flow_for(self, number: str) -> str:
        return self.flows.get(number, self.otherwise)


class Reception:
    """One for a process. `decide`: may this lead be called back?"""

    def __init__(
        self,
        database: Database,
        switchboard: Switchboard,
        numbers: Numbers,
        clock: Clock,
        decide: Callable[[AsyncConnection, StoredLead], Awaitable[Decision]],
    ) -> None:
        self._database = database
        self._switchboard = switchboard
        self._numbers = numbers
        self._clock = clock
        self._decide = decide
        self._known: OrderedDict[str, str] = OrderedDict()
        self._one_by_one = asyncio.Lock()

    async def answer(self, request: AnswerRequest) -> Ncco:
        """What the carrier is to do with a call that comes in. A webhook that is repeated gets the same call."""
        async with self._one_by_one:
            call_id = self._known.get(request.uuid)
            if call_id is None:
                try:
                    taken = await self._take(request)
                except DatabaseDown as down:
                    log.warning("A call that came in cannot be taken. %s", down)
                    taken = say_and_end(CALL_AGAIN)
                if isinstance(taken, Ncco):
                    METRICS.add("calls_turned_away")
                    return taken
                call_id = taken
                self._known[request.uuid] = call_id
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return await self._switchboard.answer_webhook(call_id, request)

    async def event(self, event: CarrierEvent) -> Ncco | None:
        """A webhook that names no call of ours: of a call that came in, told by the carrier's own name for it."""
        uuid = event.uuid if isinstance(event, LegStatus) else ""
        if not uuid:
            return None
        call_id = self._known.get(uuid)
        if call_id is None:
            async with self._database.read() as tx:
                record = await calls.by_carrier(tx, uuid)
            if record is None:
                return None
            call_id = record.id
        return await self._switchboard.carrier_event(call_id, event)

    async def _take(self, request: AnswerRequest) -> str | Ncco:
        """The id of the new call, or what is said instead."""
        now = self._clock.now()
        caller = request.from_number if _E164.fullmatch(request.from_number) else ""
        flow_id = self._numbers.flow_for(request.to)
        async with self._database.begin() as tx:
            # A repetition that reaches another process finds the call of the first one, also at the same moment.
            await one_at_a_time(tx, f"came in:{request.uuid}")
            if (there := await calls.by_carrier(tx, request.uuid)) is not None:
                return there.id
            version = await flows.read_version(tx, flow_id)
            if version is None or not _takes_calls(version):
                log.warning("A call came in for the flow '%s', which takes none", flow_id)
                return say_and_end(NO_CALLS_HERE)
            lead = await self._lead(tx, caller, request.uuid, flow_id, now)
            if self._switchboard.free <= 0:
                return await self._turn_away(tx, lead, now)
            order = self._order(lead, version, request, await attempts.of_lead(tx, lead.id), now)
            await calls.place(
                tx,
                NewCall(
                    id=order.call_id,
                    flow_id=order.flow_id,
                    flow_version=order.flow_version,
                    lead_id=lead.id,
                    direction="inbound",
                    attempt=order.attempt,
                    person=f"{lead.first_name} {lead.last_name}".strip(),
                    from_number=caller,
                    to_number=request.to,
                    holder=self._switchboard.holder,
                ),
                now,
            )
            await calls.accepted(tx, order.call_id, request.uuid)
            # Who calls us need not be called any more for what they asked before.
            await leads.plan_call(tx, lead.id, None)
        try:
            live = await self._switchboard.prepare(order)
        except FlowUnusable as problem:
            await self._switchboard.never_placed(order.call_id, "failed", str(problem))
            return say_and_end(CALL_AGAIN)
        self._switchboard.placed(order.call_id, request.uuid)
        self._switchboard.expect_answer(order.call_id, 0.0)
        live.note("came_in", known=bool(lead.form or lead.first_name), attempt=order.attempt)
        METRICS.add("calls_came_in")
        return order.call_id

    async def _lead(self, tx: AsyncConnection, caller: str, uuid: str, flow_id: str, now: datetime) -> StoredLead:
        """The newest lead with the caller's number, one of the same flow first; else a new one that only has called."""
        known = await leads.with_phone(tx, caller) if caller else []
        if known:
            return next((each for each in known if each.flow_id == flow_id), known[0])
        # Those who hide their number are different people: nothing else could tell them apart.
        form = {} if caller else {"call": uuid}
        zones = zones_of(caller) if caller else ()
        new = NewLead(
            "inbound",
            "",
            "",
            caller or None,
            zone=zones[0] if len(zones) == 1 else None,
            form=form,
            flow_id=flow_id,
            unusable="" if caller else HIDDEN,
        )
        return (await leads.receive(tx, new, now)).lead

    async def _turn_away(self, tx: AsyncConnection, lead: StoredLead, now: datetime) -> Ncco:
        decision = await self._decide(tx, lead)
        if not decision.allowed or lead.state != "waiting":
            return say_and_end(CALL_AGAIN)
        why = "They called us while all lines were busy, and were told that we call back."
        await planning.plan(tx, lead.id, now + CALL_BACK_AFTER, "callback", why, now)
        return say_and_end(CALL_BACK_SOON)

    @staticmethod
    def _order(lead: StoredLead, version: Version, request: AnswerRequest, attempts: int, now: datetime) -> CallOrder:
        person = (
            lead.for_call(max(1, attempts))
            if lead.phone
            else Lead(lead.id, "", "", "", source=lead.source, received_at=lead.received_at)
        )
        return CallOrder(
            call_id=new_id("call"),
            flow_id=version.flow_id,
            flow_version=version.version,
            flow_text=version.text,
            lead=replace(person, form=person.form if lead.source != "inbound" else {}),
            external_id=lead.external_id,
            attempt=max(1, attempts),
            from_number=request.to,
            placed_at=now,
            direction="inbound",
        )


HIDDEN: Final = "The caller hid the number, so they cannot be called back."


def _takes_calls(version: Version) -> bool:
    try:
        return FlowDocument.load(version.text).flow.start_inbound is not None
    except FlowRefused:
        return False
