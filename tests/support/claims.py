"""Leads that are about to be claimed, at a moment of our choosing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.campaigns import AttemptPlan, Campaign, write
from engine.clock import Clock
from engine.dialing.claiming import Claiming
from engine.dialing.facts import Telephones
from engine.dialing.turns import Turn, Turns
from engine.flow import shipped
from engine.store import Database, campaigns, consents, flows, lead_story, leads
from engine.store.consents import ConsentEvidence
from engine.store.leads import NewLead

FLOW = "home_services_v1"
PHONE = "+14155552671"
NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # a Tuesday, noon in California
CONSENT = ConsentEvidence(
    level="written",
    seller="Harborline Home Services LLC",
    text="Harborline Home Services LLC may call me with an artificial voice.",
    source="website",
    phone=PHONE,
    given_at=NOON - timedelta(minutes=1),
)


class AtOnce(Turns):
    """The carrier's pace is real time; here time stands still."""

    async def take(self, tx: AsyncConnection, ahead_s: float = 0.0) -> Turn | float:
        return Turn(0.0)


class Desk:
    """A claiming process at a moment of our choosing."""

    def __init__(self, database: Database, at: datetime = NOON) -> None:
        self.database = database
        self.at = at
        clock = Clock(real=lambda: self.at.timestamp())
        self.claiming = Claiming(database, clock, AtOnce(database), "process_1", Telephones("+14155550100", real=False))

    async def flow(self) -> None:
        document = shipped.load("home_services")
        async with self.database.begin() as tx:
            await flows.save_draft(tx, FLOW, "Home", document.save(), by="test", now=self.at)
            await flows.publish(tx, FLOW, 1, document.save(), by="test", now=self.at)

    async def campaign(self, state: campaigns.CampaignState = "on", attempts: AttemptPlan | None = None) -> None:
        async with self.database.begin() as tx:
            there = await campaigns.read(tx, "home")
            await campaigns.save(
                tx, "home", name="Home", state=state,
                document=write(Campaign(flow_id=FLOW, attempts=attempts or AttemptPlan())),
                revision=there.revision if there else 0, by="test", now=self.at,
            )  # fmt: skip

    async def lead(self, form_id: str = "1", **changes: object) -> str:
        new = replace(
            NewLead(
                "website",
                "Dana",
                "Reyes",
                PHONE,
                external_id=form_id,
                flow_id=FLOW,
                zone="America/Los_Angeles",
                form={"form": form_id},
            ),
            **changes,  # type: ignore[arg-type]
        )
        async with self.database.begin() as tx:
            lead = (await leads.receive(tx, new, self.at)).lead
            await consents.add(tx, lead.id, replace(CONSENT, phone=lead.phone), self.at)
            await leads.plan_call(tx, lead.id, self.at)
        return lead.id

    async def story(self, lead_id: str) -> list[lead_story.LeadEvent]:
        async with self.database.read() as tx:
            return list(await lead_story.of_lead(tx, lead_id))
