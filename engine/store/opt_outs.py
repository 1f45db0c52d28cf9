"""A person wants no more calls and messages: everything that follows from it, in one transaction, whatever the door."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import consents, leads, suppression

ASKED_TO_STOP = "asked us to stop"


async def record(
    tx: AsyncConnection, phone: str, source: str, how: str, now: datetime, also: Collection[str] = ()
) -> bool:
    """Put a number (E.164) on the list, take back the consents of whoever has it, and plan nothing more for them.
    `source`: where we know it from ('call_31'). `how`: as evidence ('wrote STOP'). `also`: ids of leads whose wish it
    is under whatever number. False if the number was on the list already."""
    new = await suppression.add(tx, phone, ASKED_TO_STOP, source, now)
    theirs = [lead.id for lead in await leads.with_phone(tx, phone)]
    for lead_id in dict.fromkeys([*theirs, *also]):
        for consent in await consents.of_lead(tx, lead_id):
            if consent.revoked_at is None:
                await consents.revoke(tx, consent.id, how, now)
    for lead_id in theirs:
        await leads.close(tx, lead_id, ASKED_TO_STOP)
    return new
