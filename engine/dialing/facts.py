"""Everything the policy has to know of a lead, read from the store in one go: one moment, one picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.campaigns import Campaign
from engine.compliance import Case, ConsentFact, places
from engine.dialing.campaign_of import campaign_for
from engine.flow.document import FlowDocument, FlowRefused
from engine.store import (
    attempts,
    consents,
    do_not_call_lists,
    flows,
    scheduled_calls,
    stopped_states,
    suppression,
)
from engine.store.campaigns import StoredCampaign
from engine.store.flows import Version
from engine.store.leads import StoredLead

LONGEST_CALL: Final = timedelta(hours=2)
"""A call row that is older and not over belongs to a process that died; it keeps nobody from being called."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A lead as the dialer sees it. `stored`: None for a lead without a campaign. `version`: of the flow it is called
    with, None if none is published."""

    campaign: Campaign
    stored: StoredCampaign | None
    version: Version | None
    case: Case


@dataclass(frozen=True, slots=True)
class Telephones:
    """What calls are made by. `our_number`: E.164, from which calls are made where a campaign names none. `real`: real
    telephones ring; on the simulated network hours and numbers of attempts bind only if `simulated_hours`."""

    our_number: str
    real: bool = True
    simulated_hours: bool = False


async def gather(tx: AsyncConnection, lead: StoredLead, now: datetime, telephones: Telephones) -> Facts:
    """Raises `CampaignRefused`."""
    campaign, stored = await campaign_for(tx, lead)
    version = await flows.read_version(tx, campaign.flow_id) if campaign.flow_id else None
    evidence = await consents.of_lead(tx, lead.id)
    listed = await suppression.read(tx, lead.phone) if lead.phone else None
    planned = await scheduled_calls.standing(tx, lead.id)
    case = Case(
        now=now,
        phone=lead.phone,
        seller=_seller(version.text) if version is not None else "",
        unusable=lead.reason if lead.state == "unusable" else "",
        consents=[
            ConsentFact(
                level=each.evidence.level,
                phone=each.evidence.phone,
                revoked=each.revoked_at is not None,
                seller=each.evidence.seller,
                given_at=each.evidence.given_at,
                text=each.evidence.text,
                id=each.id,
                received_at=each.received_at,
                revoked_at=each.revoked_at,
            )
            for each in evidence
        ],
        suppressed=listed.reason if listed else None,
        listed=await do_not_call_lists.lookup(tx, lead.phone) if lead.phone else (),
        lists_loaded=await do_not_call_lists.loaded(tx, lead.phone),
        places=places.of_form(lead.phone, lead.form, lead.zone),
        suspended=await stopped_states.stopped(tx, now),
        attempts=await attempts.dialled(tx, lead.phone) if lead.phone else (),
        active_call=await attempts.under_way(tx, lead.id, lead.phone, now - LONGEST_CALL),
        agreed=planned is not None and planned.kind == "callback",
        caller=next(iter(campaign.caller_numbers), telephones.our_number),
        real=telephones.real,
        simulated_hours=telephones.simulated_hours,
        terms=campaign.terms(),
    )
    return Facts(campaign, stored, version, case)


@lru_cache(maxsize=64)
def _seller(flow_text: str) -> str:
    try:
        return FlowDocument.load(flow_text).flow.seller.legal_name
    except FlowRefused:
        return ""  # such a flow holds no calls: it is refused when the call is made ready
