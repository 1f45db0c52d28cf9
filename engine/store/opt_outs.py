"""A person wants no more calls and messages: everything that follows from it, in one transaction, whatever the door.

    own list · every consent with the number revoked · every lead with it closed, nothing planned · calls called off

The lock `dial:{number}` is the one of the dialer's claim and of the last gate before the carrier: an opt-out comes
before them, and nobody is rung; or after them, and it finds the call and has it hung up.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import consents, lead_story, leads, stopping, suppression
from engine.store.consents import Consent, ConsentRow, RevocationRow
from engine.store.database import all_at_a_time
from engine.store.leads import LeadRow
from engine.store.stopping import Ringing

ASKED_TO_STOP: Final = "asked us to stop"

Door = Literal["voice", "key", "text", "link", "api", "upload", "person"]
"""How the wish reached us. `api`: another system, such as a CRM. `person`: somebody of the business entered it."""

AT_ONCE: Final = 500
"""So many numbers at most in one transaction."""


@dataclass(frozen=True, slots=True)
class OptedOut:
    """`new`: the numbers that were not on the list before. `leads`: ids of those that were closed. `called_off`: calls
    of which the carrier was not asked. `ringing`: calls to be hung up now; whoever has recorded the wish does it, and
    the processes that hold them within a second."""

    new: frozenset[str]
    leads: frozenset[str]
    called_off: frozenset[str]
    ringing: tuple[Ringing, ...]


class NotTakenOff(Exception):
    """The number stays on the list. The message says why, for people."""


async def record(
    tx: AsyncConnection,
    phone: str,
    source: str,
    how: str,
    now: datetime,
    also: Collection[str] = (),
    *,
    door: Door = "voice",
    words: str = "",
    reason: str = ASKED_TO_STOP,
) -> OptedOut:
    """A person with the number `phone` (E.164; empty if nobody knows it) wants no more calls. `source`: where we know
    it from ('call_31'). `how`: as evidence ('wrote STOP'). `also`: ids of leads whose wish it is under whatever number:
    theirs are on the list too. `words`: what the person said or wrote."""
    known = [lead for lead_id in dict.fromkeys(also) if (lead := await leads.read(tx, lead_id)) is not None]
    numbers = {phone, *(lead.phone or "" for lead in known)} - {""}
    without = [lead.id for lead in known if not lead.phone]
    return await _record(tx, numbers, without, source, how, now, door, words, reason)


async def record_all(
    tx: AsyncConnection, numbers: Collection[str], source: str, how: str, now: datetime, door: Door, reason: str
) -> OptedOut:
    """The same for many numbers, at most `AT_ONCE` of them."""
    if len(numbers) > AT_ONCE:
        raise ValueError(f"At most {AT_ONCE} numbers are taken in one transaction.")
    return await _record(tx, frozenset(numbers), (), source, how, now, door, "", reason)


async def _record(
    tx: AsyncConnection,
    numbers: Collection[str],
    without_number: Sequence[str],
    source: str,
    how: str,
    now: datetime,
    door: Door,
    words: str,
    reason: str,
) -> OptedOut:
    # In one order everywhere, so that two who record the same people wait for each other instead of for ever.
    await all_at_a_time(tx, [f"dial:{number}" for number in sorted(numbers)])
    new = await _listed(tx, numbers, reason, source, now, door)
    rows = LeadRow
    found = await tx.execute(select(rows.id, rows.state).where(rows.phone.in_(numbers) | rows.id.in_(without_number)))
    theirs = {row.id: row.state for row in found}
    revoked = await _revoke(tx, numbers, list(theirs), how, now)
    for lead_id, state in theirs.items():
        if state == "unusable":
            await leads.plan_call(tx, lead_id, None)  # why it cannot be called stays the reason
        else:
            await leads.close(tx, lead_id, reason)
            await leads.plan_call(tx, lead_id, None)
    # Leads of whom only the consent names the number have a number of their own, which nobody spoke of.
    for lead_id in dict.fromkeys([*theirs, *revoked]):
        await lead_story.add(tx, lead_id, "opted_out", {"door": door, "why": how, "words": words}, now)
    called_off, ringing = await stopping.call_off(tx, numbers, now, but=source)
    return OptedOut(new, frozenset(theirs), called_off, ringing)


async def _listed(
    tx: AsyncConnection, numbers: Collection[str], reason: str, source: str, now: datetime, door: Door
) -> frozenset[str]:
    if len(numbers) == 1:
        (number,) = numbers
        return frozenset({number}) if await suppression.add(tx, number, reason, source, now, door) else frozenset()
    return await suppression.add_all(tx, numbers, reason, source, now, door)


async def _revoke(
    tx: AsyncConnection, numbers: Collection[str], lead_ids: Collection[str], how: str, now: datetime
) -> Sequence[str]:
    """Take back every consent that stands; gives the leads who had given them."""
    query = (
        select(ConsentRow.id, ConsentRow.lead_id)
        .outerjoin(RevocationRow, RevocationRow.consent_id == ConsentRow.id)
        .where(ConsentRow.phone.in_(numbers) | ConsentRow.lead_id.in_(lead_ids), RevocationRow.id.is_(None))
    )
    standing = (await tx.execute(query)).all()
    for row in standing:
        await consents.revoke(tx, row.id, how, now)
    return [row.lead_id for row in standing]


async def take_off(tx: AsyncConnection, phone: str, consent_id: str, now: datetime) -> Consent:
    """Take a number off our own list, since its person has agreed anew: `consent_id` is written consent for this number
    that came after the opt-out and stands. Gives that consent. Raises `NotTakenOff`. Leads that were closed stay so."""
    await all_at_a_time(tx, [f"dial:{phone}"])
    entry = await suppression.read(tx, phone)
    if entry is None:
        raise NotTakenOff("This number is not on your own do-not-call list.")
    consent = await consents.read(tx, consent_id)
    if consent is None or consent.evidence.phone != phone:
        raise NotTakenOff("There is no such consent for this number. Open the lead whose new form has it.")
    if consent.evidence.level != "written":
        raise NotTakenOff("This consent is not in writing. After an opt-out only new written consent counts.")
    if consent.received_at <= entry.added_at:
        raise NotTakenOff("This consent is older than the opt-out. Only one that was given afterwards counts.")
    if consent.revoked_at is not None:
        raise NotTakenOff("This consent has been taken back, too.")
    await suppression.remove(tx, phone)
    for lead in await leads.with_phone(tx, phone):
        await lead_story.add(tx, lead.id, "changed", {"why": "taken off the do-not-call list: new consent"}, now)
    return consent
