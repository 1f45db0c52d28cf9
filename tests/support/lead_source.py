"""Lead sources of a running application, with a campaign of their own."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.campaigns import Campaign
from engine.sdk import Json
from engine.store import campaigns, lead_sources
from engine.store.lead_sources import LeadSource, SourceKind, SourceState
from tests.support.api import Leadline

FLOW = "home_services_v1"


async def open_source(
    house: Leadline, kind: SourceKind, settings: Json, *, flow: str = FLOW, calling: bool = True
) -> LeadSource:
    """A source that is on, of a campaign made for it. `calling`: the campaign is on too."""
    now = datetime.now(UTC)
    async with house.services.database.begin() as tx:
        campaign_id = f"cmp_{lead_sources.new_source_id()[4:]}"
        document = Campaign(flow_id=flow).model_dump(mode="json")
        await campaigns.save(
            tx,
            campaign_id,
            name="Tests",
            state="on" if calling else "paused",
            document=document,
            revision=0,
            by="tests",
            now=now,
        )
        return await lead_sources.save(
            tx, lead_sources.new_source_id(), kind=kind, name=f"A {kind}", campaign_id=campaign_id, state="on",
            document=settings, revision=0, by="tests", now=now,
        )  # fmt: skip


async def switch(house: Leadline, source: LeadSource, state: SourceState) -> LeadSource:
    """As the API of sources does it."""
    return await change(house, source, state=state)


async def change(
    house: Leadline, source: LeadSource, *, state: SourceState = "on", settings: Json | None = None
) -> LeadSource:
    async with house.services.database.begin() as tx:
        changed = await lead_sources.save(
            tx, source.id, kind=source.kind, name=source.name, campaign_id=source.campaign_id, state=state,
            document=source.document if settings is None else settings, revision=source.revision, by="tests",
            now=datetime.now(UTC),
        )  # fmt: skip
    house.services.doors.forget(source.id)
    return changed
