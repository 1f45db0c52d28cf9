"""Everything that is kept about one person: all leads with the same number, those that were folded into them, calls and
appointments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Attendee
from engine.store import appointment_people, calls, leads
from engine.store.appointments import Appointment
from engine.store.calls import CallFilter, CallRecord
from engine.store.leads import StoredLead


@dataclass(frozen=True, slots=True)
class Person:
    """`leads`: newest first; `calls` too, test calls to the number among them. `who`: how appointments know the
    person."""

    leads: Sequence[StoredLead]
    calls: Sequence[CallRecord]
    appointments: Sequence[Appointment]
    who: Attendee

    @property
    def lead_ids(self) -> list[str]:
        return [each.id for each in self.leads]

    @property
    def call_ids(self) -> list[str]:
        return [each.id for each in self.calls]


async def person_of(tx: AsyncConnection, lead_id: str) -> Person | None:
    """The person of a lead; None if there is no such lead."""
    lead = await leads.read(tx, lead_id)
    if lead is None:
        return None
    if (into := leads.folded_into(lead)) is not None:
        lead = await leads.read(tx, into) or lead
    same = list(await leads.with_phone(tx, lead.phone)) if lead.phone else [lead]
    same += await leads.folded(tx, [each.id for each in same])
    filters = [CallFilter(lead_id=each.id, test=None) for each in same]
    if lead.phone:
        filters.append(CallFilter(to_number=lead.phone, test=None))
    found = {call.id: call for where in filters for call in await calls.recent(tx, where, limit=1000)}
    # Only the number: an address may be shared by a household, or be the office's.
    who = Attendee(phone=lead.phone or "", email="" if lead.phone else lead.email or "")
    ordered = sorted(found.values(), key=lambda call: call.placed_at, reverse=True)
    return Person(same, ordered, await appointment_people.of_person(tx, who), who)
