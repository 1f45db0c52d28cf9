"""A person asks to be forgotten: everything about them goes, in one transaction, or nothing does and we say why.

What stays: that calls took place (when, how long, what came of it, without who), a record of the deletion, and the wish
not to be called, as a hash that nobody can read the number from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.privacy.files import delete_imports, delete_recordings
from engine.privacy.person import Person, person_of
from engine.store import Database, appointment_people, audit, lead_imports, legal_holds, retention, steps, suppression
from engine.store.database import one_at_a_time


class NoSuchLead(LookupError):
    """There is no lead of that id (any more)."""


class StillNeeded(Exception):
    """The person cannot be deleted now. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a card has written into another system under `external_id`: deleted there, not by us."""

    call_id: str
    card: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was deleted, and what lies elsewhere."""

    leads: int
    calls: int
    recordings: int
    appointments: int
    copies: Sequence[Copy]


async def erase_person(
    database: Database, folder: Path, imports: Path, lead_id: str, why: str, by: str, now: datetime
) -> Erased:
    """Delete the person of a lead: all leads with the same number. `folder`: of the recordings; `imports`: of uploaded
    lists, of which those go in which the person stands (with other people's rows: they are leads by now). Raises
    `NoSuchLead`, `StillNeeded`, `DatabaseDown`; OSError if a file cannot be deleted (nothing is, then)."""
    async with database.begin() as tx:
        await legal_holds.nothing_changes(tx)
        person = await person_of(tx, lead_id)
        if person is None:
            raise NoSuchLead(f"There is no lead {lead_id}.")
        phone = person.leads[0].phone
        # Nobody may be dialling at this moment, and no further form of theirs be attached.
        await one_at_a_time(tx, f"dial:{phone or lead_id}")
        await _must_not_stay(tx, person, now)
        copies = [
            Copy(call_id, card.step_id, card.external_id)
            for call_id in person.call_ids
            for card in await steps.read(tx, call_id)
            if card.external_id
        ]
        lists = [each.id for each in await lead_imports.that_brought(tx, person.lead_ids)]
        await delete_imports(lists, imports)
        for each in lists:
            await lead_imports.file_gone(tx, each)
        recordings = await delete_recordings((call.recording for call in person.calls), folder)
        for each in person.lead_ids:
            await retention.forget_lead(tx, each, why, now)
        for call in person.calls:
            if call.lead_id not in person.lead_ids:  # a test call to the number
                await retention.forget_call(tx, call.id, why, now)
        appointments = await appointment_people.forget(tx, person.who, now)
        if phone:
            await suppression.forget_number(tx, phone)
        done = Erased(len(person.leads), len(person.calls), recordings, appointments, copies)
        for each in person.lead_ids:
            detail = {"calls": done.calls, "recordings": recordings, "appointments": appointments}
            await audit.add(tx, by, "erased_person", f"lead:{each}", detail, now)
    return done


async def _must_not_stay(tx: AsyncConnection, person: Person, now: datetime) -> None:
    if held := await legal_holds.standing(tx, person.lead_ids):
        raise StillNeeded(
            f"A legal hold of {held[0].at:%d %B %Y} keeps this person's data ({held[0].why}). Release the hold first, "
            "if the matter is over."
        )
    if any(each.state == lead_imports.UNDER_WAY for each in await lead_imports.that_brought(tx, person.lead_ids)):
        raise StillNeeded(
            "A file in which this person stands is being imported. Wait until it is in, or cancel the import; then "
            "delete again."
        )
    if busy := await retention.at_work(tx, person.call_ids):
        raise StillNeeded(
            f"A call with this person is under way, or what follows it is not done yet ({busy[0]}). Wait until it is, "
            "or settle what failed on the call's page; then delete again."
        )
    if coming := await appointment_people.coming(tx, person.who, now):
        start = coming[0].booking.opening.start
        raise StillNeeded(
            f"This person has an appointment on {start:%d %B %Y}. Cancel it first, or delete the data when it is over."
        )
