"""A person who wants to be forgotten is, whole or not at all; what must stay says why."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.privacy.erasing import NoSuchLead, StillNeeded, erase_person
from engine.schedule import WorkingHours
from engine.sdk import Booking, BookingDetails, Opening
from engine.store import Database, appointments, audit, lead_imports, lead_sources, leads, legal_holds, suppression
from engine.store.appointments import CalendarSetup, Kept
from engine.store.lead_landing import land
from engine.store.lead_matching import Landing
from engine.store.leads import NewLead
from tests.support.kept_person import CAMPAIGN, NOW, PHONE, SECRET, add_call, add_campaign, add_lead

LATER = NOW + timedelta(days=2)


async def everything(database: Database, without: Collection[str] = ()) -> str:
    """All rows of all tables, as text."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if not database.is_sqlite:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    async with database.read() as tx:
        names = [row[0] for row in await tx.execute(text(tables))]
        rows = [list(await tx.execute(text(f'SELECT * FROM "{name}"'))) for name in names if name not in without]
    return json.dumps(rows, default=str)


async def test_nothing_of_a_person_who_was_forgotten_is_left_in_any_table(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    again = await add_lead(database, form="2")
    file = await add_call(database, tmp_path, lead)
    there = await everything(database)
    assert all(part in there for part in (PHONE, "Reyes", SECRET))

    done = await erase_person(database, tmp_path, tmp_path / "imports", again, "asked for it by letter", "dana", LATER)
    assert (done.leads, done.calls, done.recordings) == (2, 1, 1)
    assert not file.exists()
    left = await everything(database)
    for part in (PHONE, PHONE[1:], "Reyes", SECRET):
        assert part not in left
    async with database.read() as tx:
        assert [each.what for each in await audit.recent(tx)] == ["erased_person", "erased_person"]


async def test_who_said_stop_and_was_forgotten_is_still_not_called(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    async with database.begin() as tx:
        await suppression.add(tx, PHONE, "asked us to stop", "call_1", NOW)
    await erase_person(database, tmp_path, tmp_path / "imports", lead, "asked for it", "dana", LATER)
    assert PHONE not in await everything(database)
    async with database.read() as tx:
        listed = await suppression.read(tx, PHONE)
    assert listed is not None
    assert listed.reason == "asked us to stop"


async def test_somebody_else_is_left_alone(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    other = await add_lead(database, "+14155552672", form="2")
    kept = await add_call(database, tmp_path, other, "call_2", phone="+14155552672")
    await erase_person(database, tmp_path, tmp_path / "imports", lead, "asked for it", "dana", LATER)
    async with database.read() as tx:
        assert await leads.read(tx, other) is not None
    assert kept.exists()


async def test_a_legal_hold_is_told_instead_of_deleting(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    other_form = await add_lead(database, form="2")
    file = await add_call(database, tmp_path, lead)
    async with database.begin() as tx:
        await legal_holds.place(tx, other_form, "Claim 12", "dana", NOW)
    with pytest.raises(StillNeeded, match=r"15 September 2026.*Claim 12.*Release the hold first"):
        await erase_person(database, tmp_path, tmp_path / "imports", lead, "asked for it", "dana", LATER)
    assert file.exists()
    async with database.read() as tx:
        assert await leads.read(tx, lead) is not None


async def test_what_follows_a_call_is_done_first(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    file = await add_call(database, tmp_path, lead, done=False)
    with pytest.raises(StillNeeded, match="call_1"):
        await erase_person(database, tmp_path, tmp_path / "imports", lead, "asked for it", "dana", LATER)
    assert file.exists()


async def test_an_appointment_to_come_is_told_and_a_past_one_loses_its_name(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", "UTC", WorkingHours.read({"monday": ["09:00-17:00"]})))
        booking = Booking("apt_1", Opening(LATER, LATER + timedelta(hours=1)), "UTC")
        details = BookingDetails("Estimate for Dana Reyes", "Dana Reyes", PHONE)
        kept = Kept(0, "", "94107")
        await appointments.book(tx, "main", "call_1:estimate", booking, details, kept, NOW, moves=False)
    with pytest.raises(StillNeeded, match=r"appointment on 17 September 2026.*Cancel it first"):
        await erase_person(database, tmp_path, tmp_path / "imports", lead, "asked for it", "dana", NOW)
    done = await erase_person(
        database, tmp_path, tmp_path / "imports", lead, "asked for it", "dana", LATER + timedelta(days=1)
    )
    assert done.appointments == 1
    assert "Reyes" not in await everything(database)


async def test_who_is_not_there_cannot_be_deleted(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NoSuchLead, match="no lead lead_9"):
        await erase_person(database, tmp_path, tmp_path / "imports", "lead_9", "asked for it", "dana", LATER)


async def add_list(database: Database, folder: Path, import_id: str = "imp_1") -> Path:
    """An uploaded file in which the person stands, once taken in and once refused; it is all in."""
    file = folder / "imports" / f"{import_id}.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"Name,Phone\nDana Reyes,{PHONE}\n")
    async with database.begin() as tx:
        source = await lead_sources.save(
            tx, lead_sources.new_source_id(), kind="csv", name="Fair", campaign_id=CAMPAIGN, state="on", document={},
            revision=0, by="Dana", now=NOW,
        )  # fmt: skip
        await lead_imports.add(
            tx, import_id, source.id, file_name="fair.csv", sha256="0" * 64, size=9, rows=2, plan={}, by="dana", now=NOW
        )
        await lead_imports.start(tx, import_id, "dana", NOW)
    return file


async def test_a_list_in_which_a_forgotten_person_stood_goes_too(database: Database, tmp_path: Path) -> None:
    await add_campaign(database)
    lead = await add_lead(database)
    merged, refused = await add_list(database, tmp_path), await add_list(database, tmp_path, "imp_2")
    other = await add_list(database, tmp_path, "imp_3")
    row = NewLead("csv", "Dana", "Reyes", PHONE, external_id="imp_1:2", form={"problem": SECRET})
    async with database.begin() as tx:
        (landed,) = await land(tx, [Landing(row, same_person=timedelta(days=9))], NOW + timedelta(hours=1))
        assert (landed.kind, landed.lead.id) == ("same_person", lead)
        await lead_imports.finish(tx, "imp_1", "done", NOW)
        await lead_imports.finish(tx, "imp_3", "done", NOW)
        await lead_imports.claim(tx, "we", NOW, LATER, ["imp_2"])
        report = [lead_imports.Refusal(2, f"“{PHONE}” came without consent.", "Ask them.", lead)]
        assert await lead_imports.progress(tx, "imp_2", "we", 2, lead_imports.Counts(1, refused=1), report, LATER)
    with pytest.raises(StillNeeded, match="is being imported"):
        await erase_person(database, tmp_path, tmp_path / "imports", lead, "asked for it", "dana", LATER)
    assert merged.exists()
    async with database.begin() as tx:
        await lead_imports.finish(tx, "imp_2", "cancelled", NOW)
    await erase_person(database, tmp_path, tmp_path / "imports", lead, "asked for it", "dana", LATER)
    assert [each.exists() for each in (merged, refused, other)] == [False, False, True]
    async with database.read() as tx:
        gone = [await lead_imports.read(tx, each) for each in ("imp_1", "imp_2", "imp_3")]
    assert [each is not None and each.file_gone for each in gone] == [True, True, False]
    left = await everything(database)
    assert all(part not in left for part in (PHONE, "Reyes", SECRET))


@pytest.mark.parametrize("asked_by", ["the lead", "what was folded into it"])
async def test_a_lead_that_was_folded_into_another_is_forgotten_with_it(
    database: Database, tmp_path: Path, asked_by: str
) -> None:
    lead = await add_lead(database)
    known = NewLead("meta", "", "", None, external_id="leadgen-77", arriving=True)
    answers = NewLead("meta", "Dana", "Reyes", PHONE, form={"problem": SECRET})
    async with database.begin() as tx:
        (arrived,) = await land(tx, [Landing(known)], NOW)
        landed = await leads.complete(tx, arrived.lead.id, Landing(answers, same_person=timedelta(days=9)), NOW)
        assert landed.lead.id == lead
    asked = lead if asked_by == "the lead" else arrived.lead.id
    done = await erase_person(database, tmp_path, tmp_path / "imports", asked, "asked for it", "dana", LATER)
    assert done.leads == 2
    left = await everything(database)
    assert all(part not in left for part in (PHONE, "Reyes", SECRET, "leadgen-77"))


async def test_what_was_sent_and_planned_goes_with_its_lead(database: Database, tmp_path: Path) -> None:
    """Of every table that knows leads, only the record of the deletion still names one."""
    sent = NewLead("json", "Dana", "Reyes", PHONE, form={"problem": SECRET})
    again = NewLead("website", "Dana", "Reyes", PHONE, form={"problem": "another"})
    async with database.begin() as tx:
        landing = Landing(sent, payload=SECRET.encode(), same_person=timedelta(days=9))
        (landed,) = await land(tx, [landing], NOW, seal=lambda _, body: body)
        await land(tx, [Landing(again, payload=b"2", same_person=timedelta(days=9))], NOW, seal=lambda _, body: body)
        await leads.plan_call(tx, landed.lead.id, LATER, "quiet_hours", "It is night.", NOW)
    assert landed.lead.id in await everything(database, without=("lead",))
    await erase_person(database, tmp_path, tmp_path / "imports", landed.lead.id, "asked for it", "dana", LATER)
    left = await everything(database, without=("deletion", "audit_entry"))
    assert all(part not in left for part in (PHONE, "Reyes", SECRET, landed.lead.id))
