"""How a lead is treated: by its campaign, or, where it has none, by the defaults with its flow."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.campaigns import Campaign, read
from engine.store import campaigns
from engine.store.campaigns import StoredCampaign
from engine.store.leads import StoredLead


async def campaign_for(tx: AsyncConnection, lead: StoredLead) -> tuple[Campaign, StoredCampaign | None]:
    """What is stored says whether it is on, and which revision it is. None: the lead came by no campaign, through the
    installation's own form or by calling in.

    Raises `CampaignRefused` if the campaign's document cannot be understood: then nobody may be called by it.
    """
    stored = await campaigns.read(tx, lead.campaign_id) if lead.campaign_id else None
    if stored is None:
        return Campaign(flow_id=lead.flow_id or ""), None
    return read(stored.document), stored
