"""May a phone number be written to, and what do its owner's clocks show? Asked before every text message."""

from __future__ import annotations

from typing import Final

from engine.leads.phone import zones_of
from engine.sdk import MayText
from engine.store import Database, consents, leads, suppression

TOO_MANY: Final = 4
"""A number that may be in more zones than these, such as a toll-free one, tells nothing."""


async def may_text(database: Database, phone: str, lead_id: str, business: str) -> MayText:
    """`phone`: E.164. `business`: IANA name of the seller's zone, for numbers that tell none. Raises `DatabaseDown`."""
    async with database.read() as tx:
        listed = await suppression.read(tx, phone)
        lead = await leads.read(tx, lead_id)
        given = await consents.of_lead(tx, lead_id) if lead is not None else ()
    zones = zones_to_respect(phone, lead.zone if lead is not None else None, business)
    if listed is not None:
        return MayText(zones, f"The number is on the do-not-call list ({listed.reason}).")
    if any(each.revoked_at is not None and each.evidence.phone == phone for each in given):
        return MayText(zones, "The person has taken back the consent to be contacted on this number.")
    return MayText(zones)


def zones_to_respect(phone: str, told: str | None, business: str) -> tuple[str, ...]:
    """The zone that the lead has told first, then those of the number: people move, and keep their number. Pure."""
    found = zones_of(phone)
    by_number = found if len(found) <= TOO_MANY else ()
    return tuple(dict.fromkeys([*([told] if told else []), *by_number])) or (business,)
