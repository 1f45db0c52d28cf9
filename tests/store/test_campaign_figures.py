"""What became of the leads of campaigns, counted on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from engine.store import Database, calls, campaign_figures, leads
from engine.store.calls import CallRow, NewCall
from engine.store.campaign_figures import CampaignFigures
from engine.store.leads import NewLead, StoredLead

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)


async def lead(database: Database, number: int, *, unusable: str = "", planned: bool = True) -> StoredLead:
    new = NewLead(
        "website", "Dana", f"Reyes {number}", f"+1415555267{number}", external_id=str(number), campaign_id="web",
        source_id="src_1", unusable=unusable,
    )  # fmt: skip
    async with database.begin() as tx:
        kept = (await leads.receive(tx, new, NOW + timedelta(minutes=number))).lead
        if planned and not unusable:
            await leads.plan_call(tx, kept.id, NOW)
    return kept


async def call(
    database: Database, call_id: str, at: datetime, *, talked: bool = False, booked: bool = False, test: bool = False
) -> None:
    async with database.begin() as tx:
        await calls.place(tx, NewCall(call_id, "home_services_v1", 1, test=test), at)
        answered = {"answered_at": at, "answered_by": "person"} if talked else {}
        outcome = {"disposition": "booked"} if booked else {}
        values = {"campaign_id": "web", **answered, **outcome}
        await tx.execute(update(CallRow).where(CallRow.id == call_id).values(**values))


async def test_leads_that_wait_and_calls_of_the_day_are_counted_by_campaign(database: Database) -> None:
    await lead(database, 1)
    await lead(database, 2, planned=False)
    await lead(database, 3, unusable="no phone number")
    await call(database, "c1", NOW, talked=True, booked=True)
    await call(database, "c2", NOW, talked=True)
    await call(database, "c3", NOW)
    await call(database, "c4", NOW - A_DAY - timedelta(seconds=1), talked=True)
    await call(database, "c5", NOW, talked=True, test=True)
    async with database.read() as tx:
        told = await campaign_figures.of_campaigns(tx, NOW - A_DAY)
    assert told == {"web": CampaignFigures(waiting=1, called=3, talked=2, booked=1)}


async def test_what_a_source_brought_is_counted_with_the_latest_reason(database: Database) -> None:
    await lead(database, 1)
    await lead(database, 2, unusable="The number is not a phone number.")
    await lead(database, 3, unusable="Without consent nobody may be called.")
    async with database.read() as tx:
        told = (await campaign_figures.of_sources(tx))["src_1"]
        assert await campaign_figures.any_lead_of(tx, "src_1")
        assert not await campaign_figures.any_lead_of(tx, "src_2")
    assert (told.received, told.unusable, told.test) == (3, 2, 0)
    assert (told.last_at, told.last_problem_at) == (NOW + timedelta(minutes=3), NOW + timedelta(minutes=3))
    assert told.last_problem == "Without consent nobody may be called."
