"""What the carrier tells this process of a call that another one held until it died, or holds and cannot be asked.

Behind a load balancer a webhook may reach any process; it is passed on to the holder (`engine.api.relay`), and comes
here only if that was in vain. All that can be done then is done from the database: bring a caller whose line dropped
back on a fresh line, and note that a call is over for the process that holds it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final, get_args

from engine.call.handoff import NEVER_ANSWERED, WORDS
from engine.call.lines import GOODBYE, Lines
from engine.store import Database, DatabaseDown, calls, holds, journal
from engine.store.calls import CallRecord
from engine.telephony.events import CarrierEvent, KeysEntered, LegStatus
from engine.telephony.ncco import Ncco, say_and_end
from engine.telephony.progress import Outcome

log = logging.getLogger(__name__)

PUT_DOWN: Final = "phone_put_down"

_ENDS: Final = frozenset(get_args(Outcome))


class Elsewhere:
    """For all calls that this process does not have."""

    def __init__(self, database: Database, lines: Lines) -> None:
        self._database = database
        self._lines = lines

    async def receive(self, call_id: str, event: CarrierEvent) -> Ncco | None:
        """Take note of a webhook; the NCCO to answer it with, if the call needs one. Without the database: None, and
        the carrier goes on with the NCCO that it has."""
        if not isinstance(event, LegStatus):
            return None
        try:
            return await self._receive(call_id, event)
        except DatabaseDown as down:
            log.warning("Call %s: a webhook could not be used. %s", call_id, down)
            return None

    async def colleague(self, call_id: str, event: CarrierEvent) -> Ncco | None:
        """The phone of a colleague that a process which is gone had rung for the caller. If nobody took it, the caller
        would now be alone: they come back to whoever holds the call then, as its journal has it. A colleague who
        presses a key hears that it leads nowhere."""
        if isinstance(event, KeysEntered):
            return say_and_end(WORDS["else"])
        if not isinstance(event, LegStatus) or event.status not in NEVER_ANSWERED:
            return None
        try:
            async with self._database.read() as tx:
                record = await calls.read(tx, call_id)
                taken = await holds.line_of(tx, call_id)
        except DatabaseDown as down:
            log.warning("Call %s: a webhook could not be used. %s", call_id, down)
            return None
        if record is None or record.state not in calls.UNDER_WAY:
            return None
        return self._lines.ncco(call_id, _our_number(record), taken)

    async def _receive(self, call_id: str, event: LegStatus) -> Ncco | None:
        async with self._database.read() as tx:
            record = await calls.read(tx, call_id)
            taken = await holds.line_of(tx, call_id)
        if record is None:
            return None
        under_way = record.state in calls.UNDER_WAY
        if event.leg == "websocket" and event.status == "disconnected":
            if not under_way:
                return say_and_end(GOODBYE)
            log.info("Call %s: its line dropped; it is brought back", call_id)
            return self._lines.after_a_drop(call_id, _our_number(record), taken, event.headers)
        if record.disposition == "transferred" and event.status == "completed" and _is_the_leads_phone(event, record):
            await self._put_down(call_id, event)
        if under_way and event.status in _ENDS and _is_the_leads_phone(event, record):
            async with self._database.begin() as tx:
                await holds.over(tx, call_id, datetime.now(UTC))
        return None

    async def _put_down(self, call_id: str, event: LegStatus) -> None:
        """The two who were put through have ended their talk: the journal says how long the whole call was."""
        async with self._database.begin() as tx:
            stored = await journal.read(tx, call_id)
            if any(entry.kind == PUT_DOWN for entry in stored):
                return
            at_ms = max(stored[-1].at_ms if stored else 0, round(1000 * (event.duration_s or 0.0)))
            entry = journal.Entry(len(stored) + 1, at_ms, PUT_DOWN, {"phone_s": event.duration_s})
            await journal.append(tx, call_id, [entry])


def _our_number(record: CallRecord) -> str:
    return record.to_number if record.direction == "inbound" else record.from_number


def _is_the_leads_phone(event: LegStatus, record: CallRecord) -> bool:
    if event.leg == "websocket":
        return False
    return event.uuid == record.carrier_uuid if record.carrier_uuid else event.to == record.to_number
