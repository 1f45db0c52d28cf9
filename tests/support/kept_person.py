"""A person with everything that Leadline may keep about one: form, consent, story, call, journal, recording, visit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from engine.campaigns import Campaign
from engine.sdk import CallResult
from engine.sdk.result import CallPart, LeadPart, OutcomePart, RecordingPart, TranscriptTurn
from engine.store import Database, calls, campaigns, consents, journal, leads, outbox
from engine.store.calls import CallRow, NewCall
from engine.store.journal import Entry
from engine.store.leads import NewLead
from engine.store.outbox import NewEntry
from engine.store.outbox_tables import OutboxTable

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)
PHONE = "+14155552671"
CAMPAIGN = "roofs"
SECRET = "the dog is called Biscuit"


async def add_campaign(database: Database, **parts: object) -> None:
    document = Campaign.model_validate({"flow_id": "home_services", **parts}).model_dump(mode="json")
    async with database.begin() as tx:
        await campaigns.save(tx, CAMPAIGN, name="Roofs", state="on", document=document, revision=0, by="Dana", now=NOW)


async def add_lead(database: Database, phone: str = PHONE, campaign: str | None = None, form: str = "1") -> str:
    lead = NewLead(
        "website", "Dana", "Reyes", phone, form={"problem": SECRET, "form": form}, campaign_id=campaign,
        flow_id="home_services",
    )  # fmt: skip
    evidence = consents.ConsentEvidence("written", "Harborline", "I agree to AI calls.", "website", phone)
    async with database.begin() as tx:
        lead_id = (await leads.receive(tx, lead, NOW)).lead.id
        await consents.add(tx, lead_id, evidence, NOW)
    return lead_id


async def add_call(
    database: Database, folder: Path, lead_id: str, call_id: str = "call_1", campaign: str | None = None,
    *, done: bool = True, phone: str = PHONE,
) -> Path:  # fmt: skip
    """A finished call with its recording; `done`: its lane is, too. Gives the recording's file."""
    folder.mkdir(parents=True, exist_ok=True)
    recording = folder / f"{call_id}.wav"
    recording.write_bytes(b"RIFF")
    placed = NewCall(call_id, "home_services", 7, lead_id, person="Dana Reyes", to_number=phone)
    result = CallResult(
        event_id=f"evt_{call_id}",
        occurred_at=NOW + timedelta(minutes=4),
        flow_id="home_services",
        flow_version=7,
        flow_name="Home services",
        lead=LeadPart(id=lead_id, first_name="Dana", last_name="Reyes", phone=phone, source="website"),
        call=CallPart(id=call_id, started_at=NOW, answered_at=NOW, ended_at=NOW + timedelta(minutes=4)),
        outcome=OutcomePart(disposition="booked", qualified=True),
        recording=RecordingPart(path=str(recording), seconds=240),
        transcript=[TranscriptTurn(who="caller", text=SECRET, at_ms=900)],
    )
    async with database.begin() as tx:
        await calls.place(tx, placed, NOW)
        await tx.execute(
            update(CallRow)
            .where(CallRow.id == call_id)
            .values(campaign_id=campaign, campaign_revision=1, decision={"answer": "yes", "checks": []})
        )
        await calls.finish(tx, result)
        await journal.append(tx, call_id, [Entry(1, 900, "heard", {"text": SECRET})])
        entry = NewEntry(
            f"out_{call_id}",
            call_id,
            "home_services",
            "Home services",
            "booked",
            [],
            result.model_dump(mode="json", by_alias=True),
        )
        await outbox.add(tx, entry, NOW)
        if done:
            await tx.execute(update(OutboxTable).where(OutboxTable.call_id == call_id).values(state="done"))
    return recording
